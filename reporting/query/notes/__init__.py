"""What a reader must know beside a report's figures. The room's face: `notes_of` gives all of it.

figures.py         figures that are missing on purpose, partial, provisional, or lifetime readings
sources.py         sources that the figures lack
log_coverage.py    how many of the views a log lists
counter_resets.py  counters that went backwards
crosschecks.py     figures that should agree, and don't
cut_names.py       names that are longer than can be kept
playlists.py       rows that are in no sum with others
comparisons.py     what makes the range compared with unlike
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reporting.models import Days
from reporting.query.as_of import notes_of_unknown
from reporting.query.missing import Missing, present_in
from reporting.query.notes.comparisons import notes_of_comparison
from reporting.query.notes.crosschecks import crosschecks
from reporting.query.notes.cut_names import notes_of_cut_names
from reporting.query.notes.figures import notes_of_figures
from reporting.query.notes.playlists import notes_of_playlists
from reporting.query.notes.sources import notes_of_missing, notes_of_sources
from reporting.query.report import Freshness, Note
from reporting.query.rows import Subtotal
from reporting.query.selection import CountedCells, Gatherer
from reporting.query.sql.readings import Readings

__all__ = ["Beside", "notes_of", "notes_of_comparison", "notes_of_missing"]


class Beside(NamedTuple):
    """What was read beside the figures. `unknown`: by connection the days that are not known as of the day asked for."""

    freshness: list[Freshness]
    missing: list[Missing]
    readings: Readings
    unknown: dict[int, Days]


def notes_of(
    gather: Gatherer,
    counted: CountedCells | None,
    in_all: CountedCells,
    rows: Sequence[Subtotal],
    total: Subtotal,
    beside: Beside,
    shown: Iterable[str | None] = (),
) -> list[Note]:
    """`counted` is what the rows are made of, None where they are the rows of a statement; `in_all`, the totals. `shown`: the
    names of assets and keys in the rows."""
    freshness, missing, readings, unknown = beside
    return [
        *notes_of_figures(gather.query, gather.cells, list(rows), total, freshness, readings, present_in(in_all)),
        *notes_of_sources(gather, counted, in_all, missing, freshness),
        *crosschecks(gather, counted, freshness),
        *notes_of_unknown(gather.query, gather.scope, unknown),
        *notes_of_playlists(gather, counted),
        *notes_of_cut_names(shown),
    ]
