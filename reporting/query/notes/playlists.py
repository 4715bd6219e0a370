"""Rows that stand beside others: a playlist beside the videos that it plays, an application beside its streams."""

from collections.abc import Iterable, Iterator
from itertools import chain

from reporting.query.report import Note
from reporting.query.selection import CountedCells, Gatherer
from reporting.query.sql.cells import Cell


def notes_of_playlists(gather: Gatherer, counted: CountedCells | None) -> Iterator[Note]:
    """`counted` is what the rows are made of; None where they are the rows of a statement."""
    if not gather.query.groups_assets:
        return
    cells: Iterable[Cell] = chain(*counted.parts) if counted else gather.plain_figures()
    levels = {(cell.metric, cell.connection, cell.level) for cell in cells if cell.value is not None}
    both = {place[1] for place in levels if place[2] == "playlist" and (*place[:2], "asset") in levels}
    slugs = [link.slug for link in gather.scope.connections.values() if link.id in both]
    if slugs:
        words = (
            f"Playlists and applications of {', '.join(slugs)} have rows beside what they play or hold: their figures are in "
            "no sum with those, neither in totals nor in the row of all others."
        )
        yield Note("playlists_beside", words, more={"connections": slugs})
