"""What comes with success and is no answer: asked for again, kept as unreadable after the last try, and never believed."""

import gzip
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.conf import LazySettings

from providers.http.pending import LONGEST_WAIT, TRIES, PendingReading, PendingRequest
from providers.http.status_errors import retry_after
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.toolkit.errors import RateLimited, TryAgain
from providers.toolkit.requests import Request
from reporting.models import Asset, Connection, PpvAccess, PpvSession, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.line import connect, ledger, run
from tests.support.scripted import Said, scripted

DAY = datetime.now(UTC).date()
PLAYS = f'[{{"date": "{DAY:%Y/%m/%d}", "all": 7}}]'.encode()
TIME = (
    "<Response><Status>Success</Status><Page>1</Page><PageCount>1</PageCount><ItemCount>1</ItemCount><Items><Item>"
    f"<date>{DAY:%d.%m.%Y}</date><time>7000</time></Item></Items><Message/><Place>Финал</Place></Response>"
).encode()
HTML = b"<!DOCTYPE html>\n<html><body><h1>Maintenance</h1></body></html>"
XHTML = b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body>Maintenance</body></html>'
GZIP = {"Content-Encoding": "gzip"}
XML, JSON = {"Content-Type": "text/xml"}, {"Content-Type": "application/json"}

BROKEN = {
    "empty": Said(),
    "blank": Said(b"\r\n"),
    "html": Said(HTML, headers={"Content-Type": "text/html"}),
    "xhtml": Said(XHTML),
    "cut": Said(PLAYS[:-9]),
    "cut gzip": Said(gzip.compress(PLAYS * 50)[:-30], headers=GZIP),
    "cut gzip at once": Said(gzip.compress(PLAYS)[:12], headers=GZIP),
    "gzip of nothing": Said(gzip.compress(b""), headers=GZIP),
    "no gzip": Said(PLAYS, headers=GZIP),
    "shorter than said": Said(PLAYS[:-9], headers={"Content-Length": str(len(PLAYS))}),
    "205": Said(status=205),
}


def of(tenant: Tenant, sandbox: Sandbox, url: str, provider: str = "smartstream", days: int = 1) -> Connection:
    """A connection of today alone, to the scripted vendor."""
    more = {"credentials": {"token": "a-token-of-ours", "password": ""}} if provider == "smartstream" else {}
    return connect(tenant, sandbox, provider, days=days, base_url=url, time_zone="UTC", **more)


def plays(connection: Connection) -> SyncRun:
    return run(connection, feed="play_count.all.day", from_day=DAY, to_day=DAY)


def account_only(connection: Connection) -> None:
    with tenant_scope(connection.tenant_id):
        Asset.objects.filter(connection=connection).exclude(kind="account").delete()


@pytest.mark.parametrize("kind", BROKEN)
def test_it_is_asked_for_again(alice: Tenant, sandbox: Sandbox, kind: str) -> None:
    with scripted(BROKEN[kind], Said(PLAYS, headers=JSON)) as vendor:
        connection = of(alice, sandbox, vendor.url)
        account_only(connection)
        ended = plays(connection)
    assert (ended.state, ended.errors) == (SyncRun.State.SUCCEEDED, [])
    assert len(vendor.asked) == 2
    assert list(ledger(connection).values()) == [7]


@pytest.mark.parametrize("kind", BROKEN)
def test_it_is_never_believed(alice: Tenant, sandbox: Sandbox, kind: str) -> None:
    """After a good reading, broken ones for good: nothing that is stored goes, what has a body is kept, and the run says so."""
    with scripted(Said(PLAYS), BROKEN[kind]) as vendor:
        connection = of(alice, sandbox, vendor.url)
        account_only(connection)
        plays(connection)
        before = ledger(connection)
        ended = plays(connection)
        asked = len(vendor.asked)
    assert asked == 1 + TRIES
    assert ended.state == SyncRun.State.FAILED
    assert ledger(connection) == before != {}
    replay(connection)
    assert ledger(connection) == before
    if kind in ("html", "xhtml", "cut"):
        with tenant_scope(alice):
            assert Snapshot.objects.get(state=Snapshot.State.UNREADABLE).parts.get().body == BROKEN[kind].body


def test_pages_for_people_are_no_xml_of_a_vendor(alice: Tenant, sandbox: Sandbox) -> None:
    """XHTML is XML, too."""
    with scripted(Said(XHTML, headers=XML), Said(TIME, headers=XML)) as vendor:
        connection = of(alice, sandbox, vendor.url, "boomstream")
        account_only(connection)
        assert run(connection, feed="project.day").errors == []
    assert len(vendor.asked) == 2
    assert list(ledger(connection).values()) == [7]


def test_204_is_nothing_where_nothing_is_possible(alice: Tenant, sandbox: Sandbox) -> None:
    with scripted(Said(status=204, headers={"Content-Length": ""})) as vendor:
        connection = of(alice, sandbox, vendor.url)
        account_only(connection)
        assert plays(connection).state == SyncRun.State.SUCCEEDED
        assert len(vendor.asked) == 1
    replay(connection)
    with tenant_scope(alice):
        snapshot = Snapshot.objects.get()
        assert (snapshot.state, snapshot.parts.get().status) == (Snapshot.State.READ, 204)
    assert ledger(connection) == {}


def test_204_takes_no_session_away(alice: Tenant, sandbox: Sandbox) -> None:
    """It is nothing where there was nothing; where there were sessions, it is a loss like any other."""
    yesterday = DAY - timedelta(days=1)
    item = f"<Item><ip>192.0.2.5</ip><Start>{yesterday} 12:00:00</Start></Item>"
    page = f"<Response><Items>{item}</Items></Response>".encode()
    nothing = Said(status=204, headers={"Content-Length": ""})
    with scripted(nothing, Said(page), Said(page), nothing) as vendor:
        connection = of(alice, sandbox, vendor.url, "boomstream", days=2)
        with tenant_scope(alice):
            PpvAccess.objects.exclude(pk=PpvAccess.objects.earliest("pk").pk).delete()
        assert run(connection, feed="sessions").state == SyncRun.State.SUCCEEDED
        assert len(vendor.asked) == 1
        for expected in (SyncRun.State.SUCCEEDED, SyncRun.State.FAILED):
            assert run(connection, feed="sessions").state == expected
            with tenant_scope(alice):
                assert PpvSession.objects.count() == 1
    with tenant_scope(alice):
        assert Snapshot.objects.latest("pk").state == Snapshot.State.HELD


def test_204_is_no_answer_where_it_is_not(alice: Tenant, sandbox: Sandbox) -> None:
    with scripted(Said(status=204, headers={"Content-Length": ""}), Said(TIME)) as vendor:
        connection = of(alice, sandbox, vendor.url, "boomstream")
        account_only(connection)
        assert run(connection, feed="project.day").errors == []
    assert len(vendor.asked) == 2
    assert list(ledger(connection).values()) == [7]


def xml(encoding: str, before: str = "", declared: bool = False) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>' if declared else ""
    return f"{before}{declaration}{TIME.decode()}".encode(encoding)


SPELLED = [
    (b"\n\n  " + TIME, "text/xml"),
    (b'\r\n<?xml version="1.0" encoding="utf-8"?>' + TIME, "text/xml"),
    (b"\n\xef\xbb\xbf" + TIME, "text/xml"),
    (xml("windows-1251"), "text/xml; charset=windows-1251"),
    (xml("windows-1251", declared=True), "text/xml; charset=utf-8"),
    (xml("koi8-r"), 'application/xml;Charset="KOI8-R"; version=1'),
    (xml("utf-16"), "text/xml"),
    (xml("utf-16-be"), "text/xml; charset=utf-16"),
    (xml("utf-16", before="\n", declared=True), "text/xml; charset=utf-16"),
    (xml("utf-8"), "text/xml; charset=no-such-thing"),
    (xml("utf-8"), "text/xml; charset=punycode"),
]


@pytest.mark.parametrize(("body", "content_type"), SPELLED)
def test_xml_in_each_spelling(alice: Tenant, sandbox: Sandbox, body: bytes, content_type: str) -> None:
    """Read when it comes and in a replay, which knows its Content-Type."""
    with scripted(Said(body, headers={"Content-Type": content_type})) as vendor:
        connection = of(alice, sandbox, vendor.url, "boomstream")
        account_only(connection)
        assert run(connection, feed="project.day").errors == []
    before = ledger(connection)
    assert list(before.values()) == [7]
    replay(connection)
    assert ledger(connection) == before
    with tenant_scope(alice):
        assert Snapshot.objects.get().state == Snapshot.State.READ


def test_no_encoding_hides_a_key(alice: Tenant, sandbox: Sandbox) -> None:
    """Boomstream echoes it, and UTF-16 writes it with zeros."""
    with scripted() as vendor:
        connection = of(alice, sandbox, vendor.url, "boomstream")
        account_only(connection)
        key = connection.credentials["apikey"]
        echo = TIME.decode().replace("<Message/>", f"<RequestURI>/api?apikey={key}</RequestURI>")
        vendor.answers.append(Said(echo.encode("utf-16"), headers={"Content-Type": "text/xml; charset=utf-16"}))
        assert run(connection, feed="project.day").errors == []
    assert list(ledger(connection).values()) == [7]
    with tenant_scope(alice):
        body = Snapshot.objects.get().parts.get().body
    assert "apikey=***" in body.decode("utf-16")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": b"application/json\x00; \x80\xff"},
        {"Content-Type": b"\x01" * 5000},
        {"Content-Type": "application/json; " + "a=b; " * 500},
        {"X-Odd": b"\x00\x01\xff", "Content-Type": "application/json"},
    ],
)
def test_odd_headers_cost_nothing(alice: Tenant, sandbox: Sandbox, headers: dict[str, Any]) -> None:
    with scripted(Said(PLAYS, headers=headers)) as vendor:
        connection = of(alice, sandbox, vendor.url)
        account_only(connection)
        assert plays(connection).errors == []
    assert list(ledger(connection).values()) == [7]
    with tenant_scope(alice):
        assert Snapshot.objects.get().parts.get().content_type.isprintable()


PAUSES = [
    "0",
    "1.5",
    "²",
    "-5",
    "soon",
    "",
    "0.0000001",
    "\xff\xfe",
    "Tue, 10 Mar 2020 12:01:30 GMT",
    "1e3",
    "nan",
    "inf",
]


@pytest.mark.parametrize("status", [429, 503, 403])
@pytest.mark.parametrize("value", ["0", "²", "Tue, 10 Mar 2020 12:01:30 GMT", "\xff"])
def test_never_sooner_than_our_own_pause(
    alice: Tenant, sandbox: Sandbox, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, status: int, value: str
) -> None:
    settings.SYNC_BACKOFF_SECONDS = 0.1
    monkeypatch.setattr("providers.http.status_errors.DEFAULT_WAIT", 0.0)
    began: list[float] = []
    said = [Said(b"<html>", status, {"Retry-After": value})] * 2
    with scripted(*said, Said(PLAYS)) as vendor:
        note, vendor.next = vendor.next, lambda path: (began.append(time.monotonic()), note(path))[1]  # type: ignore[method-assign]
        connection = of(alice, sandbox, vendor.url)
        account_only(connection)
        assert plays(connection).errors == []
    first, second = (later - earlier for earlier, later in pairwise(began))
    assert first >= 0.07
    assert second >= 0.14


@pytest.mark.parametrize("value", PAUSES)
def test_the_longer_of_two_pauses(settings: LazySettings, value: str) -> None:
    settings.SYNC_BACKOFF_SECONDS = 1.0
    for error in (RateLimited("later", retry_after({"Retry-After": value})), TryAgain("later")):
        pending = PendingRequest(PendingReading(None, (_ for _ in ()), print), Request("/"))  # type: ignore[arg-type]
        for number in (1, 2, 3):
            assert 0.75 * 2 ** (number - 1) <= pending.try_later(error) <= LONGEST_WAIT
        assert pending.try_later(error) == 0
        assert pending.reading.is_over
