"""The order of a report's rows, and which of them are beyond its limit: of all rows, or of those of each period.

What a split leaves over is a row like any other here.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from reporting.query.question import ReportQuery
from reporting.query.row_names import NamedRow, ordered
from reporting.query.rows import RowKey

Shown = list[NamedRow]  # rows with their names and figures


class Cut(NamedTuple):
    """`slot`: the period, where each has its own limit; else empty."""

    slot: RowKey
    shown: Shown
    beyond: Shown


def order_of(query: ReportQuery) -> tuple[str, ...]:
    """As asked; with a limit the largest first."""
    return query.order_by or ((f"-{query.metrics[0]}",) if query.limit else ())


def cut(query: ReportQuery, rows: Sequence[NamedRow], labels: list[str]) -> Iterator[Cut]:
    """In the order of the rows; periods with limits of their own one after the other."""
    order = order_of(query)
    shown = ordered(list(rows), order, labels)
    slots: dict[RowKey, Shown] = {} if query.limit_per else {RowKey(): shown}
    for pair in shown if query.limit_per else []:
        slots.setdefault(RowKey(*pair[1].key[:2]), []).append(pair)
    for slot in sorted(slots, key=lambda slot: (slot.day or date.min, slot.minute), reverse=order[:1] == ("-period",)):
        limit = query.limit or len(slots[slot])
        yield Cut(slot, slots[slot][:limit], slots[slot][limit:])
