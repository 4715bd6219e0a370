"""Text that others wrote (titles, names, keys), made safe for a file: no formulas, no characters that a format can't hold.

A spreadsheet takes a cell that begins with one of `= + - @` for a formula, also their full-width forms, and also after a tab, a
line break or a semicolon, which separates cells of a European CSV.
"""

import re
from collections.abc import Iterable

SIGNS = "=+@＝＋－＠-"
STARTS = re.compile(rf"(^|[;\t\r\n])(?=[^\S\t\r\n]*[{SIGNS}])")  # linear: of several line breaks, only the last counts
CONTROLS_FIRST = ("\t", "\r", "\n")
# What XML 1.0 can't hold, and halves of surrogate pairs, which UTF-8 can't hold.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula."""
    return text.startswith(CONTROLS_FIRST) or STARTS.search(text) is not None


def guarded(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet may see the start of a formula."""
    found = STARTS.sub(r"\1'", text)
    return f"'{found}" if found.startswith(CONTROLS_FIRST) else found


def clean(text: str) -> str:
    """Control characters and broken ones become `�`, so that they can be seen."""
    return UNWRITABLE.sub("�", text)


def in_words(words: Iterable[str]) -> str:
    """Stable words of ours, for people: `fewer days, restated`."""
    return ", ".join(word.replace("_", " ") for word in words)
