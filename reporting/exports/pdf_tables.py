"""A table on paper: each family of figures is a table of its own, with only the columns that have figures.

    sections(table) -> {"title", "columns", "rows", "after"}, …      all of them text, for `report.typ`

A family that is wider than paper goes on in a second table. Names stand for slugs and external ids, and these where there is no
name; what each row is (all others, what a split leaves over, provisional, corrected) is in words.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from reporting.exports.document import MOST_PRINTED, ExportColumn, Kind, Table
from reporting.exports.texts import in_words
from reporting.metrics import DIMENSIONS, Family
from reporting.query.result_rows import RowDict
from reporting.reports.formatting import period, shown
from reporting.reports.row_words import worded

LONGEST_TEXT = 200
FIGURES_SIDE_BY_SIDE = 6
SHORT = ("state", "asset_kind", "provider", "currency", *DIMENSIONS)
NAMES = {
    "customer_name": "customer",
    "connection_name": "connection",
    "parent_title": "parent",
    "asset_title": "asset",
}  # a column of names, and that of what is shown where there is none
OWNERS = ("customer", "connection", "parent", "asset")  # external ids are unique within what holds them only
STATE = ExportColumn("state", "State")
UNKNOWN = "—"


def sections(table: Table) -> Iterator[dict[str, Any]]:
    """At least one. The first MOST_PRINTED rows, and how many there are beyond."""
    rows = iter(table.rows)
    printed = list(islice(rows, MOST_PRINTED))
    left = sum(1 for _ in rows)
    after = [f"… and {left:,} more rows; the XLSX has all."] if left else []
    after += [table.hint] if table.hint else []
    columns = [column for column in table.all_columns if column.is_printed]
    words = words_shown(columns, printed)
    found = [(family, figures_of(family, columns, printed)) for family in Family]
    for family, figures in found:
        for number, some in enumerate(as_wide_as_paper(figures, len(words))):
            title = title_of(table, family) + (", continued" if number else "")
            yield section(title, words, some, rows_with(some, words, printed), after)
    if not any(figures for _, figures in found):
        yield section(table.title, words, [], printed, after)


def section(
    title: str, words: list[ExportColumn], figures: list[ExportColumn], rows: list[RowDict], after: list[str]
) -> dict[str, Any]:
    columns = [*words, *figures]
    names = [column.name for column in words if column.kind is Kind.TEXT and column is not STATE]
    named = (worded(row, names) for row in rows)
    return {
        "title": title,
        "columns": [looks(column, columns) for column in columns],
        "rows": [[words_of(column, row) for column in columns] for row in named],
        "after": after,
    }


def title_of(table: Table, family: Family) -> str:
    return family.capitalize() if table.name == "report" else f"{table.title}: {family}"


# --- Which columns and rows -------------------------------------------------------------------------------------------


def figures_of(family: Family, columns: Sequence[ExportColumn], rows: Sequence[RowDict]) -> list[ExportColumn]:
    """Those that have a figure in any row, each followed by that of the days that are compared with."""
    found = [column for column in columns if column.metric and column.metric.family is family]
    found = [column for column in found if any(column.of(row) is not None for row in rows)]
    order = list(dict.fromkeys(column.label for column in found if not column.is_before))
    return sorted(found, key=lambda column: (_place(column, order), column.is_before))


def _place(column: ExportColumn, order: list[str]) -> int:
    """A figure before stands where the figure of now does, which may be missing."""
    return next((place for place, label in enumerate(order) if column.label in (label, f"{label} before")), len(order))


def as_wide_as_paper(figures: list[ExportColumn], words: int) -> list[list[ExportColumn]]:
    """In parts; a figure and that before stay together."""
    most = max(FIGURES_SIDE_BY_SIDE - max(words - 1, 0), 3)
    parts: list[list[ExportColumn]] = []
    for at, column in enumerate(figures):
        with_before = 2 if at + 1 < len(figures) and figures[at + 1].is_before else 1
        if not parts or (not column.is_before and len(parts[-1]) + with_before > most):
            parts.append([])
        parts[-1].append(column)
    return parts


def words_shown(columns: Sequence[ExportColumn], rows: Sequence[RowDict]) -> list[ExportColumn]:
    """The columns without figures that tell rows apart, and their state where there is anything to say of it."""
    words = [column for column in columns if not column.metric]
    names = {column.name for column in words}
    hidden = {id for name, id in NAMES.items() if name in names and is_telling(name, id, rows)}
    if len({row.get("asset_kind") for row in rows} - {None}) < 2:  # else playlists would pass for films
        hidden.add("asset_kind")
    found = [column for column in words if column.name not in hidden and column.name != "currency"]
    money = [column for column in words if column.name == "currency" and has_twins(found, rows)]
    marked = [STATE] if any(map(is_marked, rows)) else []
    return found + money + marked


def is_telling(name: str, id: str, rows: Sequence[RowDict]) -> bool:
    """Whether no two things in these rows have the same name."""
    owners = OWNERS[: OWNERS.index(id) + 1]
    found: dict[str, set[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row.get(name) or row.get(id) or "", set()).add(tuple(row.get(owner) for owner in owners))
    return all(len(things) == 1 for things in found.values())


def has_twins(words: Sequence[ExportColumn], rows: Sequence[RowDict]) -> bool:
    """Whether two rows look alike: those of several currencies."""
    seen = {tuple(column.of(row) for column in words) for row in rows}
    return len(seen) < len(rows)


def rows_with(figures: Sequence[ExportColumn], words: Sequence[ExportColumn], rows: Sequence[RowDict]) -> list[RowDict]:
    """The rows that have any of the figures. A series keeps its gaps."""
    if all(column.kind is Kind.PERIOD or column is STATE for column in words):
        return list(rows)
    return [row for row in rows if any(column.of(row) is not None for column in figures)]


# --- In words ---------------------------------------------------------------------------------------------------------


def looks(column: ExportColumn, columns: Sequence[ExportColumn]) -> dict[str, Any]:
    """Text columns share the width; where there are none, the figures do."""
    texts = [one for one in columns if one.kind is Kind.TEXT and one.name not in SHORT]
    is_wide = column in texts if texts else column.metric is not None
    return {"label": column.label, "is_figure": column.metric is not None, "is_wide": is_wide}


def words_of(column: ExportColumn, row: RowDict) -> str:
    value = column.of(row)
    if column is STATE:
        return state(row)
    if column.metric:
        currency = column.currency or row.get("currency") or ""
        return UNKNOWN if value is None else shown(value, column.metric.unit, currency)
    if column.kind is Kind.PERIOD and value and value[:1].isdigit():
        return period(value)
    words = " ".join(str(value or row.get(NAMES.get(column.name, "")) or "").split())
    return words if len(words) <= LONGEST_TEXT else f"{words[:LONGEST_TEXT]}…"


def state(row: RowDict) -> str:
    """`provisional`, `final`, `final, corrected 2 times, before: fewer days`."""
    words = {True: "final", False: "provisional"}.get(row.get("final"), "")  # type: ignore[arg-type]
    times = row.get("restated") or 0
    unlike = row.get("previous_marks") or []
    corrected = f"corrected {times} times" if times > 1 else "corrected once" if times else ""
    return ", ".join(filter(None, (words, corrected, f"before: {in_words(unlike)}" if unlike else "")))


def is_marked(row: RowDict) -> bool:
    return row.get("final") is False or bool(row.get("restated") or row.get("previous_marks"))
