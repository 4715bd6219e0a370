"""What a vendor is asked and what it answers: requests, answers, and the exact writing of JSON and XML."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes
from email.message import Message
from html import escape as escape_html
from typing import Any
from urllib.parse import parse_qsl

from .truth import Moment


@dataclass
class Request:
    """One request, its vendor's prefix taken off the path.

    `repeats()` is true where a fault asks for page one again, `empties()` where one says that there is nothing to list;
    `wait(key)` gives the seconds until the vendor's limit serves a key again, else 0; `settings` are the faults' by name.
    """

    provider: str
    method: str
    path: str
    query_string: str
    headers: Message
    body: bytes
    moment: Moment
    repeats: Callable[[], bool] = lambda: False
    empties: Callable[[], bool] = lambda: False
    wait: Callable[[str], int] = lambda key: 0
    settings: Mapping[str, int] = field(default_factory=dict)
    credential: str = ""
    query: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.query = dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def target(self) -> str:
        """Path and query as the vendor's own host would see them."""
        return f"{self.path}?{self.query_string}" if self.query_string else self.path

    def page(self, asked: int, first: int) -> int:
        """The page (or offset) to serve: the asked one, unless a fault repeats the first."""
        return first if asked > first and self.repeats() else asked

    def form(self, name: str) -> str | None:
        """A form field, sent url-encoded or as multipart (PHP's curl sends an array as multipart)."""
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/"):
            return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True)).get(name)
        for part in message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + self.body).walk():
            payload = part.get_payload(decode=True)
            if part.get_param("name", header="content-disposition") == name and isinstance(payload, bytes):
                return payload.decode(errors="replace")
        return None


@dataclass(frozen=True)
class Answer:
    """An answer; a body that is an iterator is sent in chunks."""

    body: bytes | Iterator[bytes]
    content_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


_NUMBER = re.compile(r'"@(-?\d+(?:\.\d+)?)@"')


def _exact(value: object) -> str:
    """A decimal on its way through json, which would make a float of it."""
    if isinstance(value, Decimal):
        return f"@{value:f}@"
    raise TypeError(f"{value!r} has no JSON")


def json_text(value: Any) -> str:
    """JSON with every digit of its decimals."""
    text = json.dumps(value, default=_exact, ensure_ascii=False, separators=(",", ":"))
    return _NUMBER.sub(r"\1", text)


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(json_text(value).encode(), "application/json; charset=utf-8", status, named)


def xml_answer(text: str, status: int = 200) -> Answer:
    return Answer(text.encode(), "text/xml; charset=utf-8", status)


def escape(value: object) -> str:
    """Text inside an XML element."""
    return escape_html(str(value), quote=False)


def day_of(text: str) -> date | None:
    """`2026-01-31`, or nothing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def instant(text: str) -> datetime | None:
    """An ISO instant, UTC where it names no zone, or nothing."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def whole(text: object, default: int) -> int:
    """A whole number not below zero, as sloppy as PHP reads one."""
    return int(str(text)) if str(text).isdecimal() else default
