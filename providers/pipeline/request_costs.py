"""What each feed of a connection costs in requests a day, and whether the provider's limit carries what is chosen.

`readings_a_day` follows from the plan alone: what is due with the first sync of a day and with each later one, and the rounds
over final days. History that is still to be fetched is not in it: that is asked for once. Log-ins and pages of long answers
come on top.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from providers import registry
from providers.connections.account import opened
from providers.http.rate_limit import SLACK
from providers.pipeline.plan import Calendar, days_due, windows
from providers.pipeline.reread import Rhythm
from providers.pipeline.subjects import BY_NAME
from providers.toolkit import feed_choice
from providers.toolkit.errors import AskPerson
from providers.toolkit.feeds import Cadence, Feed, Per
from providers.toolkit.provider import Limit, Provider
from reporting.models import Asset, Connection, Days, FeedProgress, PpvAccess

DAY = timedelta(days=1)


def readings_a_day(feed: Feed, calendar: Calendar, rhythm: Rhythm) -> float:
    """Of one subject whose history is there."""
    every = rhythm.sync_every / DAY
    first = _due(feed, calendar, ceil(every))
    syncs = len(first) / every if every >= 1 else len(first) + (1 / every - 1) * len(_due(feed, calendar, 0))
    return syncs + _rereads_a_day(feed, calendar, rhythm, first)


def _due(feed: Feed, calendar: Calendar, days_ago: int) -> list[Any]:
    """The windows that are due where the last sync was so many days ago."""
    final = Days([(calendar.history_from, calendar.final_through - days_ago * DAY)])
    return list(windows(feed, days_due(feed, None, FeedProgress(final=final), calendar), calendar))


def _rereads_a_day(feed: Feed, calendar: Calendar, rhythm: Rhythm, due: Sequence[Any]) -> float:
    if feed.cadence is Cadence.NOW or not rhythm.reread_every:
        return 0.0
    final = Days([(calendar.history_from, calendar.final_through)])
    again = [window for window in windows(feed, final, calendar) if window not in due]
    return len(again) / (rhythm.reread_every / DAY)


@dataclass(frozen=True)
class FeedCost:
    """Of one feed of the provider, chosen or not."""

    feed: Feed
    is_default: bool
    is_chosen: bool
    requests: float  # a day


@dataclass(frozen=True)
class Costs:
    """What a connection's feeds cost, in the provider's order."""

    feeds: list[FeedCost]

    @property
    def total(self) -> int:
        """Requests a day of the feeds that are chosen."""
        return ceil(sum(cost.requests for cost in self.feeds if cost.is_chosen))

    def of(self, name: str) -> float:
        return next(cost.requests for cost in self.feeds if cost.feed.name == name)


def costs_of(connection: Connection, now: datetime, subjects: Mapping[str, int] | None = None) -> Costs:
    """Of its choice as the row says it, saved or not; in the tenant's scope. `subjects` are counted where none are given."""
    provider, options = registry.get(connection.provider), connection.options
    counted = subjects_of(connection) if subjects is None else subjects
    calendar, rhythm = Calendar.of(connection, now), Rhythm.of(connection, now)
    names = feed_choice.chosen_names(provider, connection.feeds, options)

    def cost(feed: Feed) -> float:
        readings = readings_a_day(feed, calendar, rhythm) * _number(feed, options, counted)
        return readings * feed.requests_each

    return Costs([FeedCost(feed, feed.is_default(options), feed.name in names, cost(feed)) for feed in provider.feeds])


def subjects_of(connection: Connection) -> Counter[str]:
    """How many there are to ask for: the account and the applications that are named, of other assets those that are neither
    finished nor not found, by kind; and accesses."""
    counted = Counter({Asset.Kind.ACCOUNT.value: 1})
    with suppress(AskPerson):  # none is named yet
        counted |= Counter(seen.kind for seen in registry.get(connection.provider).applications(connection.options))
    if connection.pk:
        assets = Asset.objects.filter(connection=connection, settled_at=None, not_found_since=None)
        counted |= Counter(assets.exclude(kind__in=BY_NAME).order_by().values_list("kind", flat=True))
        counted[Per.ACCESS] = PpvAccess.objects.filter(asset__connection=connection).count()
    return counted


def _number(feed: Feed, options: Mapping[str, Any], counted: Mapping[str, int]) -> int:
    if feed.per is Per.CONNECTION:
        return 1
    if feed.per is Per.ACCESS:
        return counted.get(Per.ACCESS, 0)
    return sum(counted.get(kind, 0) for kind in feed.kinds_for(options))


# --- The provider's limit ---------------------------------------------------------------------------------------------


def carried_a_day(limit: Limit) -> int:
    """How many requests a day fit, with the pause that `http/rate_limit.py` keeps."""
    return int(limit.requests * DAY.total_seconds() / (limit.seconds + SLACK))


@dataclass(frozen=True)
class Budget:
    """What the provider's limit leaves for one connection, beside the others with its key."""

    provider: Provider
    limit: Limit
    beside: int  # what the others ask for in a day

    @property
    def left(self) -> int:
        return carried_a_day(self.limit) - self.beside

    def __str__(self) -> str:
        limit, key = (
            self.limit,
            f", of which other connections with its key take {self.beside:,}" if self.beside else "",
        )
        return (
            f"{self.provider.name} takes {limit.requests} requests in {limit.seconds:.0f} s for each key: at most "
            f"{carried_a_day(limit):,} a day{key}."
        )

    def warning(self, total: int) -> str:
        """A sentence where the limit can't carry so many requests a day; else nothing."""
        if total <= self.left:
            return ""
        return (
            f"{self} This connection asks for {total:,}: its figures will come late. "
            "Choose fewer feeds, or a longer time between syncs."
        )


def budget_of(connection: Connection, now: datetime) -> Budget | None:
    """None where the provider has no known limit. Sees the connections of the scope that is open, and counts those that are
    synced."""
    provider = registry.get(connection.provider)
    if provider.limit is None:
        return None
    key = (opened(connection) or {}).get(provider.limit.key)
    idle = [Connection.State.PAUSED, Connection.State.DELETED]
    others = Connection.objects.filter(provider=provider.slug).exclude(state__in=idle).exclude(pk=connection.pk)
    alike = [other for other in others if key and (opened(other) or {}).get(provider.limit.key) == key]
    return Budget(provider, provider.limit, sum(costs_of(other, now).total for other in alike))


def warning(connection: Connection, now: datetime) -> str:
    """A sentence where the provider's limit can't carry what this connection chooses; else nothing."""
    budget = budget_of(connection, now)
    return budget.warning(costs_of(connection, now).total) if budget else ""
