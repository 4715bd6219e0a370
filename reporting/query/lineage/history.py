"""The history of the facts of a lineage: whether each may still change, what it was before, and what it was made of.

A day's figure of a lifetime counter is the difference between two readings, so its facts come from two answers. Of facts as
they were on an earlier day, `as_of.py` knows some of this.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection as database
from django.db.models import Prefetch, Q

from reporting.ledger.sql_template import Sql, Template
from reporting.metrics import SUMMABLE
from reporting.models import Days, FeedProgress, Interval, Snapshot, SnapshotPart
from reporting.periods import ReportInterval, last_day
from reporting.query.lineage.facts import FactLine
from reporting.query.names import NamedAsset, assets_named
from reporting.query.scope import Scope
from reporting.query.sql.fact_source import ALL_FACTS

# The facts of a page by their keys, `number` being the place on it.
WANTED = Sql("""
    unnest(%(metrics)s::text[], %(intervals)s::text[], %(dimensions)s::text[], %(days)s::date[], %(minutes)s::int[],
           %(assets)s::bigint[], %(keys)s::text[])
        WITH ORDINALITY w (metric, interval, dimension, day, minute, asset_id, key, number)
""")

RESTATED = Sql(f"""
    SELECT w.number - 1, r.old, r.new, r.noticed_at, r.cause, r.snapshot_id FROM {WANTED}
    JOIN reporting_restatement r ON r.tenant_id = %(tenant)s AND r.connection_id = ANY(%(connections)s)
        AND (r.metric, r.interval, r.dimension, r.day, r.minute, r.asset_id, r.key)
          = (w.metric, w.interval, w.dimension, w.day, w.minute, w.asset_id, w.key)
    ORDER BY r.noticed_at, r.id
""")

# The reading of the day and the one before it, as `providers/pipeline/counters_sql.py` takes their difference; not on days
# whose figures a whole log has told.
READINGS = Template(f"""
    SELECT w.number - 1, r.day, r.value, r.snapshot_id FROM {WANTED}
    JOIN {{facts}} this ON (this.tenant_id, this.metric, this.interval, this.dimension, this.day, this.minute,
        this.asset_id, this.key) = (%(tenant)s, w.metric, 'lifetime', w.dimension, w.day, 0, w.asset_id, w.key)
    CROSS JOIN LATERAL (
        SELECT this.day, this.value, this.snapshot_id
        UNION ALL (
            SELECT b.day, b.value, b.snapshot_id FROM {{facts}} b
            WHERE b.tenant_id = %(tenant)s AND b.metric = w.metric AND b.interval = 'lifetime' AND b.dimension = w.dimension
              AND b.day < w.day AND b.asset_id = w.asset_id AND b.key = w.key ORDER BY b.day DESC LIMIT 1
        )
    ) r
    WHERE w.interval = 'day' AND w.metric = ANY(%(counters)s) AND NOT EXISTS (
        SELECT FROM reporting_feedprogress p WHERE p.tenant_id = %(tenant)s AND p.connection_id = ANY(%(connections)s)
            AND p.asset_id = w.asset_id AND w.dimension = '' AND w.day <= (p.whole_log -> w.metric ->> 'day')::date)
    ORDER BY r.day
""")
COUNTERS = sorted(SUMMABLE)


class Change(NamedTuple):
    """A restatement: `old` is None where the fact appeared then, `new` where it went for a time. `cause` is empty where it went
    while its day was provisional."""

    old: Decimal | None
    new: Decimal | None
    noticed_at: datetime
    cause: str
    snapshot: int | None


class CounterReading(NamedTuple):
    """One reading of a lifetime counter."""

    day: date
    value: Decimal
    snapshot: int | None


@dataclass(frozen=True)
class FactHistory:
    """`is_provisional` is None where the progress of its feed is not known. `later` are the changes after the day as of which
    the fact is shown."""

    fact: FactLine
    asset: NamedAsset
    is_provisional: bool | None = None
    changes: list[Change] = field(default_factory=list)
    readings: list[CounterReading] = field(default_factory=list)
    later: list[Change] = field(default_factory=list)


def histories_of(scope: Scope, facts: Sequence[FactLine]) -> list[FactHistory]:
    """Each fact of one page with its history."""
    names = assets_named({fact.asset for fact in facts})
    changes, readings = by_fact(RESTATED, scope, facts), by_fact(READINGS.fill(facts=ALL_FACTS.relation), scope, facts)
    final = _final_days(facts)
    return [
        FactHistory(
            fact,
            names[fact.asset],
            last_day_of(fact) not in final[fact.snapshot] if fact.snapshot in final else None,
            [Change(*row) for row in changes[number]],
            [CounterReading(*row) for row in readings[number]],
        )
        for number, fact in enumerate(facts)
    ]


def snapshots_behind(lines: Iterable[FactHistory]) -> list[Snapshot]:
    """The readings that the facts were taken from, with their parts, the newest first."""
    ids = {one.fact.snapshot for one in lines} | {taken.snapshot for one in lines for taken in one.readings}
    parts = Prefetch("parts", SnapshotPart.objects.defer("compressed"))
    known = Snapshot.objects.filter(pk__in=[pk for pk in ids if pk is not None])
    return list(known.select_related("connection", "asset__parent").prefetch_related(parts))


def by_fact(
    statement: Sql, scope: Scope, facts: Sequence[FactLine], **more: Any
) -> defaultdict[int, list[tuple[Any, ...]]]:
    """What a statement finds, by the place of each fact on the page."""
    found: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    values: dict[str, Any] = {
        "tenant": scope.tenant_id,
        "connections": list({fact.connection for fact in facts}),
        "counters": COUNTERS,
    } | more
    columns = {"metrics": "metric", "intervals": "interval", "dimensions": "dimension", "days": "day"}
    columns |= {"minutes": "minute", "assets": "asset", "keys": "key"}
    values |= {name: [getattr(fact, column) for fact in facts] for name, column in columns.items()}
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        for number, *row in cursor.fetchall():
            found[number].append(tuple(row))
    return found


def _final_days(facts: Iterable[FactLine]) -> dict[int | None, Days]:
    """By snapshot: the days that its feed, of its asset, has read for good."""
    snapshots = Snapshot.objects.filter(
        pk__in={fact.snapshot for fact in facts if fact.snapshot is not None}
    ).order_by()
    feeds = {pk: tuple(place) for pk, *place in snapshots.values_list("pk", "connection_id", "feed", "asset_id")}
    links, names, assets = (set(column) for column in zip(*feeds.values(), strict=True)) if feeds else ((), (), ())
    progress = FeedProgress.objects.filter(
        Q(asset__in=assets) | Q(asset__isnull=True), access_id__isnull=True, connection__in=links, feed__in=names
    )
    known = {
        tuple(place): final for final, *place in progress.values_list("final", "connection_id", "feed", "asset_id")
    }
    return {pk: known[place] for pk, place in feeds.items() if place in known}


def last_day_of(fact: FactLine) -> date:
    return last_day(ReportInterval.MONTH, fact.day) if fact.interval == Interval.MONTH else fact.day
