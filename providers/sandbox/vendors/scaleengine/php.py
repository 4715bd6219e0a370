"""JSON as PHP writes it, and ScaleEngine's signature over it."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

_SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PHP_ESCAPES = re.compile(r'["\\/\x00-\x1f]|[^\x00-\x7f]')


def _php_escape(match: re.Match[str]) -> str:
    """One character as PHP escapes it: short forms, else UTF-16 units in lower-case hex."""
    units = match[0].encode("utf-16-be", "surrogatepass")
    escaped = "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
    return _SHORT.get(match[0], escaped)


def php_json(value: Any) -> str:
    """What PHP's json_encode writes: no spaces, `\\/`, `\\uXXXX`; DEL stays, and an empty map is an empty list."""
    if isinstance(value, str):
        return f'"{_PHP_ESCAPES.sub(_php_escape, value)}"'
    if isinstance(value, dict) and value:
        return "{" + ",".join(f"{php_json(str(key))}:{php_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, dict | list):
        return "[" + ",".join(php_json(item) for item in value) + "]"
    return json.dumps(value)


def signature(body: dict[str, Any], secret: str) -> str:
    """The vendor's page: base64 of the raw HMAC-SHA256 of the request's JSON without its signature."""
    unsigned = php_json({key: value for key, value in body.items() if key != "signature"})
    digest = hmac.new(secret.encode(), unsigned.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
