"""Lists that change while their pages are read: read again from the start, and never stored in part."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from providers.http.pending import MOST_RESTARTS
from providers.sandbox import Sandbox
from providers.sandbox.vendors.scaleengine.accounts import APPS
from providers.toolkit.requests import Answer, Request
from reporting.models import Asset, SnapshotPart, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.answers import Change, answers_change
from tests.support.line import connect, ledger, run, truth

State = SyncRun.State
ROWS = 2000  # of a day of ScaleEngine: two pages of the first application, one of the other
BROADCASTS = 12


def moving(times: int) -> Change:
    """ScaleEngine's second page as it is where a new row came on top since the first was read, so many times."""
    left = [times]

    def changed(request: Request, answer: Answer) -> bytes | None:
        asked = json.loads((request.form or {}).get("json", "{}"))
        if asked.get("offset") != 1000 or left[0] == 0:
            return None
        left[0] -= 1
        document = json.loads(answer.body)
        moved = {"video_url": "moved/from/the/first/page.mp4", "bytes_total": "7", "requests_total": "7"}
        usage = [moved, *document["usage"]]
        return json.dumps(document | {"usage": usage, "count": document["count"] + 1}).encode()

    return changed


@pytest.mark.vendors(rows=ROWS, assets=1)
@pytest.mark.parametrize("times", [1, MOST_RESTARTS])
def test_it_works(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """The reading that is stored is one from a list that stood still, and holds each row once."""
    connection = connect(alice, vendors, "scaleengine", days=1)
    answers_change(monkeypatch, moving(times))
    ended = run(connection)
    assert (ended.state, ended.errors) == (State.SUCCEEDED, [])
    asked = [record for record in vendors.requests if "usage.vse" in record.body]
    assert len(asked) == stored_pages(alice) + 2 * times
    found = ledger(connection)
    assert found == truth(vendors, connection)


def stored_pages(tenant: Tenant) -> int:
    with tenant_scope(tenant):
        return SnapshotPart.objects.filter(status=200).count()


@pytest.mark.vendors(rows=ROWS, assets=1)
def test_one_that_never_stands_still_is_given_up(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stored before stays, the day is due again."""
    connection = connect(alice, vendors, "scaleengine", days=1)
    run(connection)
    read = {
        "asset__parent__external_id": APPS["north"][0]
    }  # the other application has one page, and is asked by itself
    before = ledger(connection, **read)
    clock.shift(timedelta(hours=1))
    vendors.requests.clear()
    with monkeypatch.context() as patch:
        answers_change(patch, moving(100))
        ended = run(connection)
    assert ended.state != State.SUCCEEDED
    assert {error["error"] for error in ended.errors} == {"Incomplete"}
    assert "changed while it was read" in ended.errors[0]["detail"]
    asked = [one for one in vendors.requests if "usage.vse" in one.body]
    assert len(asked) == 2 * (1 + MOST_RESTARTS) + 1
    assert ledger(connection, **read) == before
    assert run(connection).state == State.SUCCEEDED


# --- Lists of assets --------------------------------------------------------------------------------------------------


def six_at_once(request: Request) -> Request:
    """The server may cap a page of the list below MaxResults."""
    return replace(request, params={**request.params, "MaxResults": 6}) if "MaxResults" in request.params else request


def deleted_between(pages: list[int], total: Callable[[int], int]) -> Change:
    """CallFire's list whose first broadcast was deleted after the first page was read: all that follow move up by one. The
    offsets of pages that were asked for are kept in `pages`."""

    def changed(request: Request, answer: Answer) -> bytes | None:
        if not request.path.endswith("/rest/broadcast"):
            return None
        offset = int(request.params["FirstResult"])
        pages.append(offset)
        if offset == 0 or pages.count(0) > 1:
            return None
        cut = re.sub(rb"<(?:\w+:)?Broadcast .*?</(?:\w+:)?Broadcast>", b"", answer.body, count=1, flags=re.DOTALL)
        return re.sub(rb'totalResults="(\d+)"', lambda m: b'totalResults="%d"' % total(int(m[1])), cut)

    return changed


@pytest.mark.vendors(assets=BROADCASTS)
def test_a_living_broadcast_is_not_noted_gone(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the list says that it became shorter, or not."""
    connection = connect(alice, vendors, "callfire", days=1)
    assert run(connection).state == State.SUCCEEDED
    for total in (lambda whole: whole - 1, lambda whole: whole):
        clock.shift(timedelta(hours=1))
        pages: list[int] = []
        with monkeypatch.context() as patch:
            answers_change(patch, deleted_between(pages, total), six_at_once)
            run(connection)
        assert pages.count(0) > 1  # from its start
        with tenant_scope(alice):
            assert not Asset.objects.exclude(unlisted_since=None).exists()
            assert Asset.objects.filter(kind=Asset.Kind.BROADCAST, missed_at=None).count() == BROADCASTS
