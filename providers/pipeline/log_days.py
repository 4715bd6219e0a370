"""A log beside lifetime counters: which days it replaces, and on which days its figures stand instead of differences.

247platform's answers have both: what a video has counted so far (a *reading*), and a log of its viewings, which may be *whole*
(it lists them all; the feed then reads it as series of Span.WHOLE_LOG), *partial*, or *roll* (its first days get lost).

    a log (Span.LOG, Span.WHOLE_LOG) replaces the days from its first to its last. One that begins later than an earlier
    reading's leaves its first day, which may be cut, as it is known; days before it keep what they have.

    up to the day of the last reading with a whole log, a day's figure is the log's, days before the first reading too
    on later days it is the difference between the day's last reading and the reading before it
    on that very day it is what the counter has gained since the day began: the whole log says what it stood at then (its
    total less what it lists of the day: the *opening*), so readings later that day may have a log that is whole or not

So no day is counted twice, whenever a log is whole for the first or the last time, and the days add up to the newest reading,
less what the whole log did not list (1 % at most), or less the first reading where no log was ever whole. All of it follows
from what is stored, so a replay comes to the same: `FeedProgress.log_from` is the day on which the log that begins earliest
begins, `FeedProgress.whole_log` by metric the day of the last reading with a whole log, the opening, and when the first was
fetched.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from providers.pipeline import counters_sql
from providers.pipeline.replaced_days import ReplacedDays
from providers.toolkit.feeds import Feed, Series, Span
from reporting.models import FeedProgress, Interval

LOGS = (Span.LOG, Span.WHOLE_LOG)
Ranges = Mapping[tuple[date, date], Sequence[Series]]


class LogDays:
    """Of one reading. `is_reread` where another version of our reader read the answer before."""

    def __init__(self, feed: Feed, replaced: ReplacedDays, progress: FeedProgress, *, is_reread: bool) -> None:
        self.replaced, self.progress, self.is_reread = replaced, progress, is_reread
        self.series = [series for series in feed.series if series.span in LOGS]
        self.of_log = sorted({series.metric for series in feed.series if series.span is Span.WHOLE_LOG})
        self.before = (progress.log_from, progress.whole_log)

    @property
    def is_whole(self) -> bool:
        return Span.WHOLE_LOG in self.replaced.seen

    @property
    def whole(self) -> list[str]:
        """The metrics of which the log lists everything."""
        return sorted({series.metric for series in self.series}) if self.is_whole else []

    @property
    def begins(self) -> date | None:
        log = self.replaced.seen.get(Span.LOG)
        return log[0] if log else None

    def ranges(self, cursor: CursorWrapper, values: Mapping[str, Any]) -> Ranges:
        """The days that the reading replaces, with their series; takes out of `incoming` what it must not touch."""
        ranges: Ranges = self.replaced.ranges()
        begins, known = self.begins, self.progress.log_from
        if begins is None:
            return ranges
        if known is not None and known < begins:
            metrics = sorted({series.metric for series in self.series})
            cursor.execute(counters_sql.LEAVE_CUT_DAY, {**values, "day": begins, "metrics": metrics})
            ranges = _after(begins, ranges)
        if suspects := self._suspects():
            hours = [one for one in self.series if one.span is Span.WHOLE_LOG and one.interval != Interval.DAY]
            ranges = {**ranges, suspects: [*ranges.get(suspects, []), *hours]}
        return ranges

    def note(self, cursor: CursorWrapper, fetched_at: datetime) -> None:
        """What the log says of itself; before the differences are made."""
        if not self.series:
            return
        logged = [day for day in (self.begins, self.progress.log_from) if day is not None]
        self.progress.log_from = min(logged, default=None)
        day = self._day_of_reading()
        if day is None or not self.is_whole:
            return
        cursor.execute(counters_sql.OPENINGS, {"of_log": self.of_log, "day": day})
        whole_log = dict(self.progress.whole_log)
        for metric, opening in cursor.fetchall():
            known = whole_log.get(metric, {})
            if day.isoformat() >= known.get("day", ""):
                since = known.get("since", fetched_at.isoformat())
                shown = None if opening is None else str(opening)
                whole_log[metric] = {"day": day.isoformat(), "opening": shown, "since": since}
        self.progress.whole_log = whole_log

    def parameters(self) -> dict[str, Any]:
        """For the statement that makes the differences."""
        whole = [{"metric": metric, "day": one["day"], "opening": one["opening"]} for metric, one in self._whole()]
        suspect_from, suspect_to = self._suspects() or (None, None)
        return {
            "of_log": self.of_log,
            "whole_logs": json.dumps(whole),
            "suspect_from": suspect_from,
            "suspect_to": suspect_to,
        }

    def save(self) -> None:
        """Where the reading leaves the rest of the progress alone."""
        if (self.progress.log_from, self.progress.whole_log) != self.before:
            self.progress.save()

    def _whole(self) -> list[tuple[str, dict[str, Any]]]:
        return list(self.progress.whole_log.items())

    def _day_of_reading(self) -> date | None:
        days = self.replaced.range_of(Span.READING)
        return days[1] if days else None

    def _suspects(self) -> tuple[date, date] | None:
        """Days of a partial log from which our reader took figures when it was another: their figures are made anew."""
        days = self.replaced.range_of(Span.LOG)
        if not self.is_reread or self.is_whole or days is None:
            return None
        whole_until = max((date.fromisoformat(one["day"]) for _, one in self._whole()), default=date.min)
        first = max(days[0], whole_until + timedelta(days=1)) if whole_until > date.min else days[0]
        last = max(days[1], self._day_of_reading() or days[1])
        return (first, last) if first <= last else None


def _after(day: date, ranges: Ranges) -> Ranges:
    """The same ranges, but those of logs without this day, which is their first."""
    found: dict[tuple[date, date], list[Series]] = {}
    for (first, last), series in ranges.items():
        logs = [one for one in series if one.span in LOGS]
        others = [one for one in series if one.span not in LOGS]
        for kept, start in ((others, first), (logs, first + timedelta(days=first == day))):
            if kept and start <= last:
                found.setdefault((start, last), []).extend(kept)
    return found
