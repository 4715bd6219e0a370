"""Bytes to documents: JSON exactly (decimals stay decimals), XML safely (no entities, no network).

document()     the one way from an answer to its document, when it has come and when it is read again
ContentHash    what of an answer counts as its content
"""

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

from providers.toolkit.decoding import BLANK_BYTES, decoded, whole, without_controls, xml_content
from providers.toolkit.errors import Unreadable

EXACT_JSON = msgspec.json.Decoder(float_hook=Decimal)
UNREADABLE = (ValueError, ArithmeticError, RecursionError)  # ArithmeticError: 1e99999999999999999999
NO_CONTENT = 204


def document(format: str, nothing: bytes, body: bytes, content_type: str = "", status: int = 200) -> Any:
    """The document of an answer. 204 is read as `nothing`, where its feed says what that is. Raises Unreadable."""
    if status == NO_CONTENT and nothing:
        return PARSERS[format](nothing)
    return PARSERS[format](body, content_type)


def parse_json(body: bytes, content_type: str = "") -> Any:
    """Numbers with a point become Decimal, so 23.564220929056 stays that. What msgspec refuses, the slower parser of Python
    may take: a byte order mark, UTF-16, half of a surrogate pair, a line break in a text. Raises Unreadable."""
    with suppress(*UNREADABLE):
        return EXACT_JSON.decode(body)
    try:
        text = decoded(body, content_type)
        return whole(json.loads(text, parse_float=Decimal, parse_constant=_no_constant, strict=False))
    except UNREADABLE as error:
        raise _broken(body, f"no JSON ({error})") from None


def parse_xml(body: bytes, content_type: str = "") -> Any:
    """The root element. A document type is refused, so no entity is ever expanded. The encoding is the declared one, else that
    of the content type. Raises Unreadable."""
    try:
        content, encoding = xml_content(body, content_type)
        try:
            root = etree.fromstring(content, _xml_parser(encoding))
        except etree.XMLSyntaxError:
            if (held := without_controls(content)) == content:
                raise
            root = etree.fromstring(held, _xml_parser(encoding))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _broken(body, f"no XML ({error})") from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise _broken(body, "no XML of a vendor: it has a document type, which none has")
    if etree.QName(root).localname.lower() == "html":
        raise _broken(body, "a page for people (HTML)")
    return root


PARSERS: dict[str, Callable[..., Any]] = {"json": parse_json, "xml": parse_xml}


def _broken(body: bytes, what: str) -> Unreadable:
    """What may be whole at the next try."""
    error = Unreadable(f"The answer is {what}, of {len(body)} bytes." if body else "The answer is empty.")
    error.is_broken = True
    return error


def _xml_parser(encoding: str | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )


class ContentHash:
    """SHA-256 over all parts, without the fields that change on each answer without meaning anything."""

    def __init__(self, volatile: Sequence[str]) -> None:
        self.digest = hashlib.sha256()
        self.volatile = [name.encode() for name in volatile]

    def add(self, body: bytes) -> None:
        """A part that begins with `<` is XML, any other is JSON: what one calls a field is text in the other."""
        meaning, without = body, _without_element if body.lstrip(BLANK_BYTES)[:1] == b"<" else _without_member
        for name in self.volatile:
            meaning = without(meaning, name)
        self.digest.update(len(meaning).to_bytes(8, "big") + meaning)

    def hexdigest(self) -> str:
        return self.digest.hexdigest()


# Answers are strangers' bytes: both ways below look at each byte a fixed number of times, whatever it is. To find the
# beginning first is fifty times faster than to try a pattern everywhere.


def _without_element(body: bytes, name: bytes) -> bytes:
    """Without each `<name>…</name>` of XML. Where one has no end, no later one has."""
    opening, closing = b"<%s" % name, b"</%s>" % name
    kept, start, at = [], 0, body.find(opening)
    while at >= 0:
        after = at + len(opening)
        if body[after : after + 1] in (b">", b" ", b"\t", b"\n", b"\r"):
            inside = body.find(b">", after)
            end = body.find(closing, inside + 1) if inside >= 0 else -1
            if end < 0:
                break
            kept.append(body[start:at])
            start = after = end + len(closing)
        at = body.find(opening, after)
    return b"".join([*kept, body[start:]])


def _without_member(body: bytes, name: bytes) -> bytes:
    """Without each `"name": <scalar or flat object>` of JSON. A quote inside a JSON string is escaped, so that what stands in
    quotes before a colon can only be a key."""
    key, value = b'"%s"' % name, _member()
    kept, start, at = [], 0, body.find(key)
    while at >= 0:
        after = at + len(key)
        if found := value.match(body, after):
            kept.append(body[start:at])
            start = after = found.end()
        at = body.find(key, after)
    return b"".join([*kept, body[start:]])


@cache
def _member() -> "re.Pattern[bytes]":
    return re.compile(rb'\s*:\s*(?:"(?:[^"\\]|\\.)*"|\{[^{}]*\}|[^,{}\[\]\s]+)', re.DOTALL)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
