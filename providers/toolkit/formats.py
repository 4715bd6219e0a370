"""Bytes to documents: JSON exactly (decimals stay decimals), XML safely (no entities, no network)."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from lxml import etree

from providers.toolkit.errors import Unreadable

EXACT_JSON = msgspec.json.Decoder(float_hook=Decimal)
UNREADABLE = (ValueError, ArithmeticError, RecursionError)  # ArithmeticError: 1e99999999999999999999


def parse_json(body: bytes) -> Any:
    """Numbers with a point become Decimal, so 23.564220929056 stays that. What msgspec refuses, the slower parser of Python
    may take: a byte order mark, UTF-16, half of a surrogate pair. Raises Unreadable."""
    with suppress(*UNREADABLE):
        return EXACT_JSON.decode(body)
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except UNREADABLE as error:
        raise Unreadable(f"The answer is no JSON ({error}), of {len(body)} bytes.") from None


def parse_xml(body: bytes) -> Any:
    """The root element. A document type is refused, so no entity is ever expanded. Raises Unreadable."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"The answer is no XML ({error}), of {len(body)} bytes.") from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise Unreadable("The answer has a document type, which no provider's answer has.")
    return root


PARSERS: dict[str, Callable[[bytes], Any]] = {"json": parse_json, "xml": parse_xml}


class ContentHash:
    """SHA-256 over all parts, without the fields that change on each answer without meaning anything."""

    def __init__(self, volatile: Sequence[str]) -> None:
        self.digest = hashlib.sha256()
        self.fields = [pair for name in volatile for pair in _patterns(name)]

    def add(self, body: bytes) -> None:
        meaning = body
        for beginning, pattern in self.fields:
            if beginning in meaning:
                meaning = _without(meaning, beginning, pattern)
        self.digest.update(len(meaning).to_bytes(8, "big") + meaning)

    def hexdigest(self) -> str:
        return self.digest.hexdigest()


@cache
def _patterns(name: str) -> "list[tuple[bytes, re.Pattern[bytes]]]":
    """What `"name": <scalar or flat object>` of JSON and `<name>…</name>` of XML begin with, and match. A quote inside a JSON
    string is escaped, so the first form can only be a key."""
    key, tag = b'"%s"' % name.encode(), b"<%s" % name.encode()
    field = rb'\s*:\s*(?:"(?:[^"\\]|\\.)*"|\{[^{}]*\}|[^,{}\[\]\s]+)'
    element = rb"(?:\s[^>]*)?>.*?</" + re.escape(name.encode()) + rb">"
    return [
        (key, re.compile(re.escape(key) + field, re.DOTALL)),
        (tag, re.compile(re.escape(tag) + element, re.DOTALL)),
    ]


def _without(body: bytes, beginning: bytes, pattern: "re.Pattern[bytes]") -> bytes:
    """To find the beginning first is fifty times faster than to try the pattern everywhere."""
    kept, start, at = [], 0, body.find(beginning)
    while at >= 0:
        if found := pattern.match(body, at):
            kept.append(body[start:at])
            start = found.end()
        at = body.find(beginning, max(start, at + 1))
    return b"".join([*kept, body[start:]])


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
