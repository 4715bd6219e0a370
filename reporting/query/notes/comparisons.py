"""What makes the range that a report is compared with unlike its own: one note for each mark."""

from collections.abc import Iterable, Iterator

from reporting.periods import Range
from reporting.query.report import Note

WORDS = {
    "fewer_sources": "Not every source of these figures has figures of {days}, the days compared with.",
    "more_sources": "Of {days}, the days compared with, there are figures of sources that have none now.",
    "missing_sources": "Figures of {days}, the days compared with, are not of every source that reports them.",
    "other_level": "Figures of {days}, the days compared with, are in part an account's where those of now are its assets', or "
    "the other way round.",
    "fewer_days": "{days}, the days compared with, are fewer days than these, or fewer of them were fetched.",
    "more_days": "{days}, the days compared with, are more days than these, or more of them were fetched.",
    "restated": "Figures of {days}, the days compared with, were changed after they were final.",
}


def notes_of_comparison(marks: Iterable[str], days: Range, lacking: Iterable[Note]) -> Iterator[Note]:
    """`lacking`: which sources the figures of those days lack, and why."""
    more = {"from": f"{days.start}", "to": f"{days.end}"}
    for mark in marks:
        words = WORDS[mark].format(days=days)
        for note in lacking if mark == "missing_sources" else ():
            yield Note(f"previous_{mark}", f"{words} {note.detail}", note.metric, {**note.more, **more})
        if mark != "missing_sources":
            yield Note(f"previous_{mark}", words, more=more)
