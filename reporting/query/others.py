"""The rows beyond a limit, as one: which cells it is made of, and what of them can be told.

- Of an account and its assets in it, the account counts.
- A playlist, or an application, stands beside what it holds. It is in no sum with that, and so not in this row either,
  whether or not what it holds is shown by itself.
- A remainder is the plain figure less its split. Where the plain figures of several are of an account here and of its assets
  there, or their splits are, nobody knows what would be counted twice.

What can't be told is unknown, never a part that looks like the whole.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain

from reporting.metrics import METRICS
from reporting.query.arithmetic import Sum, Sums, counting, fold
from reporting.query.question import ReportQuery
from reporting.query.result_rows import RowType
from reporting.query.rows import RowKey, Split, Subtotal, key_maker
from reporting.query.scope import Link
from reporting.query.selection import CountedCells
from reporting.query.sql.cells import Cell

Place = tuple[str, int]  # metric and connection


@dataclass(frozen=True)
class Behind:
    """The cells of the rows of some keys; those of the plain figures of remainders, and of the splits that these leave over."""

    keyed: CountedCells
    whole: list[Cell]
    split: list[Cell]

    def is_told_apart(self, metric: str) -> bool:
        """Whether neither the plain figures nor the splits mix an account with its assets."""
        return all(
            len({(cell.connection, cell.level) for cell in cells}) == len({cell.connection for cell in cells})
            for every in (self.whole, [*self.keyed.adding, *self.split])
            for cells in [[cell for cell in every if cell.metric == metric]]
        )


@dataclass(frozen=True)
class Others:
    """Of one report: `counted` and `plain` are what its rows and its remainders are made of."""

    query: ReportQuery
    links: Mapping[int, Link]
    counted: CountedCells
    plain: Collection[Cell]
    split: Split

    @cached_property
    def key_of(self) -> Callable[[Cell], RowKey]:
        return key_maker(self.query, self.links, self.split)

    @cached_property
    def beside(self) -> frozenset[Place]:
        """In rows of assets, where a playlist stands beside what it may hold."""
        every = chain(*self.counted.parts, self.plain) if self.query.groups_assets else ()
        return frozenset((cell.metric, cell.connection) for cell in every if cell.level == "asset")

    @cached_property
    def playlists(self) -> frozenset[int]:
        every = chain(*self.counted.parts, self.plain) if self.query.groups_assets else ()
        return frozenset(cell.asset for cell in every if cell.level == "playlist")

    def stands_beside(self, row: Subtotal, metric: str) -> bool:
        return row.key.asset in self.playlists and (metric, row.key.connection) in self.beside

    def counts(self, row: Subtotal) -> bool:
        """Whether anything of it is in a sum with others."""
        names = [name for name in self.query.metrics if row.figure(METRICS[name]) is not None]
        return not row.key.asset or any(not self.stands_beside(row, name) for name in names)

    def row(self, rest: Sequence[Subtotal], slot: RowKey) -> Subtotal:
        """Of rows that count. `slot` says the period, where each has a row of its own."""
        behind = self.behind(rest)
        by_key = {row.key: row for row in rest}
        sums = self._together(behind.keyed.adding, by_key, "sums")
        sums |= self._together(behind.keyed.exact, by_key, "sums", exact=True)
        stand_ins = self._together(behind.keyed.stand_ins, by_key, "stand_ins", exact=True)
        for name in self.query.metrics:
            left = [row for row in rest if row.row_type is RowType.REMAINDER and not self.stands_beside(row, name)]
            if left and not METRICS[name].sums:
                for some in (sums, stand_ins):
                    some |= {name: replace(some[name], is_mixed=True)} if name in some else {}
            elif parts := [row.sums[name] for row in left if name in row.sums]:
                sums[name] = added([*parts, *([sums[name]] if name in sums else [])], behind.is_told_apart(name))
        return Subtotal(slot, sums, stand_ins, sum(row.restated for row in rest), RowType.OTHER)

    def behind(self, rest: Iterable[Subtotal]) -> Behind:
        """Of `exact` cells also those that nobody knows, such as the count of a month of which a customer held the asset for a
        part."""
        rest = list(rest)
        keys = {row.key for row in rest}
        left = {
            (row.key, name)
            for row in rest
            if row.row_type is RowType.REMAINDER
            for name in row.sums
            if not self.stands_beside(row, name)
        }

        def leaves(cell: Cell) -> bool:
            return (self.key_of(cell)._replace(key=None), cell.metric) in left

        keyed = [
            [cell for cell in part if self.key_of(cell) in keys and self._is_in(cell)] for part in self.counted.parts
        ]
        return Behind(
            CountedCells([c for c in keyed[0] if c.value is not None], *(known_to_be(cells) for cells in keyed[1:])),
            [cell for cell in self.plain if leaves(cell)] if left else [],
            [cell for cell in self.counted.adding if cell.value is not None and leaves(cell)] if left else [],
        )

    def _is_in(self, cell: Cell) -> bool:
        return cell.level != "playlist" or (cell.metric, cell.connection) not in self.beside

    def _together(self, cells: list[Cell], rows: Mapping[RowKey, Subtotal], of: str, exact: bool = False) -> Sums:
        here = counting(cells)
        sums = fold(here, self.links, lambda cell: None, exact).get(None, {})
        days: dict[str, date | None] = {}
        for cell in here:
            one_day = days.setdefault(cell.metric, cell.day) == cell.day or not METRICS[cell.metric].is_state
            its = getattr(rows[self.key_of(cell)], of).get(cell.metric)
            if one := sums.get(cell.metric):
                one.is_mixed = one.is_mixed or its is None or its.is_mixed or not one_day
        return sums


def known_to_be(cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.value is not None or cell.alone != 0]


def added(parts: Sequence[Sum], is_told_apart: bool) -> Sum:
    first, *others = parts
    found = replace(first, is_mixed=first.is_mixed or not is_told_apart)
    for one in others:
        found.add(one.value, None, one.within, one.is_mixed)
    return found
