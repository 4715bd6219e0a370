"""The table of odd answers: each kind, what may be expected of it, and how it is made of a good answer.

What may be expected:
    REFUSED   it is no answer: the run has not succeeded, and nothing stored is touched
    NOTHING   it says that there is nothing: held where figures are stored, so as REFUSED; a list of assets may be read, and no
              asset is gone after one such answer
    SAME      it says the same in another way: read or refused, and nothing stored is touched
    BESIDE    it says the same and something odd beside: nothing that was stored is missing or changed

`how` says whether a kind is other bytes altogether (`instead`), an answer's envelope, or its content (`content.py`).
"""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.support.odd import content
from tests.support.odd.forms import Form
from tests.support.odd.replies import Reply


class Expect(StrEnum):
    REFUSED = "refused"
    NOTHING = "nothing"
    SAME = "same"
    BESIDE = "beside"


@dataclass(frozen=True)
class Kind:
    """`make` gives nothing where a feed's answer can't be so. `fault` is one of the sandbox's own instead."""

    name: str
    expect: Expect
    make: Callable[[Reply, Form], Reply | None] = lambda reply, form: None
    fault: str = ""
    of: str = ""  # the provider whose way of saying nothing it is

    def expected_of(self, provider: str) -> Expect:
        return Expect.NOTHING if self.of == provider else self.expect


REFUSED, NOTHING, SAME, BESIDE = Expect

LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form>User</form></body></html>"
BUSY = b"<html><body><h1>503 Service Unavailable</h1></body></html>"
LAUGHS = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Response><Items>&b;</Items></Response>'
ENTITY = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><Response><Items>&x;</Items></Response>'
NO_RESOURCE = b"<r:ResourceList xmlns:r='http://api.callfire.com/resource' totalResults='0'/>"
FAILED_RESOURCE = (
    b"<r:ResourceException xmlns:r='http://api.callfire.com/resource'><r:HttpStatus>503</r:HttpStatus>"
    b"<r:Message>Busy</r:Message></r:ResourceException>"
)

# Bytes that come with HTTP 200 in the place of an answer.
INSTEAD: dict[str, bytes] = {
    "empty": b"",
    "blanks": b" \r\n\r\n ",
    "null": b"null",
    "list": b"[]",
    "map": b"{}",
    "false": b"false",
    "text": b'""',
    "number": b"0",
    "list of nulls": b"[null]",
    "list of lists": b"[[]]",
    "login page": LOGIN_PAGE,
    "plain words": b"Service temporarily unavailable",
    "OK": b"OK",
    "error": b'{"error":"Internal error"}',
    "error map": b'{"error":{"code":500,"message":"Internal error"}}',
    "errors": b'{"errors":["Internal error"]}',
    "code and errors": b'{"code":401,"errors":[]}',
    "code as text": b'{"code":"500"}',
    "status error": b'{"status":"error","message":"maintenance","items":[]}',
    "status number": b'{"status":503}',
    "message": b'{"message":"Too many requests"}',
    "detail": b'{"detail":"Throttled"}',
    "Status Failed": b'{"Status":"Failed","Message":"Internal error"}',
    "another's success": b'{"status":"ok","data":[]}',
    "success and no more": b'{"status":"success"}',
    "ScaleEngine's nothing": b'{"status":"success","usage":[],"count":0,"message":"Found Video Usage"}',
    "XML Status Error": b"<Response><Status>Error</Status></Response>",
    "XML Status failed": b"<Response><Status>failed</Status></Response>",
    "XML Message": b"<Response><Message>Too many requests</Message></Response>",
    "XML Error": b"<Response><Error>x</Error></Response>",
    "XML error root": b"<error><code>500</code></error>",
    "XML root of another": b"<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>",
    "CallFire's nothing": NO_RESOURCE,
    "CallFire's exception": FAILED_RESOURCE,
    "entities": LAUGHS,
    "outer entity": ENTITY,
    "deep JSON": b"[" * 100_000,
    "deep JSON, closed": b"[" * 5_000 + b"]" * 5_000,
    "deep XML": b"<Response>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</Response>",
    "NUL bytes": bytes(1000),
    "no UTF-8": b"\xff\xfe\xfd\x80",
    "endless number": b"1" * 5_000,
}

OWN_NOTHING = {"ScaleEngine's nothing": "scaleengine", "CallFire's nothing": "callfire", "list": "smartstream"}


def _instead(body: bytes) -> Callable[[Reply, Form], Reply]:
    return lambda reply, form: reply.saying(
        body, content_type="text/html" if body == LOGIN_PAGE else reply.content_type
    )


def _status(status: int, body: bytes = b"", content_type: str = "text/html", **headers: str) -> Callable[..., Reply]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda reply, form: reply.saying(body, status=status, content_type=content_type, headers=named)


def _good_with(status: int, **headers: str) -> Callable[[Reply, Form], Reply]:
    """The good answer, with a status that says it is none."""
    return lambda reply, form: _status(status, reply.body, reply.content_type, **headers)(reply, form)


DENIED, IN_JSON = json.dumps({"message": "denied"}).encode(), "application/json"

# What HTTP itself says.
STATUSES: dict[str, Callable[[Reply, Form], Reply]] = {
    "204": _status(204),
    "202 empty": _status(202),
    "206 half": lambda reply, form: reply.saying(reply.body[: len(reply.body) // 2], status=206),
    "301 elsewhere": _status(301, Location="https://elsewhere.example/api?key=x"),
    "302 to a log-in": _status(302, LOGIN_PAGE, Location="/login"),
    "304": _status(304),
    "307 without an address": _status(307),
    "400": _status(400, DENIED, IN_JSON),
    "401": _status(401, DENIED, IN_JSON),
    "401 page": _status(401, LOGIN_PAGE),
    "402": _status(402, DENIED, IN_JSON),
    "403": _status(403, DENIED, IN_JSON),
    "403 page": _status(403, LOGIN_PAGE),
    "403 with a wait": _status(403, DENIED, IN_JSON, Retry_After="0"),
    "403 and a good body": _good_with(403),
    "404": _status(404, DENIED, IN_JSON),
    "404 page": _status(404, LOGIN_PAGE),
    "405": _status(405),
    "418": _status(418, b"no coffee", "text/plain"),
    "429": _status(429, DENIED, IN_JSON),
    "429 at once": _status(429, DENIED, IN_JSON, Retry_After="0"),
    "429 a fraction": _status(429, DENIED, IN_JSON, Retry_After="0.01"),
    "429 odd": _status(429, DENIED, IN_JSON, Retry_After="\u00b2"),
    "429 negative": _status(429, DENIED, IN_JSON, Retry_After="-5"),
    "429 past date": _status(429, DENIED, IN_JSON, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"),
    "429 no date": _status(429, DENIED, IN_JSON, Retry_After="Thu, 99 Foo 9999"),
    "429 for ever": _status(429, DENIED, IN_JSON, Retry_After="999999999999"),
    "429 and a good body": _good_with(429, Retry_After="0"),
    "500": _status(500, BUSY),
    "500 and a good body": _good_with(500),
    "502": _status(502, BUSY),
    "503 and a good body": _good_with(503),
    "503 with a wait": _status(503, BUSY, Retry_After="0"),
    "520": _status(520),
}


def _zipped(body: bytes) -> dict[str, object]:
    return {"body": gzip.compress(body), "headers": {"Content-Encoding": "gzip"}}


# How a good answer's bytes arrive.
ENVELOPES: dict[str, tuple[Expect, Callable[[Reply, Form], Reply | None]]] = {
    "broken off": (REFUSED, lambda reply, form: reply.saying(reply.body, breaks_off=True)),
    "cut at half": (REFUSED, lambda reply, form: reply.saying(reply.body[: len(reply.body) // 2])),
    "last byte missing": (REFUSED, lambda reply, form: reply.saying(reply.body.rstrip()[:-1])),
    "gzip cut": (
        REFUSED,
        lambda reply, form: reply.saying(gzip.compress(reply.body)[:-12], headers={"Content-Encoding": "gzip"}),
    ),
    "gzip garbage": (REFUSED, lambda reply, form: reply.saying(reply.body, headers={"Content-Encoding": "gzip"})),
    "gzip twice": (
        REFUSED,
        lambda reply, form: reply.saying(
            gzip.compress(gzip.compress(reply.body)), headers={"Content-Encoding": "gzip"}
        ),
    ),
    "gzip unannounced": (REFUSED, lambda reply, form: reply.saying(gzip.compress(reply.body))),
    "twice": (REFUSED, lambda reply, form: reply.saying(reply.body + reply.body)),
    "warning before": (
        REFUSED,
        lambda reply, form: reply.saying(b"<br />\n<b>Warning</b>: Undefined index on line 7<br />\n" + reply.body),
    ),
    "warning after": (REFUSED, lambda reply, form: reply.saying(reply.body + b"\n<br />Fatal error")),
    "NUL inside": (REFUSED, lambda reply, form: reply.saying(reply.body.replace(b":", b":\0").replace(b"<", b"<\0"))),
    "in text": (REFUSED, lambda reply, form: reply.saying(json.dumps(reply.body.decode()).encode())),
    "gzip": (SAME, lambda reply, form: reply.saying(gzip.compress(reply.body), headers={"Content-Encoding": "gzip"})),
    "type text/html": (SAME, lambda reply, form: reply.saying(reply.body, content_type="text/html")),
    "type absurd": (SAME, lambda reply, form: reply.saying(reply.body, content_type="\u00e9;;charset=klingon")),
    "no type": (SAME, lambda reply, form: reply.saying(reply.body, content_type="")),
    "byte order mark": (SAME, lambda reply, form: reply.saying(b"\xef\xbb\xbf" + reply.body)),
    "UTF-16": (SAME, lambda reply, form: reply.saying(_unlabelled(reply).encode("utf-16"))),
    "blank lines before": (SAME, lambda reply, form: reply.saying(b"\r\n\r\n" + reply.body)),
    "blank lines after": (SAME, lambda reply, form: reply.saying(reply.body + b"\r\n\r\n")),
    "202": (SAME, lambda reply, form: reply.saying(reply.body, status=202)),
    "odd headers": (SAME, lambda reply, form: reply.saying(reply.body, headers={"X-Odd": "\u00b2" * 3000})),
}


def _unlabelled(reply: Reply) -> str:
    return reply.body.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')


def _all() -> Iterator[Kind]:
    for name, body in INSTEAD.items():
        yield Kind(f"instead: {name}", REFUSED, _instead(body), of=OWN_NOTHING.get(name, ""))
    for name, make in STATUSES.items():
        yield Kind(f"status: {name}", REFUSED, make)
    for name, (expect, make_envelope) in ENVELOPES.items():
        yield Kind(f"arrives: {name}", expect, make_envelope)
    for name, (word, change) in content.CHANGES.items():
        yield Kind(f"content: {name}", Expect(word), content.changed(change))
    yield Kind("fault: emptied", NOTHING, fault="emptied")


KINDS: dict[str, Kind] = {kind.name: kind for kind in _all()}
