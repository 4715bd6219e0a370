"""Bytes to documents, exactly and safely; and what of an answer counts as its content."""

import json
import time
from decimal import Decimal

import pytest

from providers.toolkit.errors import Unreadable
from providers.toolkit.formats import ContentHash, parse_json, parse_xml


def test_it_works() -> None:
    assert parse_json(b'{"total": 23.564220929056}') == {"total": Decimal("23.564220929056")}
    assert parse_xml(b"<a><b>1</b></a>").findtext("b") == "1"


def test_json_numbers_keep_every_digit() -> None:
    text = b"[0.1, 160794485510, 9223372036854775808, 2.00, 1e3]"
    assert [str(number) for number in parse_json(text)] == [
        "0.1",
        "160794485510",
        "9223372036854775808",
        "2.00",
        "1E+3",
    ]
    assert not any(isinstance(number, float) for number in parse_json(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '"\\ud83d\\ude00 \\u0000"',
        "[-0, -0.0, 1e400, 18446744073709551616, -9223372036854775809]",
        "[0.1234567890123456789012345678901]",
        ' {"name": "名前", "list": [null, true, false, {}]} ',
    ],
)
def test_every_json_is_read_as_python_reads_it(text: str) -> None:
    for body in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")):
        assert repr(parse_json(body)) == repr(json.loads(text, parse_float=Decimal))


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a":1 "b":2}',
        b"{ [ ] }",
        b"NaN",
        b"[Infinity]",
        b"<html>",
        b"\xff\xfe\xfd",
        b"[" * 100_000,
        b"1e99999999999999999999",
    ],
)
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="The answer is no JSON"):
        parse_json(body)


@pytest.mark.parametrize("body", [b" ", b"<a>", b"<a></b>", b'{"a": 1}', b"<a\x00/>", b"<a>&unknown;</a>"])
def test_what_is_no_xml_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="The answer is no XML"):
        parse_xml(body)


def test_the_text_of_an_error_is_short() -> None:
    with pytest.raises(Unreadable) as refused:
        parse_json(b"x" * 1_000_000)
    assert len(str(refused.value)) < 300


def digest(*bodies: bytes, volatile: tuple[str, ...] = ("handle_time", "created", "RequestURI")) -> str:
    content = ContentHash(volatile)
    for body in bodies:
        content.add(body)
    return content.hexdigest()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a": 1, "handle_time": "0.2191 seconds"}', b'{"a": 1, "handle_time": "7 \\" seconds"}'),
        (b'{"a": 1, "created": {"timestamp": 1, "readable": "x"}}', b'{"a": 1, "created": {"timestamp": 2}}'),
        (b'{"created": 1, "a": 1}', b'{"created": null, "a": 1}'),
        (b"<r><a>1</a><RequestURI>/x</RequestURI></r>", b"<r><a>1</a><RequestURI>/y\n</RequestURI></r>"),
    ],
)
def test_volatile_fields_are_no_content(one: bytes, other: bytes) -> None:
    assert digest(one) == digest(other)
    assert digest(one, volatile=()) != digest(other, volatile=())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a": 1, "handle_time": "x"}', b'{"a": 2, "handle_time": "x"}'),
        (b'{"a": "handle_time: 1"}', b'{"a": "handle_time: 2"}'),
        (b'{"a": "\\"handle_time\\": 1"}', b'{"a": "\\"handle_time\\": 2"}'),
        (b"<r><RequestURI>/x</RequestURI><a>1</a></r>", b"<r><RequestURI>/x</RequestURI><a>2</a></r>"),
    ],
)
def test_all_else_is_content(one: bytes, other: bytes) -> None:
    assert digest(one) != digest(other)


def test_where_a_part_ends_is_content() -> None:
    assert digest(b"[1]", b"[2]") != digest(b"[1][2]")
    assert digest(b"[1]", b"[2]") != digest(b"[2]", b"[1]")


def test_the_formats_are_told_apart() -> None:
    assert digest(b'["<RequestURI>/x</RequestURI>"]') != digest(b'["<RequestURI>/y</RequestURI>"]')
    assert digest(b'<r>"created": 1</r>') != digest(b'<r>"created": 2</r>')


@pytest.mark.parametrize(
    "piece",
    [
        b"<handle_time>",
        b"<handle_time ",
        b"<handle_time></handle_time ",
        b"<handle_time><handle_time></handle_time>",
        b'"handle_time":{',
        b'"handle_time":"\\',
        b'"handle_time":"\\"',
        b'"handle_time"    ',
        b'"handle_time":[',
        b'"handle_time"::',
    ],
)
@pytest.mark.parametrize("before", [b"", b"<r>"])
def test_no_answer_costs_more_than_its_bytes(before: bytes, piece: bytes) -> None:
    """Two megabytes of fields that never end."""
    body = before + piece * (2_000_000 // len(piece))
    began = time.perf_counter()
    digest(body)
    assert time.perf_counter() - began < 1
