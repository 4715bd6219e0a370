"""Takes secrets out of everything that is stored or shown: addresses, bodies, error texts.

A secret is looked for in each spelling it can have on the wire. One of fewer than 8 characters is replaced only as a whole
word, and one of digits only as the value of a query parameter: a password "1234" must not turn a figure into stars.
"""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus, urlencode
from xml.sax.saxutils import escape

from providers.toolkit.requests import Request
from reporting.vendor_text import clean

MASK = "***"
SHORT = 8
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")  # encodings in which ASCII has zeros between its letters
SHOWN_HEADERS = {"content-type", "accept"}


class Scrubber:
    """Knows the secrets of one connection."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self.secrets: set[str] = set()
        self.long: list[str] = []  # spellings, the longest first, so that no part of a longer one remains
        self.long_bytes: list[bytes] = []
        self.short: re.Pattern[str] | None = None
        self.short_bytes: re.Pattern[bytes] | None = None
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Does nothing where all are known: it is asked at each request. A connection may have thousands, so only what is new
        is worked out, and long ones are looked for one by one: a pattern of all would be made anew for each."""
        new = {secret for secret in secrets if secret} - self.secrets
        if not new:
            return
        self.secrets |= new
        spellings = {spelling for secret in new if len(secret) >= SHORT for spelling in _spellings(secret)}
        self.long = sorted({*self.long, *spellings}, key=len, reverse=True)
        self.long_bytes = [spelling.encode() for spelling in self.long]
        if any(len(secret) < SHORT for secret in new):
            self.short = _pattern({secret for secret in self.secrets if len(secret) < SHORT})
            self.short_bytes = re.compile(self.short.pattern.encode())

    def text(self, text: str) -> str:
        for spelling in self.long:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return self.short.sub(MASK, text) if self.short else text

    def body(self, body: bytes) -> bytes:
        """Almost none holds a secret, and to look for each spelling is ten times faster than to match a pattern."""
        if b"\0" in body:
            body = self._wide(body)
        for spelling in self.long_bytes:
            if spelling in body:
                body = body.replace(spelling, MASK.encode())
        return self.short_bytes.sub(MASK.encode(), body) if self.short_bytes else body

    def _wide(self, body: bytes) -> bytes:
        """Without secrets in UTF-16 and UTF-32; where it is neither as a whole, without the long ones."""
        encoding = json.detect_encoding(body)
        if encoding != "utf-8":
            with suppress(UnicodeDecodeError):
                shown = self.text(text := body.decode(encoding))
                return body if shown == text else shown.encode(encoding)
        for spelling in self.long:
            for wide in WIDE:
                body = body.replace(spelling.encode(wide), MASK.encode(wide))
        return body

    def request(self, base_url: str, request: Request) -> dict[str, Any]:
        """A request as it may be kept and shown: no secret, no authorization."""
        query = f"?{urlencode(request.params)}" if request.params else ""
        url = self.text(f"{base_url}{request.path}{query}")
        shown: dict[str, Any] = {"method": request.method, "url": clean(url)}
        body = request.form if request.form is not None else request.json
        if body is not None:
            shown["body"] = self.text(json.dumps(body))
        headers = {name: value for name, value in request.headers.items() if name.lower() in SHOWN_HEADERS}
        return shown | ({"headers": headers} if headers else {})


def _pattern(short: set[str]) -> "re.Pattern[str]":
    spellings = sorted({spelling for secret in short for spelling in _spellings(secret)}, key=len, reverse=True)
    values = "|".join(re.escape(spelling) for spelling in spellings)
    choices = [rf"(?<=[A-Za-z]=)(?:{values})(?=[&\"'<\s;#]|$)"]
    if words := "|".join(re.escape(spelling) for spelling in spellings if not spelling.isdigit()):
        choices.append(rf"(?<![0-9A-Za-z])(?:{words})(?![0-9A-Za-z])")
    return re.compile("|".join(choices))


def _spellings(secret: str) -> set[str]:
    as_json = json.dumps(secret)[1:-1]
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        as_json,
        as_json.replace("/", "\\/"),
        json.dumps(as_json)[1:-1],
        json.dumps(as_json.replace("/", "\\/"))[1:-1],
        escape(secret),
        escape(secret, {'"': "&quot;", "'": "&apos;"}),
    }
