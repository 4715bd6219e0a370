"""The statements by which one reading becomes facts. `store.py` calls them in this order, in one transaction:

    copy_in      figures -> temporary table `incoming`, by COPY (straight into a table with policies it is refused)
    name_assets  makes the assets that a whole-connection answer names
    replace      `incoming` against the facts of the replaced days -> `changed`; then facts, differences between
                 lifetime readings, restatements, withdrawals and daily totals from `changed`

An unchanged reading leaves `changed` empty and writes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from providers.pipeline.facts_sql import (
    CHANGES,
    DIFFERENCES,
    INCOMING_OF_ASSET,
    INCOMING_OF_MANY,
    INSERT,
    NEW_ASSETS,
    PLACES,
    REMOVE,
    REPEATED_CELL,
    REPLACED,
    RESETS,
    RESTATEMENTS,
    TABLES,
    UPDATE,
    WITHDRAWALS,
)
from providers.pipeline.plan import Due
from providers.pipeline.replaced_days import Spans
from providers.toolkit.errors import Unreadable
from providers.toolkit.feeds import Per, Series
from reporting.ledger import daily_totals
from reporting.ledger.assignments import assign_new
from reporting.ledger.planner import FOR_FEW, FOR_MANY
from reporting.metrics import METRICS, SUMMABLE, Adds
from reporting.models import Asset, AssignmentRule, Connection, Days, DaysField, Restatement, Snapshot

MANY = 5000  # rows
Incoming = tuple[int, int, Decimal | int, str, str]  # place, minute, value, key, asset
STATES = [metric.name for metric in METRICS.values() if metric.adds is Adds.LAST]


def copy_in(cursor: CursorWrapper, rows: Iterable[Incoming], spans: Spans) -> None:
    """Figures into `incoming`, as they come, and then the places that they are of, which `spans` has met on the way.

    Before the tables' first ANALYZE the planner counts the filter on the tenant twice (ours and the policy's), expects one
    row, and chooses a nested loop over all of them: for many rows it is told not to, and to hash rather than sort, in memory,
    and not to compile what it then thinks is dear.
    """
    cursor.execute(TABLES)
    with cursor.copy("COPY incoming (place, minute, value, key, external_id) FROM STDIN") as copy:
        write_row = copy.write_row
        for row in rows:
            write_row(row)
    is_many = cursor.rowcount > MANY
    columns = zip(*spans.places, strict=True) if spans.places else [()] * 4
    names = ("metrics", "intervals", "dimensions", "days")
    places = {name: list(values) for name, values in zip(names, columns, strict=True)}
    cursor.execute(PLACES, {"numbers": list(spans.places.values()), **places})
    cursor.execute(FOR_MANY if is_many else FOR_FEW)


def name_assets(cursor: CursorWrapper, connection: Connection, due: Due) -> int:
    """Makes the assets that the rows name and that are not known yet; returns how many."""
    if due.feed.per is not Per.CONNECTION:
        return 0
    values: dict[str, Any] = {"tenant": connection.tenant_id, "connection": connection.pk, "kind": due.feed.asset_kind}
    cursor.execute(NEW_ASSETS, values)
    ids = [row[0] for row in cursor.fetchall()]
    if ids and AssignmentRule.objects.exists():
        for start in range(0, len(ids), MANY):  # an answer may name a million: not all in memory at once
            assign_new(Asset.objects.filter(pk__in=ids[start : start + MANY]))
    return len(ids)


def replace(cursor: CursorWrapper, connection: Connection, due: Due, spans: Spans, snapshot: Snapshot) -> int:
    """Makes the facts of the replaced days what `incoming` says; returns the number of facts written or removed."""
    values: dict[str, Any] = {
        "tenant": connection.tenant_id,
        "connection": connection.pk,
        "snapshot": snapshot.pk,
        "asset": due.asset.pk if due.asset else None,
    }
    _refuse_repeated_cells(cursor, due.feed.series)
    replaced = spans.replaced()
    if not replaced:
        return 0
    statement, bounds = _changes(due, replaced)
    cursor.execute(statement, values | bounds)
    changed = cursor.rowcount
    if not changed:
        return 0
    written = _write(cursor, values, changed)
    if due.feed.differences:
        written += _write_differences(cursor, values, due.feed.differences)
    daily_totals.apply_changes(cursor, connection.pk, due.asset.kind if due.asset else _kind_of_all(connection, due))
    return written


def _kind_of_all(connection: Connection, due: Due) -> str:
    """The kind of all of a connection's assets, where they are of the feed's; a person may have named one as another."""
    others = Asset.objects.filter(connection=connection).exclude(kind=due.feed.asset_kind)
    return "" if others.exists() else due.feed.asset_kind


def note_changes(cursor: CursorWrapper, connection: Connection, snapshot: Snapshot, final: Days, cause: str) -> None:
    """What `changed` says of final days is worth telling; of others, only what went is kept, for reports as of a day."""
    by_provider = cause == Restatement.Cause.PROVIDER
    values: dict[str, Any] = {
        "tenant": connection.tenant_id,
        "connection": connection.pk,
        "snapshot": snapshot.pk,
        "states": STATES,
        "now": snapshot.fetched_at if by_provider else timezone.now(),
        "cause": cause,
        "final": DaysField().get_prep_value(final),
        "everywhere": cause == Restatement.Cause.READER and snapshot.state == Snapshot.State.READ,
    }
    if cause and (final or values["everywhere"]):
        cursor.execute(RESTATEMENTS, values)
    if cause or snapshot.state == Snapshot.State.UNREADABLE:  # else a replay, which comes back to what there is
        cursor.execute(WITHDRAWALS, values if cause else values | {"final": DaysField().get_prep_value(Days())})


def note_resets(cursor: CursorWrapper, connection: Connection, snapshot: Snapshot) -> None:
    """Counters since ever that `changed` makes lower than they were."""
    place = {"tenant": connection.tenant_id, "connection": connection.pk, "snapshot": snapshot.pk}
    cursor.execute(RESETS, place | {"now": snapshot.fetched_at})


def _refuse_repeated_cells(cursor: CursorWrapper, series: Sequence[Series]) -> None:
    """Two values for one cell of a metric that does not add up have no honest reading."""
    if all(one.metric in SUMMABLE for one in series):
        return
    cursor.execute(REPEATED_CELL, [sorted(SUMMABLE)])
    if found := cursor.fetchone():
        metric, day, key = found
        raise Unreadable(f"The answer gives {metric} twice for {day} {key}".rstrip() + ", and it does not add up.")


def _changes(due: Due, replaced: dict[tuple[date, date], list[Series]]) -> tuple[str, dict[str, Any]]:
    """The statement that fills `changed`, and the bounds of the replaced days."""
    clauses: list[str] = []
    bounds: dict[str, Any] = {}
    for number, ((first, last), series) in enumerate(replaced.items()):
        for interval in sorted({one.interval for one in series}):
            metrics = sorted({(one.metric, one.dimension) for one in series if one.interval == interval})
            name = f"{number}_{interval}"
            clauses.append(REPLACED.format(interval=interval, name=name))
            bounds |= {
                f"first_{name}": first,
                f"last_{name}": last,
                f"metrics_{name}": sorted({metric for metric, _ in metrics}),
                f"metric_of_{name}": [metric for metric, _ in metrics],
                f"dimension_of_{name}": [dimension for _, dimension in metrics],
            }
    per_asset = due.feed.per is not Per.CONNECTION
    return (
        CHANGES.format(
            incoming=INCOMING_OF_ASSET if per_asset else INCOMING_OF_MANY,
            of_asset="AND asset_id = %(asset)s" if per_asset else "",
            replaced=" OR ".join(clauses),
        ),
        bounds,
    )


def _write(cursor: CursorWrapper, values: dict[str, Any], changed: int, only: str = "") -> int:
    """Makes the facts what the `changed` rows say; returns how many were written or removed. All of a new day are new."""
    written = 0
    for statement in (INSERT, UPDATE, REMOVE):
        if written < changed:
            cursor.execute(statement.format(only=only), values)
            written += cursor.rowcount
    return written


def _write_differences(cursor: CursorWrapper, values: dict[str, Any], metrics: Sequence[str]) -> int:
    values = values | {"metrics": list(metrics)}
    cursor.execute(DIFFERENCES, values)
    if not cursor.rowcount:
        return 0
    return _write(cursor, values, cursor.rowcount, only="AND c.interval = 'day' AND c.metric = ANY(%(metrics)s)")
