"""A table for a terminal: rows, totals and notes."""

from collections.abc import Iterator

from reporting.exports.csv import text
from reporting.metrics import METRICS
from reporting.query.report import ReportResult
from reporting.reports.row_words import worded

NOTHING = "–"


def write(result: ReportResult) -> Iterator[bytes]:
    names = [column.name for column in result.columns]
    totals = {name: text(METRICS[name], value) for name, value in result.totals.figures.items()}
    first = next(iter(names))
    words = [name for name in names if name not in METRICS]
    rows = (worded(row, words) for row in result.rows)
    lines = [[_printable(text(METRICS.get(name), row[name])) or NOTHING for name in names] for row in rows]
    last = [totals.get(name, "") or (NOTHING if name in totals else "") for name in names]
    if first not in METRICS:
        last[0] = "total"
    widths = [max(map(len, column)) for column in zip(names, *lines, last, strict=True)]
    yield from (_line(cells, names, widths) for cells in (names, ["-" * width for width in widths], *lines))
    if first not in METRICS:
        yield _line(["-" * width for width in widths], names, widths)
        yield _line(last, names, widths)
    for note in result.notes:
        yield f"* {note.detail}\n".encode()


def _printable(shown: str) -> str:
    """A provider's title must not move the cursor of a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in shown)


def _line(cells: list[str], names: list[str], widths: list[int]) -> bytes:
    """Figures are aligned to the right, words to the left."""
    padded = (
        shown.rjust(width) if name in METRICS else shown.ljust(width)
        for shown, name, width in zip(cells, names, widths, strict=True)
    )
    return "  ".join(padded).rstrip().encode() + b"\n"
