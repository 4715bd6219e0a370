"""Reports of assets whose every figure is one row of a statement: many rows, and nothing to decide about any of them.

Each asset stands for itself, a row has one connection, and so one provider and one currency; sums are all that is asked for.
What `rows.py` does for such a report comes to the same rows, with ten times the work for each.
"""

from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from reporting.metrics import METRICS, Adds
from reporting.periods import Every
from reporting.query.result import RowDict

if TYPE_CHECKING:
    from reporting.query import ReportQuery

OF_DAYS = (Every.DAY, Every.WEEK, Every.MONTH, Every.TOTAL)
SUMS = (Adds.SUM, Adds.SUM_WITHIN_PROVIDER)

Place = tuple[int, int, int]  # customer, connection, asset


def is_direct(query: "ReportQuery") -> bool:
    """True where the rows need no folding, no remainder and no row for others."""
    adds = all(METRICS[name].adds in SUMS for name in query.metrics)
    is_plain = not query.dimension and not query.order_by and query.limit is None and query.as_of is None
    return query.groups_assets and query.interval in OF_DAYS and adds and is_plain


def direct_rows(
    query: "ReportQuery",
    found: list[tuple[Any, ...]],
    names_of: Callable[[Place], RowDict],
    label: Callable[[Any], str],
) -> list[RowDict]:
    """The rows as they are shown, in the order of their columns. `found`: (period, customer, connection, asset, figures …), by
    period."""
    names = {place: names_of(place) for place in {row[1:4] for row in found}}
    order = {place: number for number, place in enumerate(sorted(names, key=lambda place: _words(names[place])))}
    shown: list[RowDict] = []
    for period, rows in groupby(found, key=itemgetter(0)):
        first = {} if query.interval is Every.TOTAL else {"period": label(period)}
        ordered = sorted(rows, key=lambda row: order[row[1:4]])
        shown += (first | names[row[1:4]] | dict(zip(query.metrics, row[4:], strict=True)) for row in ordered)
    return shown


def _words(names: RowDict) -> list[tuple[bool, Any]]:
    """By the columns from the left, unknown ones last."""
    return [(value is None, value) for value in names.values()]
