"""CallFire's truth, as facts."""

from collections.abc import Iterator
from decimal import Decimal

from ...ledger_fact import Fact, FactFilter, days_asked
from ...truth import Moment
from .accounts import ACCOUNTS, NAME
from .figures import day_stats, states


def facts(moment: Moment, account: str, asked: FactFilter) -> Iterator[Fact]:
    """Usage and results by day, zeros too, because the vendor states them; states on the clock's day."""
    today = moment.today(NAME)
    if not any(asked.allows("day", dimension) for dimension in ("", "result")):
        return
    for broadcast, _, _ in ACCOUNTS.assets(account, moment.assets):
        for day in days_asked(moment, NAME, asked):
            stats = day_stats(moment, account, broadcast, day)
            usage: dict[str, int | Decimal] = {
                "call_duration": stats.duration,
                "billed_duration": stats.billed_duration,
                "billed_credits": stats.billed_amount,
                "attempts": stats.attempts,
                "actions": stats.actions,
            }
            for metric, value in usage.items():
                yield Fact(NAME, account, broadcast, metric, value, day)
            for result, (attempts, actions) in stats.results.items():
                yield Fact(NAME, account, broadcast, "attempts", attempts, day, "day", "result", result)
                yield Fact(NAME, account, broadcast, "actions", actions, day, "day", "result", result)
        if asked.first <= today <= asked.last:
            metrics = {"Unattempted": "unattempted", "RetryWait": "retry_wait", "Finished": "finished"}
            for state, value in states(moment, account, broadcast).items():
                yield Fact(NAME, account, broadcast, metrics[state], value, today)
