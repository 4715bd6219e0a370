"""What is due: pure functions, so every case is a line or two."""

from datetime import UTC, date, datetime

import pytest

from providers.pipeline.plan import Calendar, due
from providers.pipeline.subjects import Subjects
from providers.toolkit.feeds import Cadence, Feed, Per
from providers.toolkit.requests import Window
from reporting.models import Asset, Connection, Days, FeedProgress, PpvAccess

TODAY = date(2026, 3, 10)
CALENDAR = Calendar(TODAY, date(2026, 1, 1), lookback_days=3)


def feed(cadence: Cadence, chunk_days: int = 31, **attributes: object) -> Feed:
    made = Feed()
    made.name, made.cadence, made.chunk_days, made.kinds = "f", cadence, chunk_days, ("video",)
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def windows(
    one: Feed, progress: FeedProgress | None = None, asset: Asset | None = None, **more: object
) -> list[Window]:
    asset = asset or Asset(pk=1, kind="video", external_id="a")
    known = {("f", asset.pk, None): progress} if progress else {}
    return [d.window for d in due(Subjects([(one, ("video",))], [asset], [], known), CALENDAR, **more)]


def d(month: int, day: int) -> date:
    return date(2026, month, day)


def test_it_works() -> None:
    """Newest first, so that a report is useful within minutes."""
    found = windows(feed(Cadence.RANGE))
    assert found[0] == (d(2, 8), d(3, 10))
    assert found[-1][0] == d(1, 1)
    assert sum(len(window.days()) for window in found) == 69


def test_only_what_is_not_final_is_due() -> None:
    progress = FeedProgress(covered=Days([(d(1, 1), d(3, 10))]), final=Days([(d(1, 1), d(3, 7))]))
    assert windows(feed(Cadence.RANGE), progress) == [(d(3, 8), d(3, 10))]
    assert windows(feed(Cadence.DAY), progress) == [(d(3, day), d(3, day)) for day in (10, 9, 8)]


def test_a_hole_is_due_after_the_provisional_days() -> None:
    progress = FeedProgress(covered=Days(), final=Days([(d(1, 1), d(1, 31)), (d(2, 3), d(3, 7))]))
    assert windows(feed(Cadence.RANGE), progress) == [(d(3, 8), d(3, 10)), (d(2, 1), d(2, 2))]


def test_months_are_asked_for_whole() -> None:
    assert windows(feed(Cadence.MONTH, chunk_days=366)) == [(d(1, 1), d(3, 31))]
    assert windows(feed(Cadence.MONTH, chunk_days=31)) == [
        (d(3, 1), d(3, 31)),
        (d(2, 1), d(2, 28)),
        (d(1, 1), d(1, 31)),
    ]
    assert windows(feed(Cadence.MONTH, chunk_days=62)) == [(d(2, 1), d(3, 31)), (d(1, 1), d(1, 31))]


def test_a_month_that_has_begun_is_asked_for_from_its_first_day() -> None:
    progress = FeedProgress(covered=Days(), final=Days([(d(1, 1), d(3, 7))]))
    assert windows(feed(Cadence.MONTH), progress) == [(d(3, 1), d(3, 31))]


@pytest.mark.parametrize(("lookback_days", "final"), [(7, d(3, 3)), (1, d(3, 9)), (0, d(3, 9))])
def test_days_within_the_lookback_can_still_change(lookback_days: int, final: date) -> None:
    """Today can always, as it is not over."""
    connection = Connection(time_zone="UTC", history_from=d(1, 1), lookback_days=lookback_days)
    assert Calendar.of(connection, datetime(2026, 3, 10, 12, tzinfo=UTC)).final_through == final


def test_each_asset_and_access_has_its_own_history() -> None:
    """One that is new is asked for all days, though others are done; nobody waits for it."""
    old, new = (Asset(pk=number, kind="video", external_id=f"a{number}") for number in (1, 2))
    everything = FeedProgress(covered=Days(), final=Days([(d(1, 1), d(3, 7))]))
    found = due(Subjects([(feed(Cadence.RANGE), ("video",))], [old, new], [], {("f", 1, None): everything}), CALENDAR)
    assert [one.window for one in found if one.asset == old] == [(d(3, 8), d(3, 10))]
    assert min(one.window.start for one in found if one.asset == new) == d(1, 1)
    accesses = [PpvAccess(pk=number, asset=old) for number in (1, 2)]
    sessions = [(feed(Cadence.RANGE, per=Per.ACCESS, chunk_days=366), ("video",))]
    found = due(Subjects(sessions, [old], accesses, {("f", 1, 1): everything}), CALENDAR)
    assert {one.access.pk: one.window.start for one in found if one.access} == {1: d(3, 8), 2: d(1, 1)}


def test_a_one_off_range_asks_for_its_days_and_no_others() -> None:
    progress = FeedProgress(covered=Days(), final=Days([(d(1, 1), d(3, 7))]))
    assert windows(feed(Cadence.DAY), progress, one_off=Window(d(1, 5), d(1, 6))) == [(d(1, 6),) * 2, (d(1, 5),) * 2]
    assert windows(feed(Cadence.NOW), one_off=Window(d(1, 5), d(1, 6))) == [(d(1, 5), d(1, 6))]


def test_a_feed_of_now_is_always_due() -> None:
    everything = FeedProgress(covered=Days(), final=Days([(d(1, 1), d(3, 10))]))
    assert windows(feed(Cadence.NOW), everything) == [(TODAY, TODAY)]


def test_what_finds_assets_comes_first() -> None:
    plain, finder = feed(Cadence.NOW), feed(Cadence.NOW, per=Per.CONNECTION, discovers=True, name="finder")
    found = due(Subjects([(plain, ("video",)), (finder, ())], [Asset(pk=1, kind="video")]), CALENDAR)
    assert [one.feed.name for one in found] == ["finder", "f"]


@pytest.mark.parametrize(
    ("modified", "read_at", "covered_to", "rests"),
    [
        (d(2, 1), datetime(2026, 2, 2, tzinfo=UTC), d(2, 2), True),
        (d(2, 3), datetime(2026, 2, 2, tzinfo=UTC), d(2, 3), False),  # modified since
        (d(2, 1), datetime(2026, 2, 2, tzinfo=UTC), d(1, 20), False),  # never read in full
        (date(2025, 12, 1), datetime(2026, 2, 2, tzinfo=UTC), d(1, 20), False),  # nor here, though it ended before that
    ],
)
def test_a_finished_broadcast_rests(modified: date, read_at: datetime, covered_to: date, rests: bool) -> None:
    stamp = datetime.combine(modified, datetime.min.time(), UTC)
    asset = Asset(pk=1, kind="video", settled_at=stamp, modified_at=stamp)
    progress = FeedProgress(covered=Days([(d(1, 1), covered_to)]), final=Days(), last_success=read_at)
    assert (windows(feed(Cadence.DAY), progress, asset) == []) is rests


def test_a_finished_broadcast_without_modification_time_is_asked_for_some_days_more() -> None:
    asset = Asset(pk=1, kind="video", settled_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert windows(feed(Cadence.RANGE), asset=asset)[0][1] == d(2, 4)


def test_today_is_the_providers() -> None:
    connection = Connection(time_zone="Asia/Tokyo", history_from=d(1, 1), lookback_days=3)
    assert Calendar.of(connection, datetime(2026, 3, 9, 15, 30, tzinfo=UTC)).today == TODAY
