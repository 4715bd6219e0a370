"""Final days are asked for again, a few with each sync, until a round is over: silent restatements come to light."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from providers.pipeline import plan, reread
from providers.pipeline.plan import Calendar
from providers.pipeline.reread import Rhythm
from providers.pipeline.subjects import Subjects
from providers.sandbox import Sandbox
from providers.toolkit.feeds import Cadence, Feed, Per
from reporting.models import Asset, Days, FeedProgress, Restatement, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.clock import START
from tests.support.line import connect, fault, ledger, run, truth

CALENDAR = Calendar(START.date(), date(2026, 1, 1), lookback_days=3, now=START)
HISTORY = (date(2026, 1, 1), date(2026, 3, 7))  # 66 final days


# --- Which windows, and how many: pure --------------------------------------------------------------------------------


def feed(cadence: Cadence = Cadence.DAY, **attributes: Any) -> Feed:
    made = Feed()
    made.name, made.cadence, made.per, made.chunk_days = "f", cadence, Per.ASSET, 31
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def progress(days_ago: float, done: Days | None = None, **more: Any) -> FeedProgress:
    """All of the history is final; the round began so long ago."""
    days = Days([HISTORY])
    since = START - timedelta(days=days_ago)
    return FeedProgress(covered=days, final=days, reread=done or Days(), reread_since=since, **more)


def chosen(one: Feed, known: dict[int, FeedProgress], assets: list[Asset] | None = None, **rhythm: Any) -> list[str]:
    """Asset and days of what this sync reads again."""
    assets = assets or [Asset(pk=pk, kind="video", external_id=f"a{pk}") for pk in known]
    feeds, keyed = [(one, ("video",))], {("f", pk, None): row for pk, row in known.items()}
    subjects = Subjects(feeds, assets, [], keyed)
    found = reread.rereads(plan.due(subjects, CALENDAR), subjects, CALENDAR, Rhythm(START, **rhythm))
    return [f"{d.asset} {d.window.start} {d.window.end}" for d in found]


def test_a_round_is_spread_over_its_time() -> None:
    """66 days in 30 days of hourly syncs: one with each, the newest first."""
    assert chosen(feed(), {1: progress(days_ago=0)}) == ["a1 2026-03-07 2026-03-07"]
    assert len(chosen(feed(), {1: progress(days_ago=0)}, sync_every=timedelta(days=1))) == 3  # 66 in 30
    assert len(chosen(feed(), {1: progress(days_ago=29.5)})) == 6  # 66 in the 12 that are left
    assert len(chosen(feed(), {1: progress(days_ago=30)})) == 66


def test_each_round_ends_in_its_own_time() -> None:
    """One that ends soon brings its own windows forward, not all that wait."""
    both = {1: progress(days_ago=0), 2: progress(days_ago=29.5)}
    assert chosen(feed(), both) == [f"a2 2026-03-{day:02} 2026-03-{day:02}" for day in range(7, 1, -1)]


def test_what_the_round_has_read_is_not_read_again() -> None:
    done = Days([(date(2026, 1, 2), date(2026, 3, 7))])
    assert chosen(feed(), {1: progress(0, done)}) == ["a1 2026-01-01 2026-01-01"]
    assert chosen(feed(), {1: progress(0, Days([HISTORY]))}) == []


def test_days_before_the_history_are_left_alone() -> None:
    """They are final where it began earlier once, or where a month was asked for as a whole."""
    known = progress(30, Days([HISTORY]))
    known.final = Days([(date(2025, 11, 1), date(2026, 3, 7))])
    assert chosen(feed(), {1: known}) == []


def test_the_newest_of_what_is_left_comes_first() -> None:
    done = Days([(date(2026, 1, 3), date(2026, 3, 6))])
    left = chosen(feed(), {1: progress(30, done)})
    assert left == [f"a1 {day} {day}" for day in ("2026-03-07", "2026-01-02", "2026-01-01")]


def test_ranges_and_months_are_cut_as_the_feed_says() -> None:
    assert chosen(feed(Cadence.RANGE, chunk_days=31), {1: progress(30)})[0] == "a1 2026-02-05 2026-03-07"
    # March is due anyway, as a whole.
    assert chosen(feed(Cadence.MONTH), {1: progress(30)}) == ["a1 2026-02-01 2026-02-28", "a1 2026-01-01 2026-01-31"]
    assert chosen(feed(Cadence.NOW), {1: progress(30)}) == []


def test_one_that_fails_comes_last() -> None:
    both = {1: progress(0, failures=3), 2: progress(0)}
    assert chosen(feed(), both) == ["a2 2026-03-07 2026-03-07"]


@pytest.mark.parametrize("why", ["settled_at", "unlisted_since", "not_found_since"])
def test_what_is_finished_or_gone_does_not_change(why: str) -> None:
    asset = Asset(pk=1, kind="video", external_id="a1", **{why: START})
    assert chosen(feed(), {1: progress(30)}, [asset]) == []


def test_never() -> None:
    assert chosen(feed(), {1: progress(30)}, reread_every=timedelta(0)) == []


# --- For real ---------------------------------------------------------------------------------------------------------


def test_a_silent_restatement_comes_to_light(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """The provider changes a day that nobody asks for any more. Within the round its new figures are here."""
    rhythm = {"sync_every": timedelta(days=1), "reread_every": timedelta(days=4)}
    connection = connect(alice, vendors, "scaleengine", days=12, **rhythm)
    assert run(connection).state == SyncRun.State.SUCCEEDED
    fault(vendors, restate={"provider": "scaleengine", "day": "2026-03-01", "factor": 3})
    asked = []
    for _ in range(8):  # a round, and the one in which the change falls
        clock.shift(timedelta(days=1))
        before = len(vendors.requests)
        assert run(connection).state == SyncRun.State.SUCCEEDED
        asked.append(len(vendors.requests) - before)
    assert ledger(connection) == truth(vendors, connection)
    with tenant_scope(alice):
        told = Restatement.objects.values_list("day", "cause").distinct().order_by()
        assert list(told) == [(date(2026, 3, 1), "provider")]
    assert max(asked) - min(asked) <= 5 * 2  # evenly: with each sync a few days more, of each application


def test_without_rounds_it_stays_hidden(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    connection = connect(alice, vendors, "scaleengine", days=12, reread_every=timedelta(0))
    run(connection)
    fault(vendors, restate={"provider": "scaleengine", "day": "2026-03-01", "factor": 3})
    clock.shift(timedelta(days=40))
    run(connection)
    assert ledger(connection) != truth(vendors, connection)


def test_a_range_that_a_person_asks_for_is_all_that_is_asked(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "scaleengine", days=12, sync_every=timedelta(days=1))
    run(connection)
    clock.shift(timedelta(days=30))
    day = START.date() - timedelta(days=8)
    with tenant_scope(alice):
        before = set(Snapshot.objects.values_list("from_day", "to_day", "times_seen"))
    run(connection, from_day=day, to_day=day)
    with tenant_scope(alice):
        asked = set(Snapshot.objects.values_list("from_day", "to_day", "times_seen")) - before
    assert asked == {(day, day, 2)}
