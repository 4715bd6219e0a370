"""Bytes to documents: JSON exactly (decimals stay decimals), XML safely (no entities, no network)."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from lxml import etree

from providers.errors import Unreadable


def parse_json(body: bytes) -> Any:
    """Numbers with a point become Decimal, so 23.564220929056 stays that. Raises Unreadable."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
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
        self.pattern = _volatile_pattern(tuple(volatile))

    def add(self, body: bytes) -> None:
        meaning = self.pattern.sub(b"", body) if self.pattern else body
        self.digest.update(len(meaning).to_bytes(8, "big") + meaning)

    def hexdigest(self) -> str:
        return self.digest.hexdigest()


@cache
def _volatile_pattern(names: tuple[str, ...]) -> "re.Pattern[bytes] | None":
    """Matches `"name": <scalar or flat object>` of JSON and `<name>…</name>` of XML. A quote inside a JSON string is
    escaped, so the first form can only be a key."""
    if not names:
        return None
    any_name = b"|".join(re.escape(name.encode()) for name in names)
    json_field = rb'"(?:' + any_name + rb')"\s*:\s*(?:"(?:[^"\\]|\\.)*"|\{[^{}]*\}|[^,{}\[\]\s]+)'
    xml_element = rb"<(" + any_name + rb")(?:\s[^>]*)?>.*?</\1>"
    return re.compile(json_field + rb"|" + xml_element, re.DOTALL)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
