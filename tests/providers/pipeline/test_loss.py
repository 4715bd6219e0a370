"""A loss is believed when it comes twice: an answer that would take away all figures of a past day is held, and asked again."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from providers.pipeline.prune import prune
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.toolkit.requests import Answer, Request
from reporting.models import Connection, Days, FeedProgress, PpvSession, Restatement, Snapshot, SyncRun, Tenant
from reporting.query import run as run_query
from reporting.query.parameters import parse
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.support.answers import answers_change
from tests.support.line import connect, ledger, run

State = SyncRun.State
PROVIDERS = ["247platform", "boomstream", "callfire", "scaleengine", "smartstream"]
METRIC = {
    "247platform": "data_out",
    "boomstream": "watch_time",
    "callfire": "attempts",
    "scaleengine": "requests",
    "smartstream": "plays",
}
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOTHING = {
    "boomstream": b"<Response><ItemCount>0</ItemCount><Page>1</Page><PageCount>1</PageCount></Response>",
    "smartstream": b"[]",
    "callfire": b"""<r:Resource xmlns="http://api.callfire.com/data" xmlns:r="http://api.callfire.com/resource"><BroadcastStats>
        <UsageStats><Duration>0</Duration><BilledDuration>0</BilledDuration><BilledAmount>0</BilledAmount><Attempts>0</Attempts>
        <Actions>0</Actions></UsageStats></BroadcastStats></r:Resource>""",
    "scaleengine": b'{"status":"success","usage":[],"count":0,"message":"Found Video Usage"}',
}
STATISTICS = {  # the beginnings of the addresses that are emptied; lists of assets are not
    "/api/statistics/": "247platform",
    "/api/stats": "boomstream",
    "/api/ppv/": "boomstream",
    "/api/1.1/rest/broadcast/": "callfire",
    "/stable/": "scaleengine",
    "/v1/merchants/sandbox-north/aggregations": "smartstream",
}


def emptied(request: Request, answer: Answer) -> bytes | None:
    """The vendor's answer as it is where there is nothing."""
    provider = next((name for path, name in STATISTICS.items() if request.path.startswith(path)), "")
    return _without_figures(json.loads(answer.body)) if provider == "247platform" else NOTHING.get(provider)


def _without_figures(document: dict[str, Any]) -> bytes:
    whole = document.get("response", document)
    whole["times"] = {"log": []}
    whole["views"] = {"total": "0", "totalMinutes": 0, "uniqieCountries": 0}
    whole["geo"] = {"uniqieIps": {"total": 0}, "locations": []}
    whole["data"], whole["cost"] = {"total": {"in": 0, "out": 0, "sum": 0}}, {"total": 0}
    return json.dumps(document).encode()


def sessions(connection: Connection) -> set[tuple[Any, ...]]:
    with tenant_scope(connection.tenant_id):
        past = PpvSession.objects.filter(connection=connection, day__lt=_today(connection))
        return set(past.values_list("access", "started_text", "ip", "agent_digest"))


def of_past_days(connection: Connection) -> dict[Any, Any]:
    """Facts of days before the provider's today; without states, which are of the moment of asking."""
    today = _today(connection)
    return {
        cell: value
        for cell, value in ledger(connection).items()
        if cell[3] < f"{today}" and cell[1] not in ("lifetime", "month")
    }


def _today(connection: Connection) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(connection.time_zone)).date()


def freshness(connection: Connection) -> dict[str, Any]:
    metric, today = METRIC[connection.provider], _today(connection)
    words = {"metrics": [metric], "from": [f"{connection.history_from}"], "to": [f"{today - timedelta(days=1)}"]}
    with tenant_scope(connection.tenant_id):
        answer = run_query(parse(words, connection.tenant, OPERATOR, today=today)).as_json()
    notes = [note for note in answer["notes"] if note["code"] == "held"]
    return {**answer["freshness"][0], "notes": notes}


def held(connection: Connection) -> list[Snapshot]:
    with tenant_scope(connection.tenant_id):
        return list(Snapshot.objects.filter(connection=connection, state=Snapshot.State.HELD).order_by("id"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_works(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """Emptied once: nothing is lost, the run says so, and the next good one makes all as it was."""
    connection = connect(alice, vendors, provider, days=6)
    assert run(connection).state == State.SUCCEEDED
    before, seen = of_past_days(connection), sessions(connection)
    assert before
    clock.shift(HOUR)
    with monkeypatch.context() as patch:
        answers_change(patch, emptied)
        ended = run(connection)
    assert ended.state in (State.PARTIAL, State.FAILED)
    assert {error["error"] for error in ended.errors} == {"Held"}, ended.errors[:2]
    assert "at least 10 minutes later" in ended.errors[0]["detail"]
    assert (of_past_days(connection), sessions(connection)) == (before, seen)
    assert held(connection)
    assert all(one.lost and one.error.startswith("Held: ") for one in held(connection))
    shown = freshness(connection)
    if provider == "247platform":  # of which a day's reading is in doubt, and no day before
        assert {one.lost for one in held(connection)} == {Days([(_today(connection), _today(connection))])}
    else:
        assert (shown["complete"], bool(shown["held"]), len(shown["notes"])) == (False, True, 1)
    clock.shift(HOUR)
    ended = run(connection)
    assert (ended.state, ended.errors) == (State.SUCCEEDED, [])
    assert (of_past_days(connection), sessions(connection)) == (before, seen)
    shown = freshness(connection)
    whole = provider != "247platform"  # its counters were first read today: of the days before it has no figures
    assert (shown["complete"], shown["missing"], shown["held"], shown["notes"]) == (whole, [], [], [])


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "247platform"])
def test_what_comes_twice_is_believed(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """Not before ten minutes are over; then it is a restatement, and a replay and a pruned ledger say the same."""
    connection = connect(alice, vendors, provider, days=6)
    run(connection)
    before = of_past_days(connection)
    asked = {"from_day": connection.history_from}
    answers_change(monkeypatch, emptied)
    clock.shift(HOUR)
    run(connection, **asked)
    first = [one.pk for one in held(connection)]
    clock.shift(9 * MINUTE)
    assert run(connection, **asked).state != State.SUCCEEDED
    assert of_past_days(connection) == before
    assert [one.pk for one in held(connection)] == first  # seen again
    clock.shift(MINUTE)
    ended = run(connection, **asked)
    assert (ended.state, ended.errors) == (State.SUCCEEDED, [])
    after = ledger(connection)
    past = of_past_days(connection)
    assert not any(past.values())
    assert not sessions(connection)
    with tenant_scope(alice):
        final = {one.day for one in Restatement.objects.filter(cause=Restatement.Cause.PROVIDER)}
    assert connection.history_from in final
    replay(connection)
    assert ledger(connection) == after
    clock.shift(HOUR)
    run(connection)
    with tenant_scope(alice):
        assert not any(one.held for one in FeedProgress.objects.all())
    after = ledger(connection)
    assert prune(connection, before=datetime.now(UTC) + HOUR).snapshots
    assert not held(connection)
    replay(connection)
    assert ledger(connection) == after


def test_a_good_answer_in_between_begins_anew(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two faults are not one loss."""
    connection = connect(alice, vendors, "scaleengine", days=4)
    run(connection)
    before = of_past_days(connection)
    for _ in range(3):
        clock.shift(HOUR)
        with monkeypatch.context() as patch:
            answers_change(patch, emptied)
            assert run(connection).state != State.SUCCEEDED
        clock.shift(HOUR)
        assert run(connection).state == State.SUCCEEDED
    assert of_past_days(connection) == before


def test_a_final_day_that_is_held_is_due_again(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked for it; and it is final again when a good answer came."""
    connection = connect(alice, vendors, "callfire", days=9)
    run(connection)
    day = connection.history_from
    clock.shift(HOUR)
    with monkeypatch.context() as patch:
        answers_change(patch, emptied)
        run(connection, from_day=day, to_day=day, feed="stats")
    with tenant_scope(alice):
        waiting = [one for one in FeedProgress.objects.all() if one.held]
        assert {one.held for one in waiting} == {Days([(day, day)])}
        assert all(day in one.final for one in waiting)
    vendors.requests.clear()
    clock.shift(HOUR)
    assert run(connection).state == State.SUCCEEDED
    assert f"{day}" in " ".join(record.path for record in vendors.requests)
    with tenant_scope(alice):
        assert not any(one.held for one in FeedProgress.objects.all())


def test_a_feed_that_no_sync_asks_for_stays_unknown(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was asked for once, by hand, and again: what is held of it holds no report up."""
    connection = connect(alice, vendors, "smartstream", days=4)
    run(connection)
    asked = {"feed": "play_count.country.day", "from_day": connection.history_from}
    run(connection, **asked)
    clock.shift(HOUR)
    with monkeypatch.context() as patch:
        answers_change(patch, emptied)
        assert {error["error"] for error in run(connection, **asked).errors} == {"Held"}
    assert freshness(connection)["complete"]


def test_one_figure_that_stays_is_a_correction(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider may take back one video's bytes: that is no fault, and is stored at once."""
    connection = connect(alice, vendors, "scaleengine", days=4)
    run(connection)
    clock.shift(HOUR)

    def fewer(request: Request, answer: Answer) -> bytes | None:
        document = json.loads(answer.body)
        if len(document.get("usage", ())) < 2:
            return None
        return json.dumps(document | {"usage": document["usage"][:1], "count": 1}).encode()

    answers_change(monkeypatch, fewer)
    ended = run(connection, from_day=connection.history_from)
    assert (ended.state, ended.errors) == (State.SUCCEEDED, [])
    assert not held(connection)


def test_no_key_stands_in_what_is_held(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(alice, vendors, "boomstream", days=4)
    run(connection)
    clock.shift(HOUR)
    key = connection.credentials["apikey"]
    with monkeypatch.context() as patch:
        answers_change(
            patch,
            lambda request, answer: NOTHING["boomstream"].replace(
                b"<ItemCount>", f"<RequestURI>{key}</RequestURI><ItemCount>".encode()
            ),
        )
        run(connection)
    with tenant_scope(alice):
        bodies = [part.body for one in held(connection) for part in one.parts.all()]
    assert bodies
    assert not any(key.encode() in body for body in bodies)
