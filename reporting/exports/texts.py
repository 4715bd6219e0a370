"""Texts that others wrote (titles, names, keys) on their way into a file: what must not run there, and what can't stand.

A spreadsheet takes a cell that begins with one of `= + - @` for a formula, also their full-width forms, also after a tab, a
line break or a semicolon, where it splits a line of CSV in the European way.
"""

import re

SIGNS = "=+@＝＋－＠-"
STARTS = re.compile(rf"(^|[;\t\r\n])(?=\s*[{SIGNS}])")
CONTROLS_FIRST = ("\t", "\r", "\n")
# What XML 1.0 has no way to write, and halves of surrogate pairs, which UTF-8 has none for.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet may take it for more than a text."""
    return text.startswith(CONTROLS_FIRST) or STARTS.search(text) is not None


def guarded(text: str) -> str:
    """With an apostrophe in front of each place that a spreadsheet would take for the start of a formula."""
    found = STARTS.sub(r"\1'", text)
    return f"'{found}" if found.startswith(CONTROLS_FIRST) else found


def clean(text: str) -> str:
    """Control characters and broken ones become `�`, so that something is seen of them."""
    return UNWRITABLE.sub("�", text)
