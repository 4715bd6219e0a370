"""What makes no success of an answer, whatever else stands in it: a complaint beside the figures, or a day that comes twice."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from providers.toolkit.errors import Unreadable
from providers.toolkit.requests import Document

WORDS = {"error", "errors", "exception", "fault"}


def complaint(document: Document) -> str:
    """The error that an answer names at its top, as `name: value`; "" where it names none. Many say `"error": false` or 0."""
    if isinstance(document, dict):
        found = [(str(name), value) for name, value in document.items() if str(name).lower() in WORDS and _says(value)]
    elif hasattr(document, "iterchildren"):
        children = [(str(child.tag).rpartition("}")[2], child) for child in document.iterchildren()]
        found = [(name, "".join(child.itertext())) for name, child in children if name.lower() in WORDS]
        found = [(name, text) for name, text in found if _says(text.strip())]
    else:
        found = []
    return f"{found[0][0]}: {found[0][1]!s:.200}" if found else ""


def _says(value: Any) -> bool:
    return bool(value) and str(value).lower() not in ("0", "false", "none", "null", "no")


def refuse_repeats(moments: Iterable[tuple[date, int]], interval: str) -> None:
    """Raises Unreadable where a day, or a minute of it, is named twice: its figures would count twice. Only the hour that a
    clock repeats may come again."""
    repeated = {moment: times for moment, times in Counter(moments).items() if times > 1}
    hours = {(day, minute // 60) for day, minute in repeated}
    if repeated and (interval in ("day", "month") or len(hours) > 1 or max(repeated.values()) > 2):
        raise Unreadable(f"The answer names {min(repeated)[0]} twice.")
