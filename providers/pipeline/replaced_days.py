"""Which days of its series one reading replaces, found while its rows pass by."""

from datetime import date

from providers.pipeline.plan import Due
from providers.toolkit.feeds import Cadence, Feed, Series, Span
from providers.toolkit.requests import Reading, Window
from providers.toolkit.rows import Figure

ALL_DAYS = Window(date.min, date.max)


class ReplacedDays:
    """`number_of()` each figure as it passes; `range_of()` then says what the reading replaces. Each series and day that the
    answer names gets a number: an answer has many figures of few of them.

    A row for a day that was not asked for is dropped: that day is asked for by itself. A one-off range of a feed
    that only knows "now" keeps to its days in all series.
    """

    def __init__(self, feed: Feed, window: Window, *, one_off: bool, within: Window | None = None) -> None:
        self.feed = feed
        self.within = within or ALL_DAYS
        self.window = Window(max(window.start, self.within.start), min(window.end, self.within.end))
        self.bounds = self.window if feed.cadence is Cadence.NOW and one_off else self.within
        self.series: dict[tuple[str, str, str], Series] = {(s.metric, s.interval, s.dimension): s for s in feed.series}
        self.seen: dict[Span, tuple[date, date]] = {}  # in the whole answer, whatever days of it are replaced
        self.numbers: dict[tuple[str, str, str, date], int] = {}  # of (metric, interval, dimension, day)

    @classmethod
    def of(cls, due: Due, reading: Reading, within: Window | None = None) -> "ReplacedDays":
        """A feed of "now" that was asked for other days than the day of asking is a one-off."""
        one_off = due.feed.cadence is Cadence.NOW and tuple(reading.window) != (reading.day, reading.day)
        return cls(due.feed, reading.window, one_off=one_off, within=within)

    def number_of(self, figure: Figure) -> int | None:
        """None where the reading does not touch its day. Raises TypeError for a series that the feed does not own."""
        series_day = (figure.metric, figure.interval, figure.dimension, figure.day)
        number = self.numbers.get(series_day)
        if number is None and self._admits(figure):
            number = self.numbers[series_day] = len(self.numbers)
        return number

    def _admits(self, figure: Figure) -> bool:
        series = self.series.get((figure.metric, figure.interval, figure.dimension))
        if series is None:
            raise TypeError(
                f"feed {self.feed.name} reads {figure.metric} by {figure.interval} {figure.dimension}, which it does not own"
            )
        day = figure.day
        if series.span is Span.WINDOW:
            return self.window.start <= day <= self.window.end
        first, last = self.seen.get(series.span, (day, day))
        self.seen[series.span] = (min(first, day), max(last, day))
        return self.bounds.start <= day <= self.bounds.end

    def range_of(self, span: Span) -> tuple[date, date] | None:
        """The first and last day that the reading replaces in series of this span; None where it replaces nothing."""
        if span is Span.WINDOW:
            return self.window.start, self.window.end
        if span not in self.seen:
            return None
        first, last = max(self.seen[span][0], self.bounds.start), min(self.seen[span][1], self.bounds.end)
        return (first, last) if first <= last else None

    def ranges(self) -> dict[tuple[date, date], list[Series]]:
        """Ranges of days, each with the series that the reading replaces in it."""
        found: dict[tuple[date, date], list[Series]] = {}
        for series in self.feed.series:
            days = self.range_of(series.span)
            if days:
                found.setdefault(days, []).append(series)
        return found
