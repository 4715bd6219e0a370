"""No answer costs more than its bytes: 2 MB of any text take a second at most, in everything that vendors' text goes through.

`PROPERTY_EXAMPLES=200 pytest tests/providers/toolkit/test_hostile_text.py` tries other texts each time, and more of them.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from providers import registry
from providers.http import log_scrubber
from providers.http.scrubber import Scrubber
from providers.http.status_errors import check_status, retry_after
from providers.toolkit.countries import country
from providers.toolkit.decoding import named_encoding
from providers.toolkit.errors import SyncError
from providers.toolkit.feeds import Feed
from providers.toolkit.fields import counter, decimal, instant, moment, sequence
from providers.toolkit.formats import ContentHash, document, parse_json, parse_xml
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Answer, AssetRef, Reading, Window
from reporting.exports.texts import guarded
from reporting.reports.raw_answers import SHOWN, indented
from reporting.vendor_text import LONGEST_MESSAGE, address, clean, fitted, message
from tests.support.profiles import profile

SIZE = 2_000_000
SECRETS = ["abc/defgh+ijk==", "pass123", "1234", "a-very-long-secret-0123456789", "apikeyapikey"]
SCRUBBER = Scrubber(SECRETS)
VOLATILE = ("handle_time", "RequestURI", "created", "a")


def latin(function: Callable[[str], Any]) -> Callable[[bytes], Any]:
    return lambda body: function(body.decode("latin-1"))


def hashed(body: bytes) -> None:
    ContentHash(VOLATILE).add(body)


def logged(text: str) -> None:
    log_scrubber.scrub(logging.LogRecord("x", 30, "x", 1, text, None, None), [SCRUBBER])


TARGETS: dict[str, Callable[[bytes], Any]] = {
    "json": parse_json,
    "json list": lambda body: parse_json(b"[" + body + b"]"),
    "json text": lambda body: parse_json(b'["' + body + b'"]'),
    "json map": lambda body: parse_json(b"{" + body + b"}"),
    "json named": lambda body: parse_json(body, "application/json; charset=windows-1251"),
    "xml": parse_xml,
    "xml content": lambda body: parse_xml(b"<r>" + body + b"</r>"),
    "xml attribute": lambda body: parse_xml(b"<r a='" + body + b"'/>"),
    "xml named": lambda body: parse_xml(b"<r>" + body + b"</r>", "text/xml; charset=koi8-r"),
    "hash of json": hashed,
    "hash of xml": lambda body: hashed(b"<r>" + body),
    "scrubbed body": lambda body: SCRUBBER.body(body + b"pass123"),
    "scrubbed wide body": lambda body: SCRUBBER.body(b"<\0" + body),
    "scrubbed text": latin(SCRUBBER.text),
    "log": latin(logged),
    "clean": latin(clean),
    "message": latin(message),
    "fitted": latin(lambda text: fitted(text, 300)),
    "address": latin(address),
    "country": latin(country),
    "counter": latin(counter),
    "decimal": latin(decimal),
    "moment": latin(lambda text: moment(text, "%Y-%m-%d %H:%M:%S", "%Y/%m/%d")),
    "instant": latin(instant),
    "holes": latin(lambda text: sequence({text: 1})),
    "retry-after": latin(lambda text: retry_after({"Retry-After": text[:65536]})),  # http.client reads no longer line
    "encoding": latin(lambda text: named_encoding(text[:65536])),
    "spreadsheet": latin(guarded),
    "shown answer": latin(lambda text: indented("{" + text[:SHOWN])),
}
PIECES = [
    *(
        b"<a>",
        b"<a ",
        b"<a b=''",
        b"<?a?>",
        b"<!--a-->",
        b"<![CDATA[",
        b"]]>",
        b"&#0;",
        b"&#0",
        b"&#",
        b"&amp;",
        b"&#xd800;",
    ),
    *(
        b"\0",
        b"\x01",
        b"\xff",
        b"\xd0\xbf",
        b"\xc2\x85",
        b"\n",
        b" ",
        b"\n=",
        b";",
        b"; ",
        b"\t;",
        b"charset=",
        b"<?xml ",
    ),
    *(
        b"[",
        b'{"a":',
        b'"\\',
        b'"\\ud800",',
        b"\\ud800",
        b"1",
        b"1e",
        b"9,",
        b'"a":1,',
        b"{},",
        b"\\u0000",
        b'"a"',
        b'{"1":',
    ),
    *(b"ab ", b"st.", b"Firefox ", b"1.", b":", b"-", b"%", b"apikeyapike", b"a=1234&", b"pass12", b"pass123", b"a="),
]
texts = (
    some.sampled_from(PIECES)
    | some.binary(min_size=1, max_size=12)
    | some.text(min_size=1, max_size=6).map(_utf8 := lambda text: text.encode("utf-8", "replace"))
)
bodies = some.lists(texts, min_size=1, max_size=3).map(lambda pieces: (b"".join(pieces) * SIZE)[:SIZE])


def seconds(work: Callable[[], Any]) -> float:
    """Of this process's own time, however busy the machine is. Only the errors that are ours may come."""
    began, said = time.process_time(), ""
    try:
        work()
    except SyncError as error:
        said = str(error)
    assert len(said) <= LONGEST_MESSAGE
    return time.process_time() - began


@pytest.mark.parametrize("name", TARGETS)
@profile(2)
@given(bodies)
def test_it_works(name: str, body: bytes) -> None:
    assert seconds(lambda: TARGETS[name](body)) < 1


WORST = [
    ("xml content", b"\0"),
    ("xml attribute", b"\x01"),
    ("xml content", b"&#0;"),
    ("xml content", b"<a>"),
    ("xml named", b"\0\xff"),
    ("json", b"["),
    ("json text", b"\\ud800"),
    ("json list", b'"\\ud800",'),
    ("json map", b'"\\u0001":1,"\\ud800":1,'),
    ("hash of json", b'"a":"\\'),
    ("spreadsheet", b"\n"),
    ("spreadsheet", b"; "),
    ("scrubbed body", b"apikeyapike"),
    ("scrubbed text", b"a=1234"),
    ("decimal", b"9"),
    ("counter", b"1e"),
    ("country", b"st. "),
    ("address", b"1:"),
]


@pytest.mark.parametrize(("name", "piece"), WORST, ids=[f"{name} {piece!r}" for name, piece in WORST])
def test_the_patterns_that_were_found(name: str, piece: bytes) -> None:
    """Each took seconds or minutes once, or would where a pattern is written carelessly."""
    body = piece * (SIZE // len(piece))
    assert seconds(lambda: TARGETS[name](body)) < 1


MANY_ATTRIBUTES = b"<a " + b" ".join(b"a%d=''" % number for number in range(180_000)) + b"/>"
MANY_NAMESPACES = b"<a " + b" ".join(b"xmlns:a%d='b'" % number for number in range(100_000)) + b"/>"
MANY_KEYS = b"{" + b",".join(b'"\\ud800%d":1' % number for number in range(120_000)) + b"}"
LIKE_KEYS = (
    b"{"
    + b",".join(
        b'"%s":1' % b"".join(b"\\ud8%02x" % (number >> shift & 255) for shift in (0, 8)) for number in range(65_000)
    )
    + b"}"
)


@pytest.mark.parametrize(
    ("parse", "body"),
    [(parse_xml, MANY_ATTRIBUTES), (parse_xml, MANY_NAMESPACES), (parse_json, MANY_KEYS), (parse_json, LIKE_KEYS)],
    ids=["attributes", "namespaces", "keys", "keys that look alike"],
)
def test_many_different_things(parse: Callable[[bytes], Any], body: bytes) -> None:
    assert seconds(lambda: parse(body)) < 1


# --- Each provider's readers ------------------------------------------------------------------------------------------

ODD_TEXTS = some.one_of(
    some.text(max_size=8),
    some.sampled_from(
        ["", "\x00", "\ud800", "1e999999999", "9" * 300, "NaN", "success", "all", "2026/01/01", "x" * 2000]
    ),
)
ODD_VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.decimals() | ODD_TEXTS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(ODD_TEXTS, inner, max_size=4),
    max_leaves=12,
)
READING = Reading(
    Window(date(2026, 1, 1), date(2026, 1, 31)),
    ZoneInfo("UTC"),
    datetime(2026, 2, 1, tzinfo=UTC),
    {},
    AssetRef("1", "video"),
)
READERS = [
    (provider, feed)
    for provider in registry.all_providers().values()
    for feed in {type(feed): feed for feed in provider.feeds}.values()
]
NAMES = [
    "views",
    "total",
    "geo",
    "locations",
    "times",
    "log",
    "usage",
    "video_url",
    "bytes_total",
    "status",
    "count",
    "date",
    "all",
    "Medias",
    "Code",
    "0",
]
ODD_MAPS = some.dictionaries(
    some.sampled_from(NAMES),
    ODD_VALUES | some.dictionaries(some.sampled_from(NAMES), ODD_VALUES, max_size=4),
    max_size=6,
)


def read(provider: Provider, feed: Feed, odd: Any) -> None:
    """As the line does: only a SyncError, or what the line makes an Unreadable of, may come."""
    for function in (
        lambda: provider.failure(Answer(200, {}, b"", lambda: odd)),
        lambda: list(feed.read(odd, READING)),
    ):
        try:
            function()
        except SyncError as error:
            str(error).encode()
        except (TypeError, ValueError, AttributeError, KeyError, ArithmeticError, OSError):
            pass


@pytest.mark.parametrize(("provider", "feed"), [one for one in READERS if (one[1].format or one[0].format) == "json"])
@profile(40)
@given(ODD_MAPS | ODD_VALUES)
def test_readers_of_json_end(provider: Provider, feed: Feed, odd: Any) -> None:
    """Whatever the shape: soon, and with an error that can be shown."""
    assert seconds(lambda: read(provider, feed, odd)) < 1


ELEMENTS = [
    "Response",
    "Items",
    "Item",
    "date",
    "time",
    "Status",
    "Message",
    "Page",
    "PageCount",
    "Start",
    "ip",
    "Country",
    "BroadcastStats",
    "ResultStat",
    "Result",
    "Attempts",
]
TREES = some.recursive(
    some.text(max_size=6),
    lambda inner: some.builds(
        "<{0}>{1}</{0}>".format, some.sampled_from(ELEMENTS), some.lists(inner, max_size=4).map("".join)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(("provider", "feed"), [one for one in READERS if (one[1].format or one[0].format) == "xml"])
@profile(40)
@given(TREES)
def test_readers_of_xml_end(provider: Provider, feed: Feed, odd: str) -> None:
    try:
        root = document("xml", b"", f"<Response>{odd}</Response>".encode("utf-8", "replace"))
    except SyncError:
        return
    assert seconds(lambda: read(provider, feed, root)) < 1


LARGE: dict[str, bytes] = {
    "247platform": b'{"views":{"total":"1"},"times":{"log":{'
    + b",".join(b'"%d":{"from":{"unix":1},"count":{"total":1},"diff":1}' % n for n in range(30_000))
    + b"}}}",
    "boomstream": b"<Response><Page>1</Page><PageCount>1</PageCount><Items>"
    + b"<Item><date>01.01.2026</date><time>1</time></Item>" * 30_000
    + b"</Items></Response>",
    "callfire": b'<r:Resource xmlns:r="http://api.callfire.com/resource" xmlns="http://api.callfire.com/data"><BroadcastStats>'
    + b"<ResultStat><Result>LA</Result><Attempts>1</Attempts></ResultStat>" * 25_000
    + b"</BroadcastStats></r:Resource>",
    "scaleengine": b'{"status":"success","usage":['
    + b",".join(b'{"video_url":"a%d","bytes_total":"1"}' % n for n in range(45_000))
    + b"]}",
    "smartstream": b"[" + b",".join(b'{"date":"2026/01/01","all":%d}' % n for n in range(50_000)) + b"]",
}


@pytest.mark.parametrize("slug", LARGE)
def test_a_reader_s_time_is_bound_by_the_bytes(slug: str) -> None:
    """Two megabytes that are no attack: as many rows as they can hold. Half a millisecond for each hundred."""
    provider = registry.get(slug)
    feed = next(
        feed
        for feed in provider.feeds
        if feed.name in ("statistics", "project.day", "stats", "usage", "play_count.all.day")
    )
    root = document(feed.format or provider.format, b"", LARGE[slug])
    assert len(LARGE[slug]) > 1_500_000
    assert seconds(lambda: sum(1 for _ in feed.read(root, READING))) < 2


@pytest.mark.parametrize("provider", registry.all_providers().values(), ids=lambda provider: provider.slug)
@profile(20)
@given(some.binary(max_size=200) | texts, some.integers(100, 599), some.text(max_size=40), some.text(max_size=40))
def test_any_answer_is_told_as_an_error_or_not(
    provider: Provider, body: bytes, status: int, header: str, other: str
) -> None:
    """Status and headers of a stranger: no exception but ours."""
    answer = Answer(status, {"Retry-After": header, "Location": other, "Content-Type": other}, body, lambda: None)
    assert seconds(lambda: check_status(provider, answer, "https://vendor.example")) < 1
