"""Pruning takes old answers away and no figure: a replay afterwards gives what was there before."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import QuerySet

from providers.catalog.platform247 import Statistics
from providers.pipeline.connection_lock import LOCK_CLASS
from providers.pipeline.prune import prune
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from reporting.models import (
    Connection,
    DailyTotal,
    Fact,
    PpvSession,
    Restatement,
    Snapshot,
    SnapshotPart,
    SyncRun,
    Tenant,
)
from reporting.tenancy.scoping import tenant_scope
from tests.support.clock import START
from tests.support.line import connect, fault, ledger, run

PROVIDERS = ["247platform", "boomstream", "callfire", "scaleengine", "smartstream"]
TWO_YEARS = timedelta(days=730)


def live(connection: Connection, vendors: Sandbox, clock: time_machine.Traveller, days: int = 2) -> None:
    """Days of syncs, three a day, while the provider changes yesterday's figures each noon, and a last look at all days."""
    for _ in range(days):
        for hour in range(3):
            if hour == 1:
                yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
                fault(vendors, restate={"provider": connection.provider, "day": yesterday, "factor": 2})
            assert run(connection).state == SyncRun.State.SUCCEEDED
            clock.shift(timedelta(hours=8))
    run(connection, from_day=START.date() - timedelta(days=1), to_day=START.date())


def snapshots(connection: Connection, **filters: Any) -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(connection=connection, **filters).order_by("id")


def totals(connection: Connection) -> list[tuple[Any, ...]]:
    with tenant_scope(connection.tenant_id):
        return sorted(DailyTotal.objects.filter(connection=connection).values_list(), key=repr)


def sessions(connection: Connection) -> list[tuple[Any, ...]]:
    with tenant_scope(connection.tenant_id):
        found = PpvSession.objects.filter(connection=connection)
        return sorted(found.values_list("access", "started_at", "ip", "user_agent", "left_activations"))


def untraced(connection: Connection) -> bool:
    """Whether a fact or a session names no snapshot that is there."""
    with tenant_scope(connection.tenant_id):
        there = snapshots(connection).values("pk")
        facts = Fact.objects.filter(connection=connection).exclude(snapshot_id__in=there)
        return facts.exists() or PpvSession.objects.filter(connection=connection, snapshot=None).exists()


def command(**options: Any) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    out, err = StringIO(), StringIO()
    try:
        call_command("prune", stdout=out, stderr=err, **options)
    except SystemExit as exit:
        return int(exit.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("provider", [*PROVIDERS[:-1], pytest.param(PROVIDERS[-1], marks=pytest.mark.long)])
def test_it_works(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, provider: str) -> None:
    """Facts, totals and sessions are the same after prune, after replay, and traced to answers that are there."""
    connection = connect(alice, vendors, provider, days=5)
    live(connection, vendors, clock)
    before = ledger(connection), totals(connection), sessions(connection)
    with tenant_scope(alice):
        count, newest = snapshots(connection).count(), newest_of_each_request(connection)
    assert before[0]
    assert not untraced(connection)
    clock.shift(TWO_YEARS)
    done = prune(connection, datetime.now(UTC))
    with tenant_scope(alice):
        left = set(snapshots(connection).values_list("pk", flat=True))
    assert done.snapshots == count - len(left) > 0
    assert done.bytes > 0
    assert newest <= left
    assert not untraced(connection)
    assert (ledger(connection), totals(connection), sessions(connection)) == before
    assert replay(connection).unreadable == 0
    assert (ledger(connection), totals(connection), sessions(connection)) == before
    assert not untraced(connection)
    assert prune(connection, datetime.now(UTC)).snapshots == 0


def newest_of_each_request(connection: Connection) -> set[int]:
    requests = {(s.feed, s.asset_id, s.access_id, s.from_day, s.to_day): s.pk for s in snapshots(connection)}
    return set(requests.values())


def test_each_days_last_reading_stays_of_lifetimes_and_states(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "callfire", days=3)
    live(connection, vendors, clock)
    with tenant_scope(alice):
        last = {(s.asset_id, s.fetched_at.date()): s.pk for s in snapshots(connection, feed="stats")}
        clock.shift(TWO_YEARS)
        prune(connection, datetime.now(UTC))
        left = set(snapshots(connection, feed="stats").values_list("pk", flat=True))
        asked_on = {snapshot.pk: snapshot.fetched_at.date() for snapshot in snapshots(connection)}
        traced = {(fact.day, asked_on[fact.snapshot_id]) for fact in Fact.objects.filter(metric="unattempted")}
    assert set(last.values()) <= left
    assert all(day == asked for day, asked in traced)
    states = ledger(connection, metric="unattempted")
    assert {cell[3] for cell in states} >= {"2026-03-10", "2026-03-11"}
    replay(connection)
    assert ledger(connection, metric="unattempted") == states


def test_an_earlier_answer_never_comes_back(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that has lost its first days since: the reading that still named them stays, though it isn't its day's last."""
    read = Statistics.read

    def forgetful(self: Statistics, document: Any, reading: Any) -> Iterator[Any]:
        for figure in read(self, document, reading):
            if figure.interval == "lifetime" or reading.fetched_at < START + timedelta(hours=1):
                yield figure

    monkeypatch.setattr(Statistics, "read", forgetful)
    connection = connect(alice, vendors, "247platform", days=5)
    live(connection, vendors, clock, days=1)
    before = ledger(connection)
    assert ledger(connection, metric="plays", interval="day")
    clock.shift(TWO_YEARS)
    done = prune(connection, datetime.now(UTC))
    with tenant_scope(alice):
        left = list(snapshots(connection).values_list("asset_id", flat=True))
    assert done.snapshots == 2  # of three readings of two videos, the first would be missed, and the last is the day's
    assert len(left) == 4 + 2
    replay(connection)
    assert ledger(connection) == before
    assert not untraced(connection)


def make_snapshot(like: Snapshot, at: datetime, state: str, first: date, last: date) -> Snapshot:
    """Another answer of the same feed and asset, equal to one that is there."""
    parts = list(like.parts.all())
    made = Snapshot.objects.get(pk=like.pk)
    made.pk, made.fetched_at, made.last_seen_at, made.state, made.from_day, made.to_day = (
        None,
        at,
        at,
        state,
        first,
        last,
    )
    made.save()
    for part in parts:
        part.pk, part.snapshot = None, made
    SnapshotPart.objects.bulk_create(parts)
    return made


def test_an_unreadable_answer_stays_until_later_ones_speak_of_its_days(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "boomstream", days=3)
    run(connection)
    first, last = START.date() - timedelta(days=2), START.date()
    with tenant_scope(alice):
        whole = snapshots(connection, feed="project.day").get()
        older, newer = whole.fetched_at - timedelta(hours=1), whole.fetched_at + timedelta(hours=1)
        covered = make_snapshot(whole, older, "unreadable", first, last)
        wider = make_snapshot(whole, older, "unreadable", first - timedelta(days=1), last)
        later = make_snapshot(whole, newer, "unreadable", first, last)
    assert prune(connection, datetime.now(UTC) - timedelta(days=1)).snapshots == 0  # all were seen lately
    clock.shift(TWO_YEARS)
    assert prune(connection, datetime.now(UTC)).snapshots == 1
    day_before = first - timedelta(days=1)
    with tenant_scope(alice):
        left = set(snapshots(connection).values_list("pk", flat=True))
        assert {whole.pk, wider.pk, later.pk} <= left
        assert covered.pk not in left
        make_snapshot(whole, newer, "read", day_before, day_before)
    assert prune(connection, datetime.now(UTC)).snapshots == 1  # two readings together cover the wider one
    with tenant_scope(alice):
        assert not snapshots(connection, pk=wider.pk).exists()
        assert snapshots(connection, pk=later.pk).exists()


def test_an_unreadable_answer_about_states_stays_until_one_of_its_own_day_is_read(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """What was true on the day of asking, no later answer says again."""
    connection = connect(alice, vendors, "callfire", days=3)
    run(connection)
    with tenant_scope(alice):
        whole = snapshots(connection, feed="stats").first()
        assert whole
        days = whole.from_day, whole.to_day
        same_day = make_snapshot(whole, whole.fetched_at - timedelta(hours=1), "unreadable", *days)
        day_before = make_snapshot(whole, whole.fetched_at - timedelta(days=1), "unreadable", *days)
    clock.shift(TWO_YEARS)
    assert prune(connection, datetime.now(UTC)).snapshots == 1
    with tenant_scope(alice):
        left = set(snapshots(connection).values_list("pk", flat=True))
    assert day_before.pk in left
    assert same_day.pk not in left


def test_an_unreadable_answer_to_which_figures_lead_stays(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """It was read before, by a reader that could."""
    connection = connect(alice, vendors, "boomstream", days=3)
    run(connection)
    with tenant_scope(alice):
        whole = snapshots(connection, feed="project.day").get()
        make_snapshot(whole, whole.fetched_at + timedelta(hours=1), "read", whole.from_day, whole.to_day)
        Snapshot.objects.filter(pk=whole.pk).update(state="unreadable")
    clock.shift(TWO_YEARS)
    assert prune(connection, datetime.now(UTC)).snapshots == 0


def test_a_restatement_outlives_the_answer_that_told_of_it(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "scaleengine", days=8)
    days = {"from_day": date(2026, 3, 4), "to_day": date(2026, 3, 4)}
    run(connection)
    for _ in range(2):
        clock.shift(timedelta(hours=1))
        fault(vendors, restate={"provider": "scaleengine", "day": "2026-03-04", "factor": 2})
        run(connection, **days)
    with tenant_scope(alice):
        noted = list(Restatement.objects.order_by("id").values_list("id", "old", "new"))
    assert noted
    clock.shift(TWO_YEARS)
    assert prune(connection, datetime.now(UTC)).snapshots == 2 * 2  # two applications
    with tenant_scope(alice):
        assert list(Restatement.objects.order_by("id").values_list("id", "old", "new")) == noted
        assert Restatement.objects.filter(snapshot=None).exists()


def test_what_was_seen_lately_stays(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """Also an old answer that came again."""
    connection = connect(alice, vendors, "scaleengine", days=3)
    live(connection, vendors, clock, days=1)
    with tenant_scope(alice):
        count = snapshots(connection).count()
    clock.shift(timedelta(days=399))
    assert command() == (0, "alice/scaleengine: 0 snapshots, 0 bytes freed\n", "")
    clock.shift(timedelta(days=2))
    with tenant_scope(alice):
        snapshots(connection).update(last_seen_at=datetime.now(UTC))
    assert command()[1] == "alice/scaleengine: 0 snapshots, 0 bytes freed\n"
    with tenant_scope(alice):
        assert snapshots(connection).count() == count


# --- The command ------------------------------------------------------------------------------------------------------


def test_a_line_for_each_connection(
    alice: Tenant, bob: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    mine, other = (connect(tenant, vendors, "scaleengine", days=3) for tenant in (alice, bob))
    live(mine, vendors, clock, days=1)
    live(other, vendors, clock, days=1)
    with tenant_scope(alice):
        count = snapshots(mine).count()
    with tenant_scope(bob):
        bobs = snapshots(other).count()
    clock.shift(timedelta(days=10))
    code, would, _ = command(tenant="alice", days=9, dry_run=True)
    assert code == 0
    with tenant_scope(alice):
        assert snapshots(mine).count() == count
    code, out, _ = command(tenant="alice", connection="scaleengine", days=9)
    assert (code, out) == (0, would.replace("would be freed", "freed"))
    with tenant_scope(alice):
        left = snapshots(mine).count()
        assert SnapshotPart.objects.values("snapshot").distinct().count() == left
    assert out.startswith(f"alice/scaleengine: {count - left} snapshots, ")
    with tenant_scope(bob):
        assert snapshots(other).count() == bobs
        Connection.objects.update(state=Connection.State.DELETED)
    assert command(tenant="bob", days=9)[0] == 0  # its figures stay, and its answers grow old like others
    with tenant_scope(bob):
        assert snapshots(other).count() < bobs


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tenant": "nobody"}, "no tenant “nobody”"),
        ({"connection": "nothing"}, "no connection “nothing”"),
        ({"days": -1}, "--days -1 is not between 0 and"),
        ({"days": 10**9}, "is not between 0 and"),
    ],
)
def test_wrong_arguments_are_exit_2(alice: Tenant, options: dict[str, Any], message: str) -> None:
    code, _, err = command(**options)
    assert code == 2
    assert message in err


def test_a_busy_or_unknown_connection_is_left_alone(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, second_session: Any
) -> None:
    busy = connect(alice, vendors, "scaleengine", days=3)
    connect(alice, vendors, "boomstream", slug="unknown")
    live(busy, vendors, clock, days=1)
    with tenant_scope(alice):
        Connection.objects.filter(slug="unknown").update(provider="vimeo")
        count = snapshots(busy).count()
    second_session.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, busy.pk])
    code, out, err = command(days=0)
    assert (code, out) == (1, "")
    assert "alice/scaleengine: scaleengine is being synced" in err
    assert "alice/unknown: There is no provider “vimeo”" in err
    with tenant_scope(alice):
        assert snapshots(busy).count() == count
