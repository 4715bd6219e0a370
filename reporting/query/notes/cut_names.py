"""Names that a report shows and that were too long to be kept as the provider wrote them."""

from collections.abc import Iterable, Iterator

from reporting.query.report import Note
from reporting.vendor_text import is_fitted

NAMED = 10  # in the note


def notes_of_cut_names(shown: Iterable[str | None]) -> Iterator[Note]:
    """`shown`: external ids and keys of rows."""
    names = sorted({name for name in shown if name is not None and is_fitted(name)})
    if not names:
        return
    are = "One name here is" if len(names) == 1 else f"{len(names)} names here are"
    words = (
        f"{are} longer than can be kept: cut, and ending in ~ and a digest of the whole, which tells it from others. The whole "
        "name is in the provider's raw answer."
    )
    yield Note("names_cut", words, more={"names": names[:NAMED]})
