"""A document as an HTTP answer: a file with a name that tells its days."""

from django.http import StreamingHttpResponse

from reporting.exports import EXPORTS, Document


def download(document: Document, format: str, about: str = "") -> StreamingHttpResponse:
    """Raises ExportFailed before anything is sent. `about` is a slug. The name is made of it and of days only, so that no text
    of others gets into the header."""
    export = EXPORTS[format]
    pieces = export.write(document)
    name = "-".join(part for part in ("report", about, f"{document.days.start}", f"{document.days.end}") if part)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    if size := getattr(pieces, "size", None):
        headers["Content-Length"] = str(size)
    return StreamingHttpResponse(pieces, content_type=export.media_type, headers=headers)
