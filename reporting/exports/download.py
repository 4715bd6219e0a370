"""A document as an HTTP answer: a file with a name that tells its days, and a link to the same report as JSON."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import StreamingHttpResponse
from django.urls import reverse

from reporting.exports import EXPORTS, Document


def download(document: Document, format: str, about: str = "") -> StreamingHttpResponse:
    """Raises ExportFailed before anything is sent. `about` is a slug. The name is made of it and of days only, so that no text
    of others gets into the header."""
    export = EXPORTS[format]
    pieces = export.write(document)
    name = "-".join(part for part in ("report", about, f"{document.days.start}", f"{document.days.end}") if part)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{format}"',
        "Link": link_to_json(document.question),
    }
    if size := getattr(pieces, "size", None):
        headers["Content-Length"] = str(size)
    return StreamingHttpResponse(pieces, content_type=export.content_type, headers=headers)


def link_to_json(question: Mapping[str, Any]) -> str:
    """RFC 8288. A file may have no place for totals, freshness and notes; they are there."""
    named = {name: address_word(value) for name, value in question.items() if value not in (None, "", [])}
    address = f"{reverse('report')}?{urlencode(named | {'format': 'json'})}"
    return f'<{address}>; rel="alternate"; type="application/json"'


def address_word(value: Any) -> str:
    """A comma that belongs to a value has a backslash before it."""
    return ",".join(str(one).replace(",", "\\,") for one in value) if isinstance(value, list) else str(value)
