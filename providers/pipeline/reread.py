"""Final days asked for again, since a provider may change them without a word.

A *round* goes over all final days of a feed and asset within the connection's `reread_every`, a few windows with each sync, so
that it never holds up what is due. `FeedProgress.reread` says how far the round has come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Q

from providers.pipeline.plan import Calendar, Due, windows
from providers.pipeline.subjects import Subjects
from providers.toolkit.feeds import Cadence, Feed
from reporting.models import Asset, Connection, Days, FeedProgress

REREAD_EVERY = timedelta(days=30)  # unless the connection says otherwise
SYNC_EVERY = timedelta(hours=1)
SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True)
class Rhythm:
    """How often a connection is synced, and how long a round may take; `reread_every` of 0 is never."""

    now: datetime
    sync_every: timedelta = SYNC_EVERY
    reread_every: timedelta = REREAD_EVERY

    @classmethod
    def of(cls, connection: Connection, now: datetime) -> "Rhythm":
        every = REREAD_EVERY if connection.reread_every is None else connection.reread_every
        return cls(now, max(connection.sync_every or SYNC_EVERY, SHORTEST), every)

    def syncs_until(self, deadline: datetime) -> int:
        """At least this one."""
        return max(1, (deadline - self.now) // self.sync_every)


def begin_rounds(connection: Connection, rhythm: Rhythm) -> None:
    """Where a round is over, the next one begins; in the tenant's scope."""
    if rhythm.reread_every:
        over = Q(reread_since=None) | Q(reread_since__lte=rhythm.now - rhythm.reread_every)
        FeedProgress.objects.filter(over, connection=connection).update(reread=Days(), reread_since=rhythm.now)


def rereads(due_anyway: Sequence[Due], subjects: Subjects, calendar: Calendar, rhythm: Rhythm) -> list[Due]:
    """The readings of final days that this sync makes beside what is due: so many that each round ends in time. What has
    failed lately comes last, so that one that always fails holds no other up."""
    if not rhythm.reread_every:
        return []
    asked = {(d.feed.name, d.asset, d.access): d.window for d in due_anyway if d.feed.cadence is Cadence.MONTH}
    waiting: list[tuple[bool, datetime, Due]] = []
    for feed, asset, access, known in subjects:
        if known is None or known.reread_since is None or not _may_change(feed, asset):
            continue
        for window in windows(feed, _left(known, calendar), calendar):
            if asked.get((feed.name, asset, access)) != window:  # a month that is asked for anyway
                deadline = known.reread_since + rhythm.reread_every
                waiting.append((known.failures > 0, deadline, Due(feed, window, asset, access)))
    waiting.sort(key=lambda one: one[:2])
    return [due for *_, due in waiting[: _allowance([deadline for _, deadline, _ in waiting], rhythm)]]


def _may_change(feed: Feed, asset: Asset | None) -> bool:
    """A state is asked for with each sync; what is finished or gone does not change."""
    return feed.cadence is not Cadence.NOW and (
        asset is None or (asset.settled_at is None and asset.gone_since is None)
    )


def _left(known: FeedProgress, calendar: Calendar) -> Days:
    return (known.final & Days([(calendar.history_from, calendar.today)])) - known.reread


def _allowance(deadlines: list[datetime], rhythm: Rhythm) -> int:
    """How many to read now, so that evenly many with each sync meet every deadline."""
    counted = enumerate(sorted(deadlines), start=1)
    return max((ceil(count / rhythm.syncs_until(deadline)) for count, deadline in counted), default=0)
