"""A loss is believed when it comes twice: part of `store.py`.

An answer that would take away every figure of a past day is more often a fault of the provider's than a correction. Such a
reading is *held*: kept as a snapshot, its days due again, and what is stored stays. It is believed when a second reading, asked
for at least `ASK_AGAIN_AFTER` later, says the same, with no good answer between the two.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from providers.pipeline import facts_sql as sql
from providers.pipeline.plan import Due
from providers.toolkit.errors import Held
from providers.toolkit.feeds import Cadence
from reporting.models import Connection, Days, Interval, Snapshot

ASK_AGAIN_AFTER = timedelta(minutes=10)


def lost_days(cursor: CursorWrapper, values: Mapping[str, Any], due: Due, today: date, whole: Sequence[str]) -> Days:
    """The days before today that have figures other than zero, and would have none, once `changed` is written. Of a lifetime
    counter the day of the reading, where the reading before had figures and this one has none. `whole`: metrics of a log that
    says of itself that it lists everything."""
    lost = []
    cursor.execute(sql.LOST_DAYS, {"today": today, "whole": list(whole)})
    lost += [(day, day) for (day,) in cursor.fetchall()]
    lifetime = sorted({series.metric for series in due.feed.series if series.interval == Interval.LIFETIME})
    if lifetime and due.asset is not None:
        cursor.execute(sql.LOST_LIFETIME, {**values, "metrics": lifetime, "today": today})
        lost += [(today, today)] if cursor.fetchone() else []
    return Days(lost)


def check(connection: Connection, due: Due, snapshot: Snapshot, lost: Days) -> None:
    """Raises Held unless each of the `lost` days was lost in an earlier reading, too."""
    if lost and lost - _lost_before(connection, due, snapshot):
        raise Held(_sentence(lost), lost)


def _lost_before(connection: Connection, due: Due, snapshot: Snapshot) -> Days:
    """What earlier readings that are held would have taken away, unless a good one of the same days came after them."""
    earlier = Snapshot.objects.filter(
        connection=connection,
        feed=due.feed.name,
        asset=due.asset,
        access_id=snapshot.access_id,
        state__in=(Snapshot.State.READ, Snapshot.State.HELD),
        is_whole=True,
        id__lt=snapshot.pk,
    ).order_by("-id")
    lost, answered = Days(), Days()
    for state, first, last, fetched_at, days in earlier.values_list(
        "state", "from_day", "to_day", "fetched_at", "lost"
    ):
        if state == Snapshot.State.HELD:
            if snapshot.fetched_at - fetched_at >= ASK_AGAIN_AFTER:
                lost = lost | (days - answered)
        elif due.feed.cadence is Cadence.NOW:  # it spoke of all days
            break
        else:
            answered = answered | Days([(first, last)])
            if first <= snapshot.from_day and last >= snapshot.to_day:
                break
    return lost


def _sentence(lost: Days) -> str:
    count, first, last = len(lost), lost.first, lost.last
    days = f"{first}" if count == 1 else f"{count} days ({first} to {last})"
    minutes = ASK_AGAIN_AFTER // timedelta(minutes=1)
    return (
        f"Held: this answer would take away all figures of {days}. They stay as they are, unless a second answer, asked for"
        f" at least {minutes} minutes later, says the same."
    )
