"""One report, put together: reads what it needs, folds it, names it, orders it, and adds the notes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import localcontext
from functools import cached_property
from itertools import repeat

from reporting.metrics import METRICS
from reporting.models import Days
from reporting.periods import Range
from reporting.query import as_of
from reporting.query.arithmetic import ALL_DIGITS, MONEY, currency_of, fold
from reporting.query.direct import DirectRows, is_direct
from reporting.query.earlier import Comparison, Earlier, Side
from reporting.query.finality import Marks, RowMarks, restatements_asked
from reporting.query.freshness import freshness_beside
from reporting.query.limit import Cut, Shown, cut
from reporting.query.missing import Missing, missing_of, totals_of
from reporting.query.notes import Beside, notes_of
from reporting.query.others import Others
from reporting.query.question import ReportQuery
from reporting.query.report import Column, Figures, Freshness, ReportResult, Totals, columns_of, marks_of_all
from reporting.query.result_rows import ListedRows, ResultRows, RowDict
from reporting.query.row_names import RowNames, labels_of
from reporting.query.rows import RowKey, Split, Subtotal, key_maker, mixture_of, rows_of, split_of
from reporting.query.scope import Scope, scope_of
from reporting.query.selection import CountedCells, Gatherer, readings_asked
from reporting.query.size import refuse_too_much
from reporting.query.sql.cells import Cell


def run(query: ReportQuery) -> ReportResult:
    """Inside the tenant's scope. Raises NotShown for what is kept from the reader, NotThere for a filter that names nothing,
    TooMuch for an answer of too many rows."""
    with localcontext(ALL_DIGITS):
        return Report(query, scope_of(query)).result()


class Report:
    def __init__(self, query: ReportQuery, scope: Scope) -> None:
        self.query, self.scope, self.links = query, scope, scope.connections
        self.metrics = [METRICS[name] for name in query.metrics]
        self.gather = Gatherer(query, scope)
        self.shown: list[str | None] = []  # the names of assets and keys in the rows

    def result(self) -> ReportResult:
        refuse_too_much(self.gather)
        query, in_all = self.query, self.gather.of_totals(self.query.days)
        counted = None if is_direct(query) else self.gather.of_rows()
        readings = readings_asked(self.gather)
        missing = missing_of(self.gather, in_all, readings)
        freshness, unknown, restatements = self.reach(missing)
        marks = Marks(self.gather, freshness, missing, restatements)
        rows, columns, shown = self.grouped(counted, in_all, marks) if counted else self.direct(marks)
        total, totals = self.totals(in_all)
        previous, unlike = self.previous(in_all)
        beside = Beside(freshness, missing, readings, unknown)
        notes = notes_of(self.gather, counted, in_all, rows, total, beside, self.shown)
        return ReportResult(
            query=query.echo(),
            columns=columns,
            rows=shown,
            totals=totals,
            marks=marks.of_all(in_all),
            freshness=freshness,
            notes=[*notes, *(self.earlier.notes(marks_of_all(unlike.values())) if self.earlier else ())],
            unattributed=None if query.is_of_customers_or_assets else self.unattributed(total),
            previous=previous,
            previous_marks=unlike,
            totals_of=totals_of(self.gather, in_all, missing, marks.unread),
        )

    def grouped(
        self, counted: CountedCells, in_all: CountedCells, marks: Marks
    ) -> tuple[list[Subtotal], list[Column], ResultRows]:
        """The rows, their columns, and the rows as they are shown."""
        query, of_rows = self.query, RowMarks(marks, counted, self.links)
        split = split_of(query, self.links, [*counted.adding, *in_all.adding])
        plain = self.gather.of_remainder() if query.grouped_dimension else []
        rows, columns = rows_of(query, self.links, split, counted, plain), self.columns(split)
        of_rows.count(rows, key_maker(query, self.links, split))
        others = Others(query, self.links, counted, plain, split)
        shown = self.named(rows, columns, self.currency([counted, in_all]), others)
        beside = self.beside(shown, Side(rows, others, of_rows))
        listed = [named | of_rows.of(row) | more for (named, row), more in zip(shown, beside, strict=False)]
        return rows, columns, ListedRows(query.metrics, listed)

    def direct(self, marks: Marks) -> tuple[list[Subtotal], list[Column], ResultRows]:
        """The same for rows that come as they are. None needs a note that the totals do not have."""
        query, columns = self.query, self.columns(Split())
        found = self.gather.cells.of_assets(query.metrics, query.days, self.gather.by, query.reader.costs)
        names = RowNames(query, self.scope, {row[1] for row in found}, {row[3] for row in found}, None)
        self.shown += [asset.word for asset in names.assets.values()]
        wanted = [column.name for column in columns if column.name not in METRICS and column.name != "period"]

        def names_of(customer: int, connection: int, asset: int) -> RowDict:
            values = names.values(RowKey(customer=customer, connection=connection, asset=asset))
            return {name: values[name] for name in wanted}

        return [], columns, DirectRows.of(query, found, names_of, marks.of_days, marks.of_assets())

    def reach(self, missing: list[Missing]) -> tuple[list[Freshness], dict[int, Days], list[Cell]]:
        """How far the figures reach, and how often they were restated; as of a day, after they were read, also the days
        that are not known of then. A connection of which anything is missing is not complete."""
        moment, scope, unknown = self.query.moment, self.scope, dict[int, Days]()
        if moment is not None:
            unknown = as_of.unknown_days(self.gather.cells)
        asked = restatements_asked(self.gather)
        freshness, rows = freshness_beside(scope, self.query.days, asked, with_held=moment is not None)
        if moment is not None:
            freshness = as_of.freshness_then(scope, self.query.days, moment, unknown, freshness)
        lacking = {self.links[one.connection].slug for one in missing}
        freshness = [replace(one, complete=one.complete and one.connection not in lacking) for one in freshness]
        return freshness, unknown, [Cell._make(row) for row in rows]

    def columns(self, split: Split) -> list[Column]:
        added = ["provider"] if split.provider else []
        return columns_of(self.query.metrics, self.query.interval, self.query.group_by, added)

    def totals(self, counted: CountedCells) -> tuple[Subtotal, Totals]:
        """As a row without a key, and as figures."""
        row = Subtotal(
            RowKey(),
            fold(counted.adding, self.links, lambda cell: None).get(None, {})
            | fold(counted.exact, self.links, lambda cell: None, exact=True).get(None, {}),
            fold(counted.stand_ins, self.links, lambda cell: None, exact=True).get(None, {}),
        )
        unknown = as_of.unknown_of(row, self.metrics) if self.query.as_of else frozenset[str]()
        return row, Totals(self.figures(row), self.currency([counted]), self.parts(counted), unknown)

    def currency(self, counted: list[CountedCells]) -> str | None:
        """The one currency of all money that counts."""
        cells = (cell for one in counted for cell in one.adding if cell.metric in MONEY and cell.value is not None)
        currencies = {currency_of(self.links[cell.connection]) for cell in cells}
        only = currencies.pop() if len(currencies) == 1 else None
        return only if isinstance(only, str) else None

    def parts(self, counted: CountedCells) -> list[RowDict]:
        """The totals of each provider, or each currency, where they must be kept apart."""
        mixture = mixture_of(self.links, counted.adding)
        if not mixture:
            return []

        def place(cell: Cell) -> tuple[str, str]:
            link = self.links[cell.connection]
            return (link.provider if mixture.provider else "", link.currency if mixture.currency else "")

        rows: list[RowDict] = []
        for (provider, currency), sums in sorted(fold(counted.adding, self.links, place).items()):
            apart: RowDict = {"provider": provider} if mixture.provider else {}
            apart |= {"currency": currency or None} if mixture.currency else {}
            rows.append(apart | self.figures(Subtotal(RowKey(), sums)))
        return rows

    def figures(self, row: Subtotal) -> Figures:
        """As the reader sees them: here, and in a direct report's statement, a markup is put on."""
        costs = self.query.reader.costs
        figures = {metric.name: row.figure(metric, costs) for metric in self.metrics}
        return as_of.known(figures) if self.query.as_of else figures

    def unattributed(self, total: Subtotal) -> Figures:
        """The totals minus what assets (or customers, programmes, parents, in a report by those) report."""
        found = fold(self.gather.attributed(), self.links, lambda cell: None).get(None, {})
        left = Subtotal(RowKey())
        for metric in self.metrics:
            whole, part = total.sums.get(metric.name), found.get(metric.name)
            adds = not (metric.is_distinct or metric.is_ratio) and not (part and part.is_mixed)
            if whole is not None and adds:
                left.sums[metric.name] = replace(whole, value=whole.value - (part.value if part else 0))
        return self.figures(left)

    # --- Comparison ---------------------------------------------------------------------------------------------------

    @cached_property
    def earlier(self) -> Earlier | None:
        return Earlier(self.query, self.scope) if self.query.compare else None

    def beside(self, shown: Shown, now: Side) -> Iterable[RowDict]:
        """For each row what it says of the range compared with."""
        if not self.earlier:
            return repeat({})
        then = self.earlier.side(now.others.split)
        return Comparison(self.earlier, now, then, self.figures).of(shown)

    def previous(self, in_all: CountedCells) -> tuple[tuple[Range, Totals] | None, dict[str, list[str]]]:
        """The totals of the range compared with, and by metric what makes them unlike."""
        if not self.earlier:
            return None, {}
        totals = self.totals(self.earlier.in_all)[1]
        return (self.earlier.days, totals), self.earlier.marks_of_totals(in_all, totals.figures)

    # --- Names, order and limit ---------------------------------------------------------------------------------------

    def named(self, rows: list[Subtotal], columns: list[Column], currency: str | None, others: Others) -> Shown:
        """The rows as they are shown: ordered, and cut to the limit."""
        names, labels, found = self.names_of(rows, currency), labels_of(columns), Shown()
        for slot, shown, beyond in self.cut(rows, columns, names):
            found += shown
            rest = [pair for pair in beyond if others.counts(pair[1])]
            if rest:
                other = others.row([row for _, row in rest], slot)
                found.append((names.other(other, [named for named, _ in rest], labels) | self.figures(other), other))
        return found

    def names_of(self, rows: list[Subtotal], currency: str | None) -> RowNames:
        keys = [row.key for row in rows]
        assets = {key.asset for key in keys} | {key.parent for key in keys}
        customers, programmes = {key.customer for key in keys}, {key.programme for key in keys}
        names = RowNames(self.query, self.scope, customers, assets, currency, programmes)
        self.shown += [*(key.key for key in keys), *(asset.word for asset in names.assets.values())]
        return names

    def cut(self, rows: list[Subtotal], columns: list[Column], names: RowNames) -> Iterator[Cut]:
        return cut(self.query, [(names.row(row, self.figures(row), columns), row) for row in rows], labels_of(columns))
