"""Raw answers for people: the beginning of a part, indented, or the whole part as a file. They are foreign text, never a page.

Indenting changes white space only: no number, quote or escape is rewritten. It also works on the beginning of a long answer,
which is not a whole document.
"""

import re
from collections.abc import Iterator

from django.http import HttpResponse

from reporting.models import SnapshotPart

SHOWN = 100_000  # bytes of an answer on a page
DEEPEST = 20  # levels that are indented; a hostile answer may have as many as it has bytes
STEP = "  "

JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\]:,]|[^\s"{}\[\]:,]+', re.DOTALL)
XML_TOKEN = re.compile(r"<[^>]*>?|[^<]+")
OPENING, CLOSING = frozenset("{["), frozenset("}]")


def beginning(part: SnapshotPart) -> str:
    """The first 100 kB, indented."""
    return indented(part.beginning(SHOWN).decode("utf-8", "replace"))


def as_file(part: SnapshotPart) -> HttpResponse:
    """The bytes as they came. A vendor's page must not act as one of ours, wherever it is opened."""
    headers = {
        "Content-Disposition": f'attachment; filename="snapshot-{part.snapshot_id}-{part.number}"',
        "Content-Security-Policy": "sandbox",
    }
    return HttpResponse(part.body, content_type=part.content_type or "application/octet-stream", headers=headers)


def indented(text: str) -> str:
    """JSON and XML by their structure; anything else as it is."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in OPENING:
        return "".join(_json(text))
    return "".join(_xml(text)).lstrip("\n") if start == "<" else text


def _json(text: str) -> Iterator[str]:
    depth, before = 0, ""
    for word in JSON_TOKEN.findall(text):
        if word in CLOSING:
            depth = max(depth - 1, 0)
        if (before in OPENING) != (word in CLOSING) or before == ",":
            yield _line(depth)
        yield f"{word} " if word == ":" else word
        depth += word in OPENING
        before = word


def _xml(text: str) -> Iterator[str]:
    """An element that holds text alone stays on its line."""
    depth, is_inline = 0, False
    for token in XML_TOKEN.findall(text):
        words = token.strip()
        if not words:
            continue
        if words.startswith("</"):
            depth = max(depth - 1, 0)
        is_text, is_end = not words.startswith("<"), words.startswith("</")
        yield words if is_inline and (is_text or is_end) else _line(depth) + words
        is_start = not is_text and not is_end and words[1:2] not in ("?", "!") and not words.endswith("/>")
        depth += is_start
        is_inline = is_start or is_text


def _line(depth: int) -> str:
    return "\n" + STEP * min(depth, DEEPEST)
