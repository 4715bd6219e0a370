"""The words for rows that have no name of their own, as people read them: all others, and what a split leaves over.

The report query says by `row_type` what a row is, and writes no word among its names; here is where words are made.
"""

from collections.abc import Iterable

from reporting.metrics import DIMENSIONS
from reporting.query.result_rows import RowDict, RowType

ALL_OTHERS = "All others"


def not_split_by(dimension: str) -> str:
    return f"Not split by {DIMENSIONS[dimension].label.lower()}"


def worded(row: RowDict, names: Iterable[str]) -> RowDict:
    """The row with the words for it among its names, where it has none; `names` are its columns that are no figures. Other
    tables than a report's, whose rows are all alike, stay as they are."""
    match row.get("row_type"):
        case RowType.OTHER:
            free = next((name for name in names if row[name] in (None, "")), None)
            return row | {free: ALL_OTHERS} if free else row
        case RowType.REMAINDER:
            return row | {name: not_split_by(name) for name in names if name in DIMENSIONS}
    return row
