"""How answers are written: JSON by orjson; the report in each format that `reporting.exports` has."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from reporting.exports import EXPORTS, Export
from reporting.query.json_figures import dumps


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else to_json(data)


def to_json(data: Any) -> bytes:
    """A Decimal that nobody has made a number of keeps its exact digits, as a string."""
    return dumps(data, _default, orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


class ExportRenderer(BaseRenderer):
    """An export's name and media type, for the negotiation; the view writes the answer itself, as a stream."""

    charset = None

    def __init__(self, export: Export) -> None:
        self.format, self.media_type = export.name, export.media_type


def export_renderers() -> list[ExportRenderer]:
    """One for each export."""
    return [ExportRenderer(export) for export in EXPORTS.values()]


class FormatOrAccept(DefaultContentNegotiation):
    """`format=csv` in the address, else the header Accept."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        wanted = request.query_params.get("format")
        if not wanted:
            return super().select_renderer(request, renderers)
        for renderer in renderers:
            if renderer.format == wanted:
                return renderer, renderer.media_type
        formats = ", ".join(renderer.format for renderer in renderers)
        raise ValidationError({"format": [f"“{wanted}” is none of {formats}."]})
