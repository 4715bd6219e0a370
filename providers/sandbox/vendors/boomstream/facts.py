"""Boomstream's truth, as facts."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial

from ...ledger_fact import Fact, FactFilter, days_asked
from ...truth import Moment
from .accounts import ACCOUNTS, NAME
from .figures import hours, media_ms, project_ms


def facts(moment: Moment, account: str, asked: FactFilter) -> Iterator[Fact]:
    """Watch time by day of the current project and each media; by name also by hour, and all projects' together."""
    figures: dict[str, Callable[[date], int]] = {}
    for project in ["current", "all"] if asked.by_name else ["current"]:
        figures[project] = partial(project_ms, moment, account, project)
    for media, kind, _ in ACCOUNTS.assets(account, moment.assets):
        figures[media] = partial(media_ms, moment, account, media, kind)
    for asset, of_day in figures.items():
        for day in days_asked(moment, NAME, asked):
            total = of_day(day)
            if total and asked.allows("day"):
                yield Fact(NAME, account, asset, "watch_time", Decimal(total) / 1000, day)
            if total and asked.interval == "hour" and asked.allows("hour"):
                for hour, part in enumerate(hours(moment, day, total)):
                    if part:
                        yield Fact(
                            NAME, account, asset, "watch_time", Decimal(part) / 1000, day, "hour", minute=hour * 60
                        )
