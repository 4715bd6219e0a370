"""Step 0 of the line: what is due. Pure functions of the connection's feeds, their progress and the time.

Every day from `history_from` to today that is not final is due, and each of which a reading is held. Windows with provisional
days come first, then history, the newest first, so that a report is useful within minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from providers.pipeline.subjects import Subjects
from providers.toolkit.feeds import Cadence, Feed
from providers.toolkit.requests import Window
from reporting.models import Asset, Days, FeedProgress, PpvAccess
from reporting.periods import EARLIEST

DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
NEVER = datetime.max.replace(tzinfo=UTC)
ASK_THE_LOST_EVERY = DAY  # an asset that the provider does not know, unless it knows none


@dataclass(frozen=True)
class Due:
    """One reading to be made."""

    feed: Feed
    window: Window
    asset: Asset | None = None
    access: PpvAccess | None = None
    one_off: bool = False  # asked for by a person: leaves the progress alone

    def __str__(self) -> str:
        about = f" of {self.access or self.asset}" if self.asset else ""
        start, end = self.window
        return f"{self.feed.name}{about}, {start}" + (f" to {end}" if end != start else "")


@dataclass(frozen=True)
class Calendar:
    """The days that matter to a connection, by its provider's clock."""

    today: date
    history_from: date
    lookback_days: int
    zone: ZoneInfo = UTC_ZONE
    now: datetime = NEVER

    @classmethod
    def of(cls, connection: Any, now: datetime) -> "Calendar":
        zone = ZoneInfo(connection.time_zone)
        history_from = max(connection.history_from, EARLIEST)
        return cls(now.astimezone(zone).date(), history_from, connection.lookback_days, zone, now)

    @property
    def final_through(self) -> date:
        """The last day that can't change any more, as far as we look back."""
        return self.today - max(self.lookback_days, 1) * DAY  # today itself is never over


def due(subjects: Subjects, calendar: Calendar, one_off: Window | None = None) -> list[Due]:
    """All readings that are due now."""
    found: list[Due] = []
    seldom = any(
        asset.gone_since is None for asset in subjects.assets
    )  # where all are gone, more is wrong than one asset
    for feed, asset, access, progress in subjects:
        if one_off:
            cut = windows(feed, Days([one_off]), calendar, one_off)
        elif seldom and _was_not_found(asset, progress, calendar):
            continue
        else:
            cut = windows(feed, days_due(feed, asset, progress, calendar), calendar)
        found += [Due(feed, window, asset, access, one_off is not None) for window in cut]
    # Python's sort is stable: feeds keep their order within a day.
    return sorted(found, key=lambda due: (not due.feed.discovers, -due.window.end.toordinal()))


def days_due(feed: Feed, asset: Asset | None, progress: FeedProgress | None, calendar: Calendar) -> Days:
    """The days that a feed still has to read for an asset."""
    if feed.cadence is Cadence.NOW:
        return Days([(calendar.today, calendar.today)])
    end = calendar.today
    held = progress.held & Days([(calendar.history_from, end)]) if progress else Days()
    if asset is not None and asset.settled_at is not None:
        if _rests(asset, progress, calendar):
            return held
        if asset.modified_at is None:
            end = min(end, asset.settled_at.date() + calendar.lookback_days * DAY)
    wanted = Days([(calendar.history_from, end)])
    return (wanted - progress.final) | held if progress else wanted


def _rests(asset: Asset, progress: FeedProgress | None, calendar: Calendar) -> bool:
    """A finished asset is not asked again once it was read in full (every day up to the last reading's) since it was last
    modified."""
    if progress is None or progress.last_success is None or asset.modified_at is None:
        return False
    read_on = min(progress.last_success.astimezone(calendar.zone).date(), calendar.today)
    return progress.last_success > asset.modified_at and not Days([(calendar.history_from, read_on)]) - progress.covered


def _was_not_found(asset: Asset | None, progress: FeedProgress | None, calendar: Calendar) -> bool:
    """The provider did not know it a moment ago."""
    if asset is None or asset.not_found_since is None or progress is None or progress.failed_at is None:
        return False
    return calendar.now - progress.failed_at < ASK_THE_LOST_EVERY


def windows(feed: Feed, days: Days, calendar: Calendar, one_off: Window | None = None) -> Iterator[Window]:
    """The days cut into what one reading can cover, newest first."""
    if feed.cadence is Cadence.NOW:
        yield one_off or Window(calendar.today, calendar.today)
        return
    if feed.cadence is Cadence.MONTH:
        days = Days((start.replace(day=1), _month_end(end)) for start, end in days.ranges)
    for start, end in reversed(days.ranges):
        while end >= start:
            first = _cut(feed, start, end)
            yield Window(first, end)
            end = first - DAY


def _cut(feed: Feed, start: date, end: date) -> date:
    """The first day of the newest window in start…end."""
    if feed.cadence is Cadence.DAY:
        return end
    first = max(start, end - (feed.chunk_days - 1) * DAY)
    if feed.cadence is Cadence.MONTH and first > start:
        following = _month_end(first) + DAY
        return first if first.day == 1 else min(following, end.replace(day=1))
    return first


def _month_end(day: date) -> date:
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY
