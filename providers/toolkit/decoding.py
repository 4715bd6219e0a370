"""An answer's bytes as the text that they are: their encoding, and what no text may hold. Before `formats.py`, which makes a
document of it.
"""

import codecs
import hashlib
import json
import re
from contextlib import suppress
from typing import Any

from reporting.vendor_text import clean

CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})")
# Families of Python's codecs that texts come in: others are slow (punycode takes a day for a megabyte), or no encoding.
ENCODINGS = (
    "utf-8",
    "utf-16",
    "utf-32",
    "ascii",
    "iso8859",
    "cp",
    "koi8",
    "mac",
    "euc",
    "gb",
    "big5",
    "shift_jis",
    "iso2022",
)
DECLARATION = re.compile(rb"<\?xml[^>]{1,100}\sencoding\s*=", re.ASCII)
BLANK, BLANK_BYTES = "\ufeff \t\r\n", b"\xef\xbb\xbf \t\r\n"
# What XML can't hold: control characters, as bytes and as references.
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
CONTROL_BYTES = bytes(number for number in range(0x20) if number not in (9, 10, 13))
MOST_CONTROLS = 10_000  # libxml2 is slow where references follow each other
REFERENCES = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,10}));")


def named_encoding(content_type: str) -> str | None:
    """The encoding that a Content-Type names, where it is one that texts come in."""
    found = CHARSET.search(content_type.lower())
    with suppress(LookupError):
        if found and (name := codecs.lookup(found[1]).name).startswith(ENCODINGS):
            return name
    return None


def decoded(body: bytes, content_type: str) -> str:
    """JSON is UTF-8, or tells by its zeros what it is; where it is neither, its Content-Type may know."""
    try:
        return body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        if (encoding := named_encoding(content_type)) is None:
            raise
        return body.decode(encoding)


def whole(value: Any) -> Any:
    """Without halves of surrogate pairs, which nothing can be sent or stored with. No two keys become one by it."""
    if isinstance(value, str):
        return value if value.isprintable() else "".join(_plain(letter) for letter in value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = whole(key)
        if name != key and (name in value or name in found):
            name += f"~{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
        found[name] = whole(item)
    return found


def _plain(letter: str) -> str:
    return clean(letter) if "\ud800" <= letter <= "\udfff" else letter


def xml_content(body: bytes, content_type: str) -> tuple[bytes, str | None]:
    """What is to be parsed, from its first sign on, and its encoding where it does not say so itself."""
    encoding: str | None = json.detect_encoding(body)  # by its byte order mark, or its zeros
    if encoding == "utf-8":
        content = body.lstrip(BLANK_BYTES)
        encoding = None if DECLARATION.match(content) else named_encoding(content_type)
        if encoding is None:
            return content, None
    return body.decode(encoding or "utf-8").lstrip(BLANK).encode(), "utf-8"


def without_controls(content: bytes) -> bytes:
    """With `�` for what XML can't hold, written so that it is right in each encoding. What is full of them is no text."""
    if len(content) - len(content.translate(None, CONTROL_BYTES)) > MOST_CONTROLS:
        return content

    def held(found: re.Match[bytes]) -> bytes:
        number = int(found[1], 16) if found[1] else int(found[2])
        is_held = (
            number in (9, 10, 13)
            or 0x20 <= number < 0xD800
            or 0xE000 <= number < 0xFFFE
            or 0x10000 <= number < 0x110000
        )
        return found[0] if is_held else b"&#xFFFD;"

    return REFERENCES.sub(held, CONTROLS.sub(b"&#xFFFD;", content))
