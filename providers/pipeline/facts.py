"""The statements by which one reading becomes facts, as `store.py` runs them, in one transaction:

    copy_in                figures -> temporary table `incoming`, by COPY (straight into a table with policies it is refused)
    name_assets            makes the assets that an answer about several names
    refuse_repeated_cells  two values of one cell that do not add up
    find_changes           `incoming` against the facts of the replaced days -> `changed`
    write                  facts from `changed`; write_differences: between lifetime readings
    note_changes           restatements and withdrawals from `changed`; note_resets: lifetime counters that became lower

An unchanged reading leaves `changed` empty and writes nothing. `values` are the parameters tenant, connection, snapshot, asset.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from providers.pipeline import counters_sql, parentless
from providers.pipeline import facts_sql as sql
from providers.pipeline.replaced_days import ReplacedDays
from providers.pipeline.rows import NumberedFigure
from providers.toolkit.errors import Unreadable
from providers.toolkit.feeds import Feed, Per, Series
from reporting.ledger.new_assets import catch_new, has_rules
from reporting.ledger.planner import FOR_FEW, FOR_MANY
from reporting.metrics import METRICS, SUMMABLE
from reporting.models import Asset, Days, DaysField, Restatement, Snapshot

MANY = 5000  # rows
STATES = [metric.name for metric in METRICS.values() if metric.is_state]
Values = Mapping[str, Any]
Ranges = Mapping[tuple[date, date], Sequence[Series]]  # of days, each with the series that are replaced in it


def copy_in(cursor: CursorWrapper, figures: Iterable[NumberedFigure], replaced: ReplacedDays) -> None:
    """Figures into `incoming`, as they come, and then the series and days that they are of, which `replaced` has numbered.

    Before the tables' first ANALYZE the planner counts the filter on the tenant twice (ours and the policy's), expects one
    row, and chooses a nested loop over all of them: for many rows it is set not to, and to hash rather than sort, in memory,
    and not to compile what it then takes for expensive.
    """
    cursor.execute(sql.TABLES)
    with cursor.copy("COPY incoming (series_day, minute, value, key, external_id) FROM STDIN") as copy:
        write_row = copy.write_row
        for figure in figures:
            write_row(figure)
    is_many = cursor.rowcount > MANY
    columns = zip(*replaced.numbers, strict=True) if replaced.numbers else [()] * 4
    names = ("metrics", "intervals", "dimensions", "days")
    series_days = {name: list(values) for name, values in zip(names, columns, strict=True)}
    cursor.execute(sql.SERIES_DAYS, {"numbers": list(replaced.numbers.values()), **series_days})
    cursor.execute(FOR_MANY if is_many else FOR_FEW)


def name_assets(cursor: CursorWrapper, values: Values, feed: Feed) -> None:
    """Makes the assets that the figures name and that are not known yet, and gives them to customers: to those of the asset
    that it was before it had a parent, else by the rules."""
    is_asked_for_asset = feed.per is Per.ASSET
    cursor.execute(sql.new_assets(is_asked_for_asset=is_asked_for_asset), {**values, "kind": feed.asset_kind})
    ids = [row[0] for row in cursor.fetchall()]
    if ids and is_asked_for_asset:
        parentless.hand_on_customers(cursor, values, ids, feed.asset_kind)
    if ids and has_rules():
        for start in range(0, len(ids), MANY):  # an answer may name a million: not all in memory at once
            catch_new(Asset.objects.filter(pk__in=ids[start : start + MANY]))


def refuse_repeated_cells(cursor: CursorWrapper, series: Sequence[Series]) -> None:
    """Two values for one cell of a metric that does not add up have no honest reading: raises Unreadable."""
    if all(one.metric in SUMMABLE for one in series):
        return
    cursor.execute(sql.REPEATED_CELL, [sorted(SUMMABLE)])
    if found := cursor.fetchone():
        metric, day, key = found
        raise Unreadable(f"The answer gives {metric} twice for {day} {key}".rstrip() + ", and it does not add up.")


def find_changes(cursor: CursorWrapper, values: Values, feed: Feed, ranges: Ranges) -> int:
    """Fills `changed`; returns how many facts it names."""
    if not ranges:
        return 0
    conditions, bounds = _replaced(ranges)
    statement = sql.changes(
        conditions, is_asked_for_asset=feed.per is not Per.CONNECTION, names_assets=bool(feed.asset_kind)
    )
    cursor.execute(statement, {**values, **bounds})
    return cursor.rowcount


def take_from_parentless(cursor: CursorWrapper, values: Values, ranges: Ranges, *, is_last: bool) -> int:
    """What `changed` gives to assets with a parent is taken from those that they were before; all that is left, where `is_last`
    (`parentless.py`). Returns how many facts that names more."""
    conditions, bounds = _replaced(ranges)
    statement = sql.TAKEN_FROM_PARENTLESS.format(replaced=sql.SQL(" OR ").join(conditions))
    cursor.execute(statement, {**values, **bounds, "is_last": is_last})
    return cursor.rowcount


def _replaced(ranges: Ranges) -> tuple[list[sql.Composed], dict[str, Any]]:
    """The conditions that name the replaced facts, and their parameters."""
    conditions: list[sql.Composed] = []
    bounds: dict[str, Any] = {}
    for number, ((first, last), series) in enumerate(ranges.items()):
        for interval in sorted({one.interval for one in series}):
            pairs = sorted({(one.metric, one.dimension) for one in series if one.interval == interval})
            name = f"{number}_{interval}"
            conditions.append(sql.replaced(interval, name))
            bounds |= {
                f"first_{name}": first,
                f"last_{name}": last,
                f"metrics_{name}": sorted({metric for metric, _ in pairs}),
                f"metric_of_{name}": [metric for metric, _ in pairs],
                f"dimension_of_{name}": [dimension for _, dimension in pairs],
            }
    return conditions, bounds


def write(cursor: CursorWrapper, values: Values, changed: int) -> int:
    """Makes the facts what the `changed` rows say; returns how many were written or removed."""
    return _write(cursor, values, changed, sql.WRITES)


def write_differences(cursor: CursorWrapper, values: Values, metrics: Sequence[str], by_log: Mapping[str, Any]) -> int:
    """The day figures of these metrics, from their lifetime readings; returns how many were written or removed. `by_log` says
    until when a log stands instead, see `log_days.py`."""
    values = {**values, "metrics": list(metrics), **by_log}
    cursor.execute(counters_sql.DIFFERENCES, values)
    return _write(cursor, values, cursor.rowcount, sql.WRITES_OF_DIFFERENCES)


def _write(cursor: CursorWrapper, values: Values, changed: int, statements: Sequence[sql.Composed]) -> int:
    """All facts of a new day are new: then the first statement is enough."""
    written = 0
    for statement in statements:
        if written < changed:
            cursor.execute(statement, values)
            written += cursor.rowcount
    return written


def note_changes(cursor: CursorWrapper, values: Values, snapshot: Snapshot, final: Days, cause: str) -> None:
    """What `changed` says of final days is a restatement; of others, only what was removed is kept, for reports as of a day."""
    everywhere = cause == Restatement.Cause.READER and snapshot.state == Snapshot.State.READ
    values = {
        **values,
        "states": STATES,
        "now": snapshot.fetched_at if cause == Restatement.Cause.PROVIDER else timezone.now(),
        "cause": cause,
        "final": DaysField().get_prep_value(final),
        "everywhere": everywhere,
    }
    if cause and (final or everywhere):
        cursor.execute(sql.RESTATEMENTS, values)
    if cause or snapshot.state == Snapshot.State.UNREADABLE:  # else a replay, which comes back to what there is
        cursor.execute(sql.WITHDRAWALS, values if cause else values | {"final": DaysField().get_prep_value(Days())})


def note_resets(cursor: CursorWrapper, values: Values, snapshot: Snapshot) -> None:
    """Lifetime counters that `changed` makes lower than they were."""
    cursor.execute(counters_sql.RESETS, {**values, "now": snapshot.fetched_at})
