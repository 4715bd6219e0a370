"""Costs as the connection's form shows them beside its feeds."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from providers import registry
from providers.connections.feed_field import ShownCosts
from providers.pipeline.request_costs import budget_of, costs_of, subjects_of
from providers.pipeline.subjects import BY_NAME
from providers.toolkit.feeds import Per
from reporting.models import Asset, Connection

EXAMPLE_DAYS = timedelta(days=90)  # of history, where no first day is given yet


def shown_costs(connection: Connection) -> ShownCosts:
    """Of a connection that has assets its own; else of one asset of each kind. In its tenant's scope."""
    now = timezone.now()
    subjects = subjects_of(connection)
    is_example = not any(number for kind, number in subjects.items() if kind not in BY_NAME)
    if is_example:
        subjects.update({kind: 1 for kind in (*Asset.Kind.values, Per.ACCESS) if not subjects[kind]})
    costs = costs_of(connection if connection.pk else _example(connection, now), now, subjects)
    budget = budget_of(connection, now)
    return ShownCosts(
        {cost.feed.name: cost.requests for cost in costs.feeds},
        budget.left if budget else None,
        str(budget or ""),
        is_example,
    )


def _example(connection: Connection, now: datetime) -> Connection:
    """What a new connection will be with its provider's defaults."""
    first_day: date = connection.history_from or (now - EXAMPLE_DAYS).date()
    values: dict[str, Any] = {"history_from": first_day, "options": connection.options, "feeds": connection.feeds}
    zone = connection.time_zone or registry.get(connection.provider).time_zone
    return Connection(provider=connection.provider, time_zone=zone, **values)
