"""The statements of a lineage: the facts that count for one figure, some at a time, and what they add up to.

They start from facts as the report's statements do, within the same scope, but keep each fact and the snapshot it was read
from. `FactsOf` says which facts; who decides that is `lineage.py`.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection as database

from reporting.periods import Range
from reporting.query.cells import Cells
from reporting.query.parameters import WrongParameters
from reporting.query.scope import Scope
from reporting.query.statements import OWNER_OF_MONTH
from reporting.rollups import LEVEL, OWNER

LINES = f"""
    SELECT f.metric, f.interval, f.dimension, f.day, f.minute, f.asset_id, f.key, f.value, f.connection_id, f.snapshot_id,
           {LEVEL} AS level, {{owned}} AS customer_id
    FROM reporting_fact f JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = f.asset_id {{owner}}
    WHERE f.tenant_id = %(tenant)s AND {{which}}
      AND f.dimension = %(dimension)s AND f.day BETWEEN %(first)s AND %(last)s
      AND f.minute BETWEEN %(first_minute)s AND %(last_minute)s {{only}}
"""

# With one metric and interval, a page is read along the primary key and no further, if the planner does not sort: it expects
# few rows, where there may be millions (measured: 0.2 s, not 12 s, for the second page of a million facts).
OF_ONE = "f.metric = %(metric)s AND f.interval = %(interval)s"
OF_SEVERAL = "f.metric = ANY(%(metrics)s) AND f.interval = ANY(%(intervals)s)"
IN_ORDER, AS_USUAL = "SET LOCAL enable_sort = off", "SET LOCAL enable_sort TO DEFAULT"

# Of each connection the level that counts; of a dimension the keys that are asked for.
COUNTED = """
    SELECT {newest} l.* FROM ({lines}) l
    JOIN unnest(%(level_metrics)s::text[], %(level_connections)s::bigint[], %(level_names)s::text[])
        c (metric, connection_id, level) USING (metric, connection_id, level)
    {of_keys}
"""

# A state is the newest reading of each asset; it counts for who held the asset when it was made.
NEWEST_STATE = "DISTINCT ON (l.metric, l.asset_id, l.key)"
STATES_HELD = """
    SELECT * FROM ({counted} ORDER BY l.metric, l.asset_id, l.key, l.day DESC, l.minute DESC) s {of_customers}
"""

# The assets that report both sides of a ratio.
BOTH_SIDES = """
    SELECT * FROM (
        SELECT c.*, bool_or(metric = %(above)s) OVER assets AND bool_or(metric = %(below)s) OVER assets AS has_both
        FROM ({counted}) c WINDOW assets AS (PARTITION BY asset_id)
    ) b WHERE has_both
"""

PAGE = """
    SELECT metric, interval, dimension, day, minute, asset_id, key, value, connection_id, snapshot_id
    FROM ({counted}) p {after} ORDER BY metric {way}, day {way}, minute {way}, asset_id {way}, key {way} LIMIT %(limit)s
"""
AFTER = """
    WHERE (metric, day, minute, asset_id, key)
        {sign} (%(at_metric)s::text, %(at_day)s::date, %(at_minute)s::int, %(at_asset)s::bigint, %(at_key)s::text)
"""

ADDED_UP = "SELECT metric, sum(value), count(*) FROM ({counted}) p GROUP BY metric ORDER BY metric"


class FactLine(NamedTuple):
    """A fact; asset, connection and snapshot are ids."""

    metric: str
    interval: str
    dimension: str
    day: date
    minute: int
    asset: int
    key: str
    value: Decimal
    connection: int
    snapshot: int


class Page(NamedTuple):
    """Which part of the facts: the first, or the one that a cursor points to."""

    limit: int = 100
    cursor: str = ""


class FactPage(NamedTuple):
    """`next` and `previous` are cursors; None at the ends."""

    facts: list[FactLine]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True)
class FactsOf:
    """Which facts make a figure. `levels` are those that count: (metric, connection, level)."""

    metrics: tuple[str, ...]
    intervals: tuple[str, ...]
    days: Range
    minutes: tuple[int, int]
    dimension: str
    keys: tuple[str, ...]
    levels: frozenset[tuple[str, int, str]]
    is_newest: bool = False  # only the newest reading of each asset
    is_month: bool = False  # a month's count is known only of who held the asset throughout
    is_state: bool = False
    is_ratio: bool = False  # `metrics` are numerator and denominator


class FactReader:
    def __init__(self, scope: Scope, wanted: FactsOf) -> None:
        self.scope, self.wanted = scope, wanted

    def sums(self) -> list[tuple[str, Decimal, int]]:
        """(metric, sum, number of facts), in the order of the metrics that are wanted."""
        found = self._read(ADDED_UP.format(counted=self._counted()), {})
        return sorted(found, key=lambda row: self.wanted.metrics.index(row[0]))

    def page(self, page: Page) -> FactPage:
        """Raises WrongParameters for a cursor that is none of ours."""
        is_back, place = _decoded(page.cursor) if page.cursor else (False, {})
        statement = PAGE.format(
            counted=self._counted(),
            after=AFTER.format(sign="<" if is_back else ">") if place else "",
            way="DESC" if is_back else "ASC",
        )
        found = self._read(statement, place | {"limit": page.limit + 1}, in_order=self._is_of_one)
        rows = [FactLine._make(row) for row in found]
        has_more, rows = len(rows) > page.limit, rows[: page.limit]
        if is_back:
            rows.reverse()
        has_next, has_previous = (bool(rows), has_more) if is_back else (has_more, bool(place and rows))
        return FactPage(
            rows,
            _encoded(rows[-1], is_back=False) if has_next else None,
            _encoded(rows[0], is_back=True) if has_previous else None,
        )

    @property
    def _is_of_one(self) -> bool:
        return len(self.wanted.metrics) == len(self.wanted.intervals) == 1 and not self.wanted.is_newest

    def _counted(self) -> str:
        wanted, has_owners = self.wanted, self.scope.customers is not None
        owner, owned, only = "", "0", "{only}"
        if has_owners:
            owner, owned = OWNER.format(rows="f"), "coalesce(s.customer_id, 0)"
            if wanted.is_month:
                owner, only = OWNER_OF_MONTH, "AND s.is_whole {only}"
        which = OF_ONE if self._is_of_one else OF_SEVERAL
        lines = LINES.format(which=which, owned=owned, owner=owner, only=only)
        counted = COUNTED.format(
            newest=NEWEST_STATE if wanted.is_state else "",
            lines=Cells(self.scope).within_scope(lines, wanted.is_newest, all_owners=wanted.is_state),
            of_keys="WHERE l.key = ANY(%(keys)s)" if wanted.keys else "",
        )
        if wanted.is_state:
            of_customers = "WHERE customer_id = ANY(%(customers)s)" if has_owners else ""
            return STATES_HELD.format(counted=counted, of_customers=of_customers)
        return BOTH_SIDES.format(counted=counted) if wanted.is_ratio else counted

    def _read(self, statement: str, more: dict[str, Any], *, in_order: bool = False) -> list[tuple[Any, ...]]:
        wanted, scope = self.wanted, self.scope
        levels = sorted(wanted.levels)
        values: dict[str, Any] = {
            "tenant": scope.tenant_id,
            "metric": wanted.metrics[0],
            "interval": wanted.intervals[0],
            "metrics": list(wanted.metrics),
            "intervals": list(wanted.intervals),
            "dimension": wanted.dimension,
            "keys": list(wanted.keys),
            "first": wanted.days.start,
            "last": wanted.days.end,
            "first_minute": wanted.minutes[0],
            "last_minute": wanted.minutes[1],
            "connections": list(scope.connections),
            "assets": list(scope.assets or ()),
            "customers": list(scope.customers or ()),
            "level_metrics": [metric for metric, _, _ in levels],
            "level_connections": [connection for _, connection, _ in levels],
            "level_names": [level for _, _, level in levels],
            "above": wanted.metrics[0],
            "below": wanted.metrics[-1],
        }
        with database.cursor() as cursor:
            if in_order:
                cursor.execute(IN_ORDER)
            cursor.execute(statement, values | more)
            found = cursor.fetchall()
            if in_order:
                cursor.execute(AS_USUAL)
            return found


def _encoded(fact: FactLine, *, is_back: bool) -> str:
    place = [int(is_back), fact.metric, fact.day.isoformat(), fact.minute, fact.asset, fact.key]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _decoded(cursor: str) -> tuple[bool, dict[str, Any]]:
    try:
        is_back, metric, day, minute, asset, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        place: dict[str, Any] = {
            "at_metric": str(metric),
            "at_day": date.fromisoformat(day),
            "at_minute": int(minute),
            "at_asset": int(asset),
            "at_key": str(key),
        }
        if "\0" in f"{metric}{key}" or not (0 <= place["at_minute"] < 1440 and 0 < place["at_asset"] < 2**63):
            raise ValueError(cursor)
    except (ValueError, TypeError, binascii.Error):
        raise WrongParameters({"cursor": ["This cursor is not one of ours. Follow `next` and `previous`."]}) from None
    return bool(is_back), place
