"""The truth of CallFire and ScaleEngine, as facts, and the table of all five."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

from .accounts import APPS, external_ids, video_url
from .fact import Fact, Wanted, within
from .facts_video import boomstream_facts, platform247_facts, smartstream_facts
from .truth import Moment
from .vendors.callfire import api as callfire
from .vendors.scaleengine import figures as scaleengine


def callfire_facts(moment: Moment, account: str, wanted: Wanted) -> Iterator[Fact]:
    """Usage and results by day, zeros too, because the vendor states them; states on the clock's day."""
    name, today = callfire.NAME, moment.today(callfire.NAME)
    if not any(wanted.may("day", dimension) for dimension in ("", "result")):
        return
    for broadcast, _, _ in external_ids(account, name, moment.assets):
        for day in within(moment, name, wanted):
            stats = callfire.day_stats(moment, account, broadcast, day)
            usage: dict[str, int | Decimal] = {
                "call_duration": stats.duration,
                "billed_duration": stats.billed_duration,
                "billed_credits": stats.billed_amount,
                "attempts": stats.attempts,
                "actions": stats.actions,
            }
            for metric, value in usage.items():
                yield Fact(name, account, broadcast, metric, value, day)
            for result, (attempts, actions) in stats.results.items():
                yield Fact(name, account, broadcast, "attempts", attempts, day, "day", "result", result)
                yield Fact(name, account, broadcast, "actions", actions, day, "day", "result", result)
        if wanted.first <= today <= wanted.last:
            metrics = {"Unattempted": "unattempted", "RetryWait": "retry_wait", "Finished": "finished"}
            for state, value in callfire.states(moment, account, broadcast).items():
                yield Fact(name, account, broadcast, metrics[state], value, today)


def scaleengine_facts(moment: Moment, account: str, wanted: Wanted) -> Iterator[Fact]:
    """Bytes and requests by day and video over both apps; rows of one video added up."""
    if not wanted.may("day"):
        return
    _, row_at = scaleengine.rows_of(moment, account, APPS[account])
    for day in within(moment, scaleengine.NAME, wanted):
        weights = scaleengine.period_weights(moment, account, [day])
        sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for position in range(moment.rows):
            row = row_at(position)
            total, asked = scaleengine.usage(moment, account, weights, row)
            sums[scaleengine.video_number(row)][0] += total
            sums[scaleengine.video_number(row)][1] += asked
        for number, (total, asked) in sums.items():
            url = video_url(account, number)
            yield Fact(scaleengine.NAME, account, url, "data_transfer", total, day)
            yield Fact(scaleengine.NAME, account, url, "requests", asked, day)


FACTS: dict[str, Callable[[Moment, str, Wanted], Iterator[Fact]]] = {
    "247platform": platform247_facts,
    "boomstream": boomstream_facts,
    "smartstream": smartstream_facts,
    "callfire": callfire_facts,
    "scaleengine": scaleengine_facts,
}
