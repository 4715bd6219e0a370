"""What a provider takes back: assets that it does not know any more, counters since ever that go backwards."""

from datetime import date, timedelta

import pytest
import time_machine

from providers import registry
from providers.pipeline import assets, feed_progress
from providers.pipeline.plan import Due
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.sandbox.vendors.boomstream.accounts import second_media
from providers.toolkit.errors import NotFound
from providers.toolkit.requests import Window
from providers.toolkit.rows import AssetSeen
from reporting.models import Asset, CounterReset, Days, Fact, FeedProgress, Restatement, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.clock import START
from tests.support.factories import make_asset, make_connection
from tests.support.line import connect, fault, ledger, run

pytestmark = pytest.mark.vendors(assets=3)
State = SyncRun.State


def gone(alice: Tenant) -> dict[str, tuple[bool, bool]]:
    """Asset -> (not in the list any more, not found when asked for)."""
    with tenant_scope(alice):
        found = Asset.objects.exclude(kind=Asset.Kind.ACCOUNT)
        return {a.external_id: (a.unlisted_since is not None, a.not_found_since is not None) for a in found}


# --- Assets -----------------------------------------------------------------------------------------------------------


def test_it_works(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """CallFire's lists name a broadcast no more: it is gone since the first of two, its figures stay, and it may come back."""
    connection = connect(alice, vendors, "callfire", days=3)
    run(connection)
    assert set(gone(alice).values()) == {(False, False)}
    kept = ledger(connection)
    vendors.assets = 2
    clock.shift(timedelta(hours=1))
    run(connection)
    assert not any(unlisted for unlisted, _ in gone(alice).values())  # the list may have changed while it was read
    clock.shift(timedelta(hours=1))
    run(connection)  # an equal one
    with tenant_scope(alice):
        (lost,) = Asset.objects.exclude(unlisted_since=None)
        assert lost.gone_since == START + timedelta(hours=1)
    vendors.assets = 1
    for _ in range(2):
        clock.shift(timedelta(hours=1))
        run(connection)
    with tenant_scope(alice):
        since = sorted(asset.unlisted_since - START for asset in Asset.objects.exclude(unlisted_since=None))
    assert since == [timedelta(hours=1), timedelta(hours=3)]  # not since it was last missed
    assert {cell for cell in kept if cell[5] == lost.external_id} <= set(ledger(connection))
    vendors.assets = 3
    clock.shift(timedelta(days=1, hours=1))
    assert run(connection).state == State.SUCCEEDED
    assert set(gone(alice).values()) == {(False, False)}


def test_one_that_is_not_found_is_asked_for_once_a_day(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """It fails the run that asks for it, holds up no other, and does not make every run partial for ever."""
    connection = connect(alice, vendors, "247platform", days=3)
    with tenant_scope(alice):
        dead = Asset.objects.create(
            tenant=alice, connection=connection, external_id="no-such-video", kind=Asset.Kind.VIDEO
        )
    states = []
    for _ in range(3):
        states.append(run(connection).state)
        clock.shift(timedelta(hours=9))
    assert states == [State.PARTIAL, State.SUCCEEDED, State.SUCCEEDED]
    assert run(connection).state == State.PARTIAL  # a day later
    assert gone(alice)["no-such-video"] == (False, True)
    with tenant_scope(alice):
        dead.refresh_from_db()
        assert dead.gone_since == START
        assert Fact.objects.exclude(asset=dead).exists()


def test_where_none_is_found_all_are_asked_for(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """A wrong address must not look like a quiet success."""
    connection = connect(alice, vendors, "247platform", days=3)
    vendors.assets = 0
    for _ in range(2):
        assert run(connection).state == State.FAILED
        clock.shift(timedelta(hours=1))
    vendors.assets = 3
    assert run(connection).state == State.SUCCEEDED
    assert set(gone(alice).values()) == {(False, False)}


def test_many_that_are_not_found_are_no_provider_that_is_down(alice: Tenant, vendors: Sandbox) -> None:
    """Each of them got an answer: the run asks for all the others."""
    connection = connect(alice, vendors, "247platform", days=3)
    with tenant_scope(alice):
        living = set(Asset.objects.values_list("external_id", flat=True))
        Asset.objects.all().delete()
        for number in range(7):  # first in order, and more than the failures in a row after which a run gives up
            Asset.objects.create(tenant=alice, connection=connection, external_id=f"dead-{number}", kind="video")
        for name in living:
            Asset.objects.create(tenant=alice, connection=connection, external_id=name, kind="video")
    ended = run(connection)
    assert {error["error"] for error in ended.errors} == {"NotFound"}
    assert {cell[5] for cell in ledger(connection)} == living


def test_an_asset_that_a_person_named_is_in_no_list(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """It may be of another project, or hidden: the list speaks of what it named itself."""
    connection = connect(alice, vendors, "boomstream", days=3)
    by_hand = make_asset(connection, second_media("north"))
    for _ in range(3):
        run(connection)
        clock.shift(timedelta(hours=1))
    with tenant_scope(alice):
        by_hand.refresh_from_db()
        listed = Asset.objects.exclude(kind=Asset.Kind.ACCOUNT).exclude(pk=by_hand.pk)
        assert set(listed.values_list("listed_by", flat=True)) == {"media", "live", "playlists"}
        assert not Asset.objects.exclude(unlisted_since=None).exists()
    assert by_hand.listed_by == ""


def test_an_account_that_is_not_found_is_not_gone(alice: Tenant) -> None:
    """It is no thing of the provider's that was deleted, but a typing mistake of ours."""
    connection = make_connection(alice, provider="smartstream")
    account, video = (make_asset(connection, kind, kind) for kind in (Asset.Kind.ACCOUNT, Asset.Kind.VIDEO))
    (feed, *_), window = registry.get("smartstream").feeds, Window(START.date(), START.date())
    for asset in (account, video):
        feed_progress.note_failure(
            connection, Due(feed, window, asset), NotFound("SmartSTREAM does not know this (404).")
        )
    assert gone(alice) == {"video": (False, True)}
    with tenant_scope(alice):
        account.refresh_from_db()
    assert account.gone_since is None


def test_one_that_was_modified_is_read_in_full_again(alice: Tenant) -> None:
    """What was read of its provisional days before says nothing of what they are now."""
    connection = make_connection(alice, provider="callfire")
    asset, day = make_asset(connection, "7", Asset.Kind.BROADCAST), START.date()
    days = {
        "covered": Days([(day - timedelta(days=9), day)]),
        "final": Days([(day - timedelta(days=9), day - timedelta(days=3))]),
    }
    with tenant_scope(alice):
        progress = FeedProgress.objects.create(tenant=alice, connection=connection, feed="stats", asset=asset, **days)
        told = AssetSeen("7", "broadcast", "Final", "FINISHED", START, settled=True)
        for again in (False, True):
            assets.store(connection, [told], START + timedelta(minutes=1))
            progress.refresh_from_db()
            assert progress.covered == (days["covered"] if again else days["final"])
            progress.covered = days["covered"]
            progress.save()


# --- Counters ---------------------------------------------------------------------------------------------------------


def test_a_counter_that_goes_backwards_is_told_of(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """247platform takes views back: the day's difference is negative, and it is said which reading was lower than which."""
    connection = connect(alice, vendors, "247platform", days=3)
    run(connection)
    clock.shift(timedelta(days=1))
    for days_ago in range(1, 60):
        day = (START.date() - timedelta(days=days_ago)).isoformat()
        fault(vendors, restate={"provider": "247platform", "day": day, "factor": 0})
    run(connection)
    with tenant_scope(alice):
        resets = CounterReset.objects.filter(metric="data_out").select_related("asset")
        assert {reset.asset.external_id for reset in resets} == set(gone(alice))
        for reset in resets:
            assert (reset.day_before, reset.day) == (date(2026, 3, 10), date(2026, 3, 11))
            difference = Fact.objects.get(
                metric="data_out", interval="day", dimension="", asset=reset.asset, day=reset.day
            )
            assert reset.new - reset.old == difference.value < 0
        told = CounterReset.objects.count()
        assert set(CounterReset.objects.values_list("metric", flat=True)) >= {"plays", "watch_time", "data_out", "cost"}
        assert not Restatement.objects.filter(interval="lifetime").exists()
    run(connection)
    clock.shift(timedelta(days=1))
    run(connection)
    replay(connection)
    with tenant_scope(alice):
        assert CounterReset.objects.count() == told


def test_within_one_day_too(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    connection = connect(alice, vendors, "247platform", days=3)
    run(connection)
    clock.shift(timedelta(minutes=10))
    for days_ago in range(1, 60):
        day = (START.date() - timedelta(days=days_ago)).isoformat()
        fault(vendors, restate={"provider": "247platform", "day": day, "factor": 0})
    run(connection)
    with tenant_scope(alice):
        reset = CounterReset.objects.filter(metric="plays").first()
        assert reset is not None
        assert reset.day == reset.day_before == START.date()
        assert reset.new < reset.old


def test_a_replay_tells_of_none(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """It reads the morning's answer over the evening's, which was higher."""
    connection = connect(alice, vendors, "247platform", days=3)
    run(connection)
    clock.shift(timedelta(hours=17))  # the videos were seen meanwhile
    assert run(connection).facts_written > 0
    assert replay(connection).facts_written > 0
    with tenant_scope(alice):
        assert not CounterReset.objects.exists()
