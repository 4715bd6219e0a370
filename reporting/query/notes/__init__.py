"""What a reader must know beside a report's figures. The room's face: `notes_of` gives all of it.

figures.py         figures that are missing on purpose, partial, provisional, or lifetime readings
readings.py        the newest and the first readings of lifetime counters
log_coverage.py    how many of the views a log lists
counter_resets.py  counters that went backwards
crosschecks.py     figures that should agree, and don't
cut_names.py       names that are longer than can be kept
playlists.py       rows that are in no sum with others
comparisons.py     what makes the range compared with unlike
"""

from collections.abc import Iterable, Sequence

from reporting.models import Days
from reporting.query.as_of import notes_of_unknown
from reporting.query.notes.comparisons import notes_of_comparison
from reporting.query.notes.crosschecks import crosschecks
from reporting.query.notes.cut_names import notes_of_cut_names
from reporting.query.notes.figures import notes_of_figures
from reporting.query.notes.playlists import notes_of_playlists
from reporting.query.report import Freshness, Note
from reporting.query.rows import Subtotal
from reporting.query.selection import CountedCells, Gatherer

__all__ = ["notes_of", "notes_of_comparison"]


def notes_of(
    gather: Gatherer,
    counted: CountedCells | None,
    rows: Sequence[Subtotal],
    total: Subtotal,
    freshness: list[Freshness],
    unknown: dict[int, Days],
    shown: Iterable[str | None] = (),
) -> list[Note]:
    """`counted` is what the rows are made of; None where they are the rows of a statement. `unknown`: by connection the days
    that are not known as of the day asked for. `shown`: the names of assets and keys in the rows."""
    return [
        *notes_of_figures(gather.query, gather.cells, list(rows), total, freshness),
        *crosschecks(gather, counted, freshness),
        *notes_of_unknown(gather.query, gather.scope, unknown),
        *notes_of_playlists(gather, counted),
        *notes_of_cut_names(shown),
    ]
