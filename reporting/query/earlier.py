"""The range that a report is compared with: in each row the figures of the same place, and what makes the two unlike.

Read only where a comparison is asked for. An earlier figure is None where nothing is known of it, or where it is of another
currency or provider; the rows' own split and places are those of the report.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from reporting.comparisons import counterparts
from reporting.metrics import METRICS
from reporting.periods import Range, last_day, start_of
from reporting.query.arithmetic import BYTES, MONEY, operands
from reporting.query.coverage import Coverage
from reporting.query.finality import Marks, RowMarks, restatements_alone
from reporting.query.limit import Shown
from reporting.query.missing import missing_of
from reporting.query.notes import notes_of_comparison, notes_of_missing
from reporting.query.others import Others, known_to_be
from reporting.query.question import ReportQuery
from reporting.query.report import Figures, Note
from reporting.query.result_rows import RowDict, RowType
from reporting.query.rows import RowKey, Split, Subtotal, key_maker, rows_of
from reporting.query.scope import Scope
from reporting.query.selection import CountedCells, Gatherer, readings_asked
from reporting.query.sql.cells import Cell

Sources = Mapping[tuple[str, int], set[str]]  # by metric and connection: the levels that count
FiguresOf = Callable[[Subtotal], Figures]
NOTHING = Subtotal(RowKey())


class Earlier:
    """`days` are those compared with; `totals` come from `gather`, with the figures of all its rows."""

    def __init__(self, query: ReportQuery, scope: Scope) -> None:
        self.own, self.days = query, query.compared_days
        self.query = replace(query, days=self.days, compare="")
        # Whether anything of these days was restated, nobody has asked yet.
        links = {link.id: link._replace(is_restated=True) for link in scope.connections.values()}
        self.gather = Gatherer(self.query, replace(scope, connections=links))
        self.links = scope.connections
        self.coverage = Coverage(scope, query.today)
        self.counted = self.gather.of_rows()
        self.plain = self.gather.of_remainder() if query.grouped_dimension else []
        self.in_all = self.gather.of_totals(self.days)
        self.missing = missing_of(self.gather, self.in_all, readings_asked(self.gather))
        self.marks = Marks(self.gather, [], self.missing, restatements_alone(self.gather))
        self.period_of = counterparts(query.interval, query.days, self.days, query.compare)

    def side(self, split: Split) -> "Side":
        """Its rows, as the report's are split."""
        rows = rows_of(self.query, self.links, split, self.counted, self.plain)
        of_rows = RowMarks(self.marks, self.counted, self.links)
        of_rows.count(rows, key_maker(self.query, self.links, split))
        return Side(rows, Others(self.query, self.links, self.counted, self.plain, split), of_rows)

    def moved(self, key: RowKey) -> RowKey | None:
        """The same place in the earlier range; None where that has no such period."""
        if key.day is None:
            return key
        return key._replace(day=self.period_of[key.day]) if key.day in self.period_of else None

    def days_of(self, key: RowKey | None, days: Range) -> Range | None:
        """Those of a row's period that a range holds."""
        if key is None or key.day is None:
            return days if key else None
        return Range(max(key.day, days.start), min(last_day(self.own.interval, key.day), days.end))

    def unlike(
        self, now: Sources, then: Sources, days: Range, before: Range | None, *, restated: bool, lacks: bool
    ) -> list[str]:
        """What makes the change from then to now another one than it looks, in stable words. `lacks`: the earlier figures are
        not of every source that reports them."""
        connections = {connection for _, connection in now.keys() | then.keys()}
        mine = self.coverage.of(connections, days)
        theirs = self.coverage.of(connections, before) if before else dict.fromkeys(connections, 0)
        found = {
            "fewer_sources": bool(now.keys() - then.keys()),
            "more_sources": bool(then.keys() - now.keys()),
            "missing_sources": lacks,
            "other_level": any(now[one] != then[one] for one in now.keys() & then.keys()),
            "fewer_days": any(theirs[one] < mine[one] for one in connections),
            "more_days": any(theirs[one] > mine[one] for one in connections),
            "restated": restated,
        }
        return [name for name, is_so in found.items() if is_so]

    def marks_of_totals(self, in_all: CountedCells, figures: Figures) -> dict[str, list[str]]:
        """By metric, where the earlier figure is known."""
        now, then = (_sources(cells, lambda cell: None).get(None, {}) for cells in (in_all, self.in_all))
        changed = {cell.metric for cell in self.marks.restatements if cell.value}
        lacking = {one.metric for one in self.missing}
        return {
            name: self.unlike(
                _of(name, now),
                _of(name, then),
                self.own.days,
                self.days,
                restated=bool(changed & _made_of(name)),
                lacks=name in lacking,
            )
            for name, value in figures.items()
            if value is not None
        }

    def notes(self, marks: Iterable[str]) -> Iterator[Note]:
        """What each mark of the totals says, and which sources the earlier figures lack."""
        lacking = notes_of_missing(self.gather, self.missing)
        return notes_of_comparison(marks, self.days, lacking)


class Side:
    """The rows of one of the two ranges."""

    def __init__(self, rows: Iterable[Subtotal], others: Others, marks: RowMarks) -> None:
        self.rows, self.others, self.marks = {row.key: row for row in rows}, others, marks

    @cached_property
    def sources(self) -> Mapping[object, dict[tuple[str, int], set[str]]]:
        """Of each row; of what a split leaves over, those of the plain figures."""
        found = _sources(self.others.counted, self.others.key_of)
        whole = CountedCells(list(self.others.plain))
        return found | _sources(whole, lambda cell: self.others.key_of(cell)._replace(key=None))

    def of(self, rows: Iterable[Subtotal]) -> Sources:
        found: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        for row in rows:
            for place, levels in self.sources.get(row.key, {}).items():
                found[place] |= levels
        return found

    def beyond(self, seen: Collection[RowKey | None], slot: RowKey) -> list[Subtotal]:
        """The rows that count and are not among those seen: of all periods, or of that of the slot."""
        return [
            row
            for key, row in self.rows.items()
            if key not in seen and (slot.day is None or key[:2] == slot[:2]) and self.others.counts(row)
        ]


@dataclass(frozen=True)
class Comparison:
    """Rows as they are shown, beside those of the earlier range."""

    earlier: Earlier
    now: Side
    then: Side
    figures_of: FiguresOf

    def of(self, shown: Shown) -> list[RowDict]:
        """For each row what it says of the earlier range."""
        seen = [row.key for _, row in shown if row.row_type is not RowType.OTHER]
        mine, theirs = set(seen), {self.earlier.moved(key) for key in seen}
        return [
            self._beside(pair, self.now.beyond(mine, pair[1].key), self._beyond(theirs, pair[1].key))
            if pair[1].row_type is RowType.OTHER
            else self._beside(pair, [pair[1]], self._at(pair[1].key))
            for pair in shown
        ]

    def _at(self, key: RowKey) -> list[Subtotal]:
        moved = self.earlier.moved(key)
        return [self.then.rows[moved]] if moved in self.then.rows else []

    def _beyond(self, seen: Collection[RowKey | None], slot: RowKey) -> list[Subtotal]:
        """All that is not shown, whether or not it is there now."""
        moved = self.earlier.moved(slot)
        return self.then.beyond(seen, moved) if moved else []

    def _beside(self, pair: tuple[RowDict, Subtotal], here: Sequence[Subtotal], there: Sequence[Subtotal]) -> RowDict:
        named, row = pair
        is_other, slot = row.row_type is RowType.OTHER, self.earlier.moved(row.key)
        before = NOTHING if not there else self.then.others.row(there, RowKey()) if is_other else there[0]
        figures = {
            name: value if _is_alike(name, row, before, named) else None
            for name, value in self.figures_of(before).items()
        }
        marks: list[str] = []
        if any(value is not None for value in figures.values()):
            own, theirs = (
                self.earlier.days_of(row.key, self.earlier.own.days),
                self.earlier.days_of(slot, self.earlier.days),
            )
            sources = self.now.of(here), self.then.of(there)
            lacks = slot is not None and self.then.marks.lacks(slot)
            restated, days = before.restated > 0, own or self.earlier.own.days
            marks = self.earlier.unlike(*sources, days, theirs, restated=restated, lacks=lacks)
        start = start_of(self.earlier.own.interval, slot.day, slot.minute) if slot and slot.day else None
        return {"previous": figures, "previous_start": start, "previous_marks": marks}


def _is_alike(name: str, now: Subtotal, then: Subtotal, named: RowDict) -> bool:
    """In the same currency, from the same provider: else neither is more or less than the other."""
    mine, theirs = now.sums.get(name), then.sums.get(name)
    if theirs is None or name not in MONEY | BYTES:
        return True
    if mine is None:
        return name not in MONEY or theirs.within[1] == named.get("currency")  # type: ignore[index]
    return named[name] is not None and mine.within == theirs.within


def _of(metric: str, sources: Sources) -> Sources:
    return {place: levels for place, levels in sources.items() if place[0] == metric}


def _made_of(metric: str) -> set[str]:
    return {metric, *(operand.name for operand in operands(METRICS[metric]))}


def _sources(counted: CountedCells, key_of: Callable[[Cell], object]) -> dict[object, dict[tuple[str, int], set[str]]]:
    known = [cell for cell in counted.adding if cell.value is not None]
    found: defaultdict[object, defaultdict[tuple[str, int], set[str]]] = defaultdict(lambda: defaultdict(set))
    for cell in (*known, *known_to_be(counted.exact), *known_to_be(counted.stand_ins)):
        found[key_of(cell)][cell.metric, cell.connection].add(cell.level)
    return dict(found)
