"""The whole line over real HTTP: what the vendors serve is what the ledger says."""

from datetime import timedelta

import pytest

from providers import registry
from providers.http.pending import TRIES
from providers.pipeline.connection_lock import AlreadyRunning, only_one
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.sandbox.vendors.scaleengine.accounts import APPS
from providers.toolkit.requests import Answer, Request
from reporting.ledger import daily_totals
from reporting.models import (
    Asset,
    Connection,
    DailyTotal,
    Days,
    Fact,
    FeedProgress,
    PpvSession,
    Snapshot,
    SnapshotPart,
    SyncRun,
    Tenant,
)
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.answers import answers_change
from tests.support.line import connect, fault, ledger, run, since, truth

PROVIDERS = ["247platform", "boomstream", "callfire", "scaleengine", "smartstream"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_works(alice: Tenant, sandbox: Sandbox, provider: str) -> None:
    """Every figure of a default sync, for every provider, equals the sandbox's truth."""
    connection = connect(alice, sandbox, provider)
    ended = run(connection)
    assert (ended.state, ended.errors) == (SyncRun.State.SUCCEEDED, [])
    expected = truth(sandbox, connection)
    assert expected
    assert since(connection, ledger(connection)) == expected
    assert ended.facts_written == len(ledger(connection))


def test_the_catalog_is_the_list_of_providers_above() -> None:
    assert sorted(registry.all_providers()) == PROVIDERS


ONE_APPLICATION = {"apps": APPS["north"][:1]}  # of which a day is one reading


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_unchanged_answer_writes_nothing(alice: Tenant, sandbox: Sandbox, provider: str) -> None:
    connection = connect(alice, sandbox, provider, days=4)
    run(connection)
    assert run(connection).facts_written == 0  # only the days that are not final were asked for again
    with tenant_scope(alice):
        snapshots = Snapshot.objects.count()
        before = set(Fact.objects.values_list("metric", "day", "snapshot_id"))
    again = run(connection)
    assert (again.state, again.facts_written) == (SyncRun.State.SUCCEEDED, 0)
    with tenant_scope(alice):
        assert Snapshot.objects.count() == snapshots
        assert Snapshot.objects.filter(times_seen__gte=2).exists()
        assert set(Fact.objects.values_list("metric", "day", "snapshot_id")) == before


def test_an_answer_that_came_again_is_noted_with_its_time(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "scaleengine", days=1, options=ONE_APPLICATION)
    run(connection)
    with tenant_scope(alice):
        first, read_at = Snapshot.objects.get(), FeedProgress.objects.get().last_success
    run(connection)
    with tenant_scope(alice):
        again, progress = Snapshot.objects.get(), FeedProgress.objects.get()
    assert (first.times_seen, again.times_seen, again.fetched_at) == (1, 2, first.fetched_at)
    assert again.last_seen_at > first.last_seen_at
    assert read_at
    assert progress.last_success == again.last_seen_at > read_at


@pytest.mark.parametrize(
    "other",
    [
        {"reader_version": 0},
        {"time_zone": "Asia/Tokyo"},
        {"options": {"apps": ["another"]}},
        {"state": Snapshot.State.UNREADABLE},
        {"is_whole": False},
    ],
    ids=lambda other: next(iter(other)),
)
def test_an_equal_answer_is_read_again_where_it_would_be_read_otherwise(
    alice: Tenant, sandbox: Sandbox, other: dict[str, object]
) -> None:
    connection = connect(alice, sandbox, "scaleengine", days=1, options=ONE_APPLICATION)
    run(connection)
    whole = ledger(connection)
    with tenant_scope(alice):
        Snapshot.objects.update(**other)
        Fact.objects.all().delete()
    assert run(connection).facts_written == len(whole)
    with tenant_scope(alice):
        assert Snapshot.objects.count() == 2


def test_an_answer_is_not_the_last_ones_equal_if_another_spoke_of_its_days_since(
    alice: Tenant, sandbox: Sandbox
) -> None:
    """The provider changes a day, a person asks for it, the provider changes it back."""
    connection = connect(alice, sandbox, "boomstream", days=2)
    run(connection)
    first = connection.history_from
    fault(sandbox, restate={"provider": "boomstream", "day": first.isoformat(), "factor": 3})
    assert run(connection, from_day=first, to_day=first).facts_written > 0
    sandbox.faults.clear()
    assert run(connection).facts_written > 0
    assert ledger(connection) == truth(sandbox, connection)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_daily_totals_are_in_step(alice: Tenant, sandbox: Sandbox, provider: str) -> None:
    connection = connect(alice, sandbox, provider, days=4)
    run(connection)
    with tenant_scope(alice):
        kept = set(DailyTotal.objects.values_list("pk", "value", "facts"))
        daily_totals.rebuild(connection.pk)
        assert kept
        assert kept == set(DailyTotal.objects.values_list("pk", "value", "facts"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_replay_after_emptying_gives_the_same_facts(alice: Tenant, sandbox: Sandbox, provider: str) -> None:
    connection = connect(alice, sandbox, provider, days=5)
    run(connection)
    everything = ("metric", "interval", "dimension", "day", "minute", "asset_id", "key", "value", "snapshot_id")
    with tenant_scope(alice):
        facts = list(Fact.objects.order_by("pk").values_list(*everything))
        totals = set(DailyTotal.objects.values_list("pk", "value", "facts"))
        sessions = set(PpvSession.objects.values_list("access", "started_at", "ip", "left_activations"))
        Fact.objects.all().delete()
        PpvSession.objects.all().delete()
    sandbox.stop()
    done = replay(connection)
    assert (done.unreadable, done.skipped) == (0, 0)
    with tenant_scope(alice):
        assert list(Fact.objects.order_by("pk").values_list(*everything)) == facts
        assert [str(row) for row in facts] == [str(row) for row in Fact.objects.order_by("pk").values_list(*everything)]
        assert set(DailyTotal.objects.values_list("pk", "value", "facts")) == totals
        assert set(PpvSession.objects.values_list("access", "started_at", "ip", "left_activations")) == sessions


def test_secrets_are_nowhere(alice: Tenant, sandbox: Sandbox) -> None:
    """Neither in an address, nor in a body (Boomstream echoes the key), nor in the database's plain columns."""
    for provider in PROVIDERS:
        connection = connect(alice, sandbox, provider, days=2)
        run(connection)
        with tenant_scope(alice):
            connection.refresh_from_db()
            hidden = [*registry.get(provider).secrets(connection.credentials), *map(str, connection.session.values())]
            kept = b"".join(part.body + str(part.request).encode() for part in SnapshotPart.objects.all())
        assert hidden
        for secret in hidden:
            assert secret.encode() not in kept
            assert secret not in connection.sealed_credentials + connection.sealed_session
    with tenant_scope(alice):
        assert b"sandbox-north-ppv" not in b"".join(part.body for part in SnapshotPart.objects.all())


def test_ppv_sessions(alice: Tenant, sandbox: Sandbox) -> None:
    import requests

    connection = connect(alice, sandbox, "boomstream", days=30)
    run(connection)
    answer = requests.get(f"{sandbox.url}/_ledger/sessions", params={"account": "north"}, timeout=10).json()
    expected = {
        (s["access"], s["started_at"], s["ip"], s["country"], s["user_agent"], s["left_activations"])
        for s in answer["sessions"]
        if s["started_at"][:10] >= connection.history_from.isoformat()
    }
    with tenant_scope(alice):
        found = {
            (s.access.label, s.started_text, s.ip, s.country, s.user_agent, s.left_activations)
            for s in PpvSession.objects.select_related("access")
        }
    assert expected
    assert found == expected


def test_a_day_range_leaves_the_progress_alone(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=10)
    first = connection.history_from
    ended = run(connection, from_day=first, to_day=first)
    assert ended.state == SyncRun.State.SUCCEEDED
    assert {cell[3] for cell in ledger(connection)} == {first.isoformat()}
    assert run(connection, from_day=first, to_day=first).facts_written == 0
    fault(sandbox, provider="boomstream", kind="malformed", probability=1.0)
    assert run(connection, from_day=first, to_day=first).state == SyncRun.State.FAILED
    with tenant_scope(alice):
        assert not FeedProgress.objects.exists()


@pytest.mark.parametrize(
    ("days", "first", "last"),
    [
        ({"from_day": 3}, 3, 9),
        ({"to_day": 3}, 0, 3),
        ({"from_day": 8, "to_day": 40}, 8, 9),
    ],
    ids=["from", "to", "beyond today"],
)
def test_a_range_with_one_end_reaches_to_the_other_end_of_history(
    alice: Tenant, sandbox: Sandbox, days: dict[str, int], first: int, last: int
) -> None:
    connection = connect(alice, sandbox, "scaleengine", days=10)
    begin = connection.history_from
    ended = run(connection, **{name: begin + timedelta(days=number) for name, number in days.items()})
    assert ended.state == SyncRun.State.SUCCEEDED
    with tenant_scope(alice):
        asked = set(Snapshot.objects.values_list("from_day", flat=True))
    assert asked == {begin + timedelta(days=number) for number in range(first, last + 1)}


def test_one_feed_only(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=3)
    run(connection, feed="target.hour")
    cells = ledger(connection)
    assert cells
    assert {cell[1] for cell in cells} == {"hour"}
    expected = truth(sandbox, connection, interval="hour")
    assert cells == {cell: value for cell, value in expected.items() if cell[5] not in ("current", "all")}


@pytest.mark.parametrize("kind", ["error500", "cut_body", "failed_status"])
def test_a_passing_failure_is_tried_again(alice: Tenant, sandbox: Sandbox, kind: str) -> None:
    connection = connect(alice, sandbox, "scaleengine", days=3)
    fault(sandbox, provider="scaleengine", kind=kind, times=2)
    assert run(connection).state == SyncRun.State.SUCCEEDED
    assert ledger(connection) == truth(sandbox, connection)


def test_an_unreadable_answer_is_kept_and_the_rest_stored(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is cut short at each try."""
    connection = connect(alice, sandbox, "callfire", days=3)
    asked: list[str] = []

    def cut(request: Request, answer: Answer) -> bytes | None:
        if "/stats" in request.path:
            asked.append(f"{request.path} {request.params}")
        return answer.body[:-40] if asked and f"{request.path} {request.params}" == asked[0] else None

    with monkeypatch.context() as patch:
        answers_change(patch, cut)
        ended = run(connection)
    assert asked.count(asked[0]) == TRIES
    assert ended.state == SyncRun.State.PARTIAL
    (error,) = ended.errors
    assert (error["error"], error["feed"]) == ("Unreadable", "stats")
    with tenant_scope(alice):
        unreadable = Snapshot.objects.get(state=Snapshot.State.UNREADABLE)
        assert unreadable.parts.count() == 1
        progress = FeedProgress.objects.get(feed="stats", asset=unreadable.asset)
    missing = Days([(unreadable.from_day, unreadable.to_day)])
    assert missing - progress.covered == missing - progress.final == missing
    assert 0 < len(ledger(connection)) < len(truth(sandbox, connection))
    assert run(connection).state == SyncRun.State.SUCCEEDED  # its window stayed due
    assert ledger(connection) == truth(sandbox, connection)


def test_wrong_credentials_need_a_person_and_no_storm(alice: Tenant, sandbox: Sandbox) -> None:
    for provider, wrong in {
        "boomstream": {"apikey": "no-such-key"},
        "callfire": {"password": "no-such-password"},
        "scaleengine": {"secret": "no-such-secret"},
        "smartstream": {"password": "no-such-password"},
        "247platform": {"api_key": "no-such-key"},
    }.items():
        connection = connect(alice, sandbox, provider, credentials=wrong)
        sandbox.requests.clear()
        ended = run(connection)
        assert ended.state == SyncRun.State.FAILED
        assert len(sandbox.requests) <= 3  # a log-in may take two and be followed by one
        with tenant_scope(alice):
            connection.refresh_from_db()
        assert connection.state == Connection.State.NEEDS_ATTENTION
        assert connection.state_message
        assert "no-such" not in connection.state_message


def test_a_vendor_that_is_down_is_left_alone(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "callfire", days=30)
    fault(sandbox, provider="callfire", kind="error500", probability=1.0, match="/stats")
    ended = run(connection)
    assert ended.state in (SyncRun.State.PARTIAL, SyncRun.State.FAILED)
    assert len(sandbox.requests) < 30
    assert "gave up" in ended.errors[-1]["detail"]


def test_one_asset_that_always_fails_is_no_vendor_that_is_down(alice: Tenant, sandbox: Sandbox) -> None:
    """Its failures are many, but the answers of the others come between."""
    connection = connect(alice, sandbox, "callfire", days=6)
    run(connection, from_day=connection.history_from, to_day=connection.history_from)
    with tenant_scope(alice):
        bad = Asset.objects.order_by("pk").values_list("external_id", flat=True)[0]
    fault(sandbox, provider="callfire", kind="error500", probability=1.0, match=f"/{bad}/stats")
    ended = run(connection)
    assert [error["error"] for error in ended.errors] == ["TryAgain"] * 6
    others = {cell: value for cell, value in truth(sandbox, connection).items() if cell[5] != bad}
    assert others.items() <= ledger(connection).items()


def test_one_connection_is_never_synced_twice_at_once(alice: Tenant, sandbox: Sandbox, second_session) -> None:
    connection = connect(alice, sandbox, "boomstream", days=2)
    second_session.execute("SELECT pg_advisory_lock(%s, %s)", [0x766C, connection.pk])
    with pytest.raises(AlreadyRunning):
        run(connection)
    second_session.execute("SELECT pg_advisory_unlock(%s, %s)", [0x766C, connection.pk])
    with only_one(connection):
        assert not ledger(connection)


def test_another_tenant_sees_nothing(alice: Tenant, bob: Tenant, sandbox: Sandbox) -> None:
    run(connect(alice, sandbox, "boomstream", days=2))
    with tenant_scope(bob):
        assert not Fact.objects.exists()
        assert not Snapshot.objects.exists()
    with all_tenants():
        assert Fact.objects.exists()
