"""Lists in cursor pages: `next`, `previous`, `results`; `limit` rows a page, 100 unless asked, 1000 at most."""

from datetime import datetime
from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination, LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response


class NewestFirst(CursorPagination):
    """By descending id. A cursor stays right while rows are added at the front."""

    ordering: Any = "-id"
    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 1000
    page_size_query_description = "Rows a page, at most 1000."

    def get_page_size(self, request: Request) -> int:
        word = request.query_params.get("limit")
        if word is None:
            return self.page_size
        if not (word.isascii() and word.isdigit() and len(word) < 10 and 1 <= int(word) <= self.max_page_size):
            raise ValidationError({"limit": [f"“{word}” is no number from 1 to {self.max_page_size}."]})
        return int(word)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """DRF says 404 of a cursor that it can't read, and only fails later at one that holds no id."""
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                self.check_position(str(cursor.position))
        except (NotFound, ValueError):
            raise ValidationError(
                {"cursor": ["This cursor is not one of ours. Follow `next` and `previous`."]}
            ) from None
        return cursor

    def check_position(self, position: str) -> None:
        """Raises ValueError where no such row can be."""
        if not 0 < int(position) < 2**63:
            raise ValueError


class BySlug(NewestFirst):
    """By name in the address: customers, connections."""

    ordering = "slug"

    def check_position(self, position: str) -> None:
        if "\0" in position:
            raise ValueError


class ByStart(NewestFirst):
    """Sessions, the newest first."""

    ordering = ("-started_at", "-id")

    def check_position(self, position: str) -> None:
        datetime.fromisoformat(position)


class ByNumber(LimitOffsetPagination):
    """Of lines that are made up when asked for, and have no id: `limit` of them from `offset` on."""

    default_limit = NewestFirst.page_size
    max_limit = NewestFirst.max_page_size

    def get_limit(self, request: Request) -> int:
        return NewestFirst().get_page_size(request)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return NewestFirst().get_paginated_response_schema(schema)
