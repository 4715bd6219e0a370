"""A document as the answer to a request: a file to keep, under a name that says what it is."""

from django.http import StreamingHttpResponse

from reporting.exports import EXPORTS, Document


def download(document: Document, format: str, about: str = "") -> StreamingHttpResponse:
    """Raises ExportFailed before anything is sent. `about` is a slug; a name is made of it and of days, so that nothing that
    others wrote gets into the header."""
    export = EXPORTS[format]
    pieces = export.write(document)
    name = "-".join(part for part in ("report", about, f"{document.days.start}", f"{document.days.end}") if part)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    if size := getattr(pieces, "size", None):
        headers["Content-Length"] = str(size)
    return StreamingHttpResponse(pieces, content_type=export.media_type, headers=headers)
