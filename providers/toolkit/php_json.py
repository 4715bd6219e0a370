"""JSON byte for byte as PHP's json_encode writes it by default: signatures are made over it.

https://www.php.net/manual/en/function.json-encode.php: no spaces, `/` as `\\/`, and all that is not ASCII as `\\uXXXX`.
"""

import json
from collections.abc import Mapping
from typing import Any


def php_json(value: Any) -> str:
    """Text, whole numbers, booleans, None, lists and maps. Raises UnicodeEncodeError for half a surrogate pair, and
    TypeError for anything else; PHP writes fractions by its own rules."""
    if isinstance(value, str):
        value.encode()
        # Python escapes as PHP does, but for the slash, and for DEL, which PHP leaves as it is.
        return '"' + "\x7f".join(json.dumps(part)[1:-1] for part in value.split("\x7f")).replace("/", "\\/") + '"'
    if value is None or isinstance(value, int):
        return json.dumps(value)
    if isinstance(value, Mapping) and list(value) != [str(n) for n in range(len(value))]:
        return "{" + ",".join(f"{php_json(str(key))}:{php_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Mapping):  # PHP has lists and maps in one: keys 0, 1, 2, … are a list, and so is nothing
        return php_json(list(value.values()))
    if isinstance(value, list | tuple):
        return "[" + ",".join(php_json(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} has no known form in PHP's JSON")
