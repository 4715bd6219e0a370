"""Each kind of odd answer through the whole line, over real HTTP and into the database, in one feed of each class: after a good
run no fact and no session is lost, changed or doubled by a run whose answers are odd; that run has not succeeded; and the next
good run is complete. How each feed reads each kind is in `tests/providers/catalog/test_odd_answers.py`.

One connection goes through all kinds, one after the other: what one of them spoils would show in the next.
"""

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine

from providers.http import client as http_client
from providers.http import status_errors
from providers.sandbox.vendors import VENDORS
from reporting.models import Asset, Connection, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.clock import START
from tests.support.line import connect, run
from tests.support.odd import known
from tests.support.odd.forms import form_of
from tests.support.odd.kinds import KINDS, Expect, Kind
from tests.support.odd.replies import OddSandbox
from tests.support.odd.stored import Stored
from tests.support.profiles import EXAMPLES

pytestmark = pytest.mark.timeout(600)
FEEDS = [
    "247platform statistics",
    "boomstream project.day",
    "boomstream sessions",
    "boomstream media",
    "callfire broadcasts",
    "callfire stats",
    "scaleengine usage",
    "smartstream play_count.all.day",
    "smartstream play_time.country.day",
]
IN_A_ROW = 1 if EXAMPLES else 10  # odd runs before a good one
SHARE = 6  # of the kinds that are read in no feed, one in so many is tried in each
FEWEST = 40
ENDED = {SyncRun.State.SUCCEEDED, SyncRun.State.PARTIAL, SyncRun.State.FAILED}


@pytest.fixture
def odd_vendors(clock: time_machine.Traveller) -> Iterator[OddSandbox]:
    with OddSandbox(assets=2, rows=6, smartstream_limit=None) as running:
        yield running


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    for module in (status_errors, http_client):
        monkeypatch.setattr(module, "DEFAULT_WAIT", 0.001)
    settings.SYNC_BACKOFF_SECONDS = 0.0001


def connected(tenant: Tenant, vendors: OddSandbox, slug: str, feed: str) -> Connection:
    """One asset or application is enough, and two days; SmartSTREAM's asset is the merchant."""
    options = {name: words[:1] for name, words in VENDORS[slug].options("north").items()}
    connection = connect(tenant, vendors, slug, days=2, options=options)
    if feed == "stats":
        run(connection, feed="broadcasts")
    with tenant_scope(tenant):
        others: Any = Asset.objects.filter(connection=connection).order_by("pk")[0 if slug == "smartstream" else 1 :]
        Asset.objects.filter(pk__in=[asset.pk for asset in others]).delete()
    return connection


def is_tried(feed: str, kind: Kind) -> bool:
    """What can be read, in each feed; what can't, in some: it goes one way. The same ones each time."""
    digest = hashlib.sha256(f"{feed} {kind.name}".encode()).digest()[0]
    return bool(EXAMPLES) or kind.name.startswith(("content", "fault")) or bool(kind.of) or digest % SHARE == 0


def after_odd_run(kind: Kind, connection: Connection, feed: str, vendors: OddSandbox, good: Stored) -> str | None:
    """What is wrong after an odd run; None where the feed's answers can't be so."""
    form, expected = form_of(connection.provider, feed), kind.expected_of(connection.provider)
    with vendors.odd(lambda reply: kind.make(reply, form), kind.fault):
        ended = run(connection, feed=feed)
    if not vendors.spoiled and not kind.fault:
        return None
    after = Stored.of(connection, feed)
    # A day that is still running is no whole day: what it loses comes back with the next good run.
    today = START.date() if expected is Expect.NOTHING else None
    if lost := after.lacks(good) if expected is Expect.BESIDE else after.differs_from(good, today):
        return f"{lost} ({ended.state}, {ended.errors[:1]})"
    must_not = expected is Expect.REFUSED or (expected is Expect.NOTHING and form.has_figures)
    if ended.state == SyncRun.State.SUCCEEDED and must_not:
        return "the run succeeded"
    if ended.state not in ENDED or (ended.state != SyncRun.State.SUCCEEDED and not ended.errors):
        return f"the run is {ended.state} and says nothing"
    return ""


def leaves_something(kind: Kind, slug: str) -> bool:
    """It may have brought a row, or taken today's."""
    return kind.expected_of(slug) in (Expect.BESIDE, Expect.NOTHING)


def after_good_run(connection: Connection, feed: str, good: Stored, before: list[Kind]) -> str:
    """What is wrong after the next good run; what an odd row brought beside may stay as an asset without figures."""
    ended = run(connection, feed=feed)
    after = Stored.of(connection, feed)
    if ended.state != SyncRun.State.SUCCEEDED or ended.errors:
        return f"the next good run is {ended.state}: {ended.errors[:1]}"
    had_more = any(kind.expect is Expect.BESIDE for kind in before)
    return (after.lacks(good) if had_more else after.differs_from(good)) or after.waits


@pytest.mark.parametrize("feed", FEEDS)
def test_an_odd_answer_touches_nothing(alice: Tenant, odd_vendors: OddSandbox, feed: str) -> None:
    slug, name = feed.split(" ")
    connection = connected(alice, odd_vendors, slug, name)
    first = run(connection, feed=name)
    assert (first.state, first.errors) == (SyncRun.State.SUCCEEDED, [])
    good = Stored.of(connection, name)
    assert good.says_something
    wrong, tried = {}, []
    waiting: list[Kind] = []  # those after which no good run came yet
    kinds = sorted(filter(partial(is_tried, feed), KINDS.values()), key=lambda kind: kind.expect is Expect.BESIDE)
    for kind in [*kinds, None]:
        found: str | None = ""
        if kind is not None and (found := after_odd_run(kind, connection, name, odd_vendors, good)) is not None:
            waiting.append(kind)
            tried.append(kind.name)
            wrong |= {kind.name: found} if found else {}
        if waiting and (kind is None or found or len(waiting) == IN_A_ROW or leaves_something(waiting[-1], slug)):
            if found := after_good_run(connection, name, good, waiting):
                wrong.setdefault(waiting[-1].name, found)
            waiting = []
    assert len(tried) >= FEWEST
    anew = {kind: text for kind, text in wrong.items() if not known.is_known(known.STORED, feed, kind)}
    assert not anew, "\n".join(f"{feed}: {kind}: {text}" for kind, text in anew.items())
    mended = [kind for kind in tried if known.is_known(known.STORED, feed, kind) and kind not in wrong]
    assert mended == [], "these are mended: take them out of tests/support/odd/known.py"
