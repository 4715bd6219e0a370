"""JSON as PHP writes it, byte for byte."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from providers.toolkit.php_json import php_json


def test_it_works() -> None:
    assert php_json({"url": "sestore/jb/my_video.mp4", "day": 20}) == r'{"url":"sestore\/jb\/my_video.mp4","day":20}'


# What PHP 8's json_encode gives, sign by sign; all else of ASCII stays as it is.
SHORT = {8: r"\b", 9: r"\t", 10: r"\n", 12: r"\f", 13: r"\r", 34: r"\"", 47: r"\/", 92: "\\\\"}
CONTROL = {n: "\\u00" + "0123456789abcdef"[n >> 4] + "0123456789abcdef"[n & 15] for n in range(32) if n not in SHORT}


def said_by_the_rules(text: str) -> str:
    """The rules once more, from the numbers of the signs."""
    written = ""
    for number in map(ord, text):
        if number < 128:
            written += SHORT.get(number) or CONTROL.get(number) or chr(number)
        elif number < 0x10000:
            written += f"\\u{number:04x}"
        else:
            high, low = 0xD800 + (number - 0x10000 >> 10), 0xDC00 + (number - 0x10000 & 0x3FF)
            written += f"\\u{high:04x}\\u{low:04x}"
    return f'"{written}"'


@given(some.text(some.characters(exclude_categories=["Cs"])))
def test_text_follows_the_rules(text: str) -> None:
    assert php_json(text) == said_by_the_rules(text)


def test_every_ascii_sign_follows_the_rules() -> None:
    text = "".join(map(chr, range(128)))
    assert php_json(text) == said_by_the_rules(text)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("\x7f", '"\x7f"'),
        ("\\u007f", r'"\\u007f"'),
        ("\x1f\x0b", r'"\u001f\u000b"'),
        ("é", r'"\u00e9"'),
        ("\u2028", r'"\u2028"'),
        ("😀/", r'"\ud83d\ude00\/"'),
        (0, "0"),
        (-7, "-7"),
        (9223372036854775807, "9223372036854775807"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (["a", 1, None], '["a",1,null]'),
        ({"b": {"a": [1]}, "a": "/"}, r'{"b":{"a":[1]},"a":"\/"}'),
        ([], "[]"),
        ({}, "[]"),  # PHP has one kind of array: nothing is a list
        ({"0": "a", "1": "b"}, '["a","b"]'),
        ({"1": "b", "0": "a"}, '{"1":"b","0":"a"}'),
    ],
)
def test_values(value: Any, written: str) -> None:
    assert php_json(value) == written


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        php_json("\ud83d")


@pytest.mark.parametrize("value", [1.5, {1, 2}, b"bytes"])
def test_what_php_writes_by_other_rules_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no known form"):
        php_json(value)
