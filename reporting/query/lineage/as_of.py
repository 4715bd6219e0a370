"""The history of the facts of a lineage as of an earlier day: what changed until then, and what changed later.

The value of a fact that was changed since is that which the first later change replaced. Of it only the time of its answer was
kept (`old_since`): where just one stored answer about that day has that very time, it is the one; else the answer is not named.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection as database

from reporting.ledger.daily_totals import FIRST_DAY
from reporting.ledger.sql_template import Sql, Template
from reporting.periods import DAY
from reporting.query.lineage.facts import FactLine
from reporting.query.lineage.figure import Lineage
from reporting.query.lineage.history import (
    COUNTERS,
    RESTATED,
    WANTED,
    Change,
    CounterReading,
    FactHistory,
    by_fact,
    histories_of,
    last_day_of,
)
from reporting.query.names import assets_named
from reporting.query.report import Note
from reporting.query.scope import Scope
from reporting.query.sql.fact_source import lifetime_readings_of

LATER = Sql(f"""
    SELECT w.number - 1, n.old, n.new, n.noticed_at, n.cause, n.snapshot_id, n.old_since FROM {WANTED}
    JOIN (
        SELECT id, tenant_id, connection_id, metric, interval, dimension, day, minute, asset_id, key, old, old_since, new,
               noticed_at, cause, snapshot_id FROM reporting_restatement
        UNION ALL
        SELECT id, tenant_id, connection_id, metric, interval, dimension, day, minute, asset_id, key, old, old_since, NULL,
               noticed_at, '', NULL FROM reporting_withdrawal
    ) n ON n.tenant_id = %(tenant)s AND n.connection_id = ANY(%(connections)s) AND n.noticed_at > %(moment)s
        AND (n.metric, n.interval, n.dimension, n.day, n.minute, n.asset_id, n.key)
          = (w.metric, w.interval, w.dimension, w.day, w.minute, w.asset_id, w.key)
    ORDER BY n.noticed_at, n.id
""")

# Of the same feed, where the answer that changed the figure is known; asked of the asset, of what holds it, or of all.
ANSWERS = Sql("""
    SELECT w.number, min(s.id)
    FROM unnest(%(numbers)s::int[], %(connections)s::bigint[], %(assets)s::bigint[], %(firsts)s::date[], %(lasts)s::date[],
                %(sinces)s::timestamptz[], %(changers)s::bigint[])
        w (number, connection_id, asset_id, first, last, since, changer)
    JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = w.asset_id
    LEFT JOIN reporting_snapshot c ON c.tenant_id = %(tenant)s AND c.id = w.changer
    JOIN reporting_snapshot s ON s.tenant_id = %(tenant)s AND s.connection_id = w.connection_id AND s.access_id IS NULL
        AND coalesce(s.read_at, s.fetched_at) = w.since AND s.from_day <= w.last AND w.first <= s.to_day
        AND coalesce(s.asset_id, a.id) IN (a.id, a.parent_id) AND s.feed = coalesce(c.feed, s.feed)
    GROUP BY w.number HAVING count(*) = 1
""")

# The reading of the day as it was then, and the one before it: of the page's assets, not of all.
READINGS_THEN = Template(f"""
    SELECT w.number - 1, r.day, r.value, r.snapshot_id, r.day_before, r.value_before, r.snapshot_before FROM {WANTED}
    JOIN (
        SELECT f.*, lag(f.day) OVER readings AS day_before, lag(f.value) OVER readings AS value_before,
               lag(f.snapshot_id) OVER readings AS snapshot_before
        FROM {{facts}} f
        WINDOW readings AS (PARTITION BY f.metric, f.asset_id, f.key ORDER BY f.day)
    ) r ON (r.metric, r.day, r.asset_id, r.key) = (w.metric, w.day, w.asset_id, w.key)
    WHERE w.interval = 'day' AND w.metric = ANY(%(counters)s) AND w.dimension = %(dimension)s
""")


LIFETIME = Sql("ARRAY['lifetime']")  # the interval of the readings; `intervals` are those of the facts on the page


def beside(lineage: Lineage, facts: Sequence[FactLine]) -> list[FactHistory]:
    """Each fact of one page with its history, as of today or as of the day that is asked for."""
    if lineage.moment is None:
        return histories_of(lineage.report.scope, facts)
    scope, moment = lineage.report.scope, lineage.moment
    names = assets_named({fact.asset for fact in facts})
    through = {one.connection: one.final_through for one in lineage.result.freshness}
    later = by_fact(LATER, scope, facts, moment=moment)
    answers = _answers(scope, facts, later)
    until = by_fact(RESTATED, scope, facts)
    readings = _readings(scope, facts, moment)
    lines = []
    for number, fact in enumerate(facts):
        final = through.get(lineage.links[fact.connection].slug)
        changes = [change for change in (Change(*row) for row in until[number]) if change.noticed_at <= moment]
        line = FactHistory(fact, names[fact.asset], not final or last_day_of(fact) > final, changes, readings[number])
        fact = fact._replace(snapshot=answers.get(number)) if fact.snapshot is None else fact
        lines.append(replace(line, fact=fact, later=[Change(*row[:5]) for row in later[number]]))
    return lines


def notes_of_answers(lineage: Lineage, lines: Sequence[FactHistory]) -> list[Note]:
    """Where the answer of a fact on this page is not known any more."""
    missing = sum(line.fact.snapshot is None for line in lines)
    if not missing:
        return []
    of = f"{missing} of these facts" if missing > 1 else "one of these facts"
    words = (
        f"Which answer {of} came from is not known any more: the provider, or our reader, changed the figure after "
        f"{lineage.query.as_of}, and only the figure that stood until then was kept."
    )
    return [Note("answer_not_kept", words, more={"facts": missing})]


def _answers(scope: Scope, facts: Sequence[FactLine], later: dict[int, list[tuple[Any, ...]]]) -> dict[int, int]:
    """By the place of the fact: the answer that its old value came from."""
    wanted = [(number, fact, later[number][0]) for number, fact in enumerate(facts) if fact.snapshot is None]
    values: dict[str, Any] = {
        "tenant": scope.tenant_id,
        "numbers": [number for number, _, _ in wanted],
        "connections": [fact.connection for _, fact, _ in wanted],
        "assets": [fact.asset for _, fact, _ in wanted],
        "firsts": [fact.day for _, fact, _ in wanted],
        "lasts": [last_day_of(fact) for _, fact, _ in wanted],
        "sinces": [change[5] for _, _, change in wanted],
        "changers": [change[4] for _, _, change in wanted],
    }
    if not wanted:
        return {}
    with database.cursor() as cursor:
        cursor.execute(ANSWERS, values)
        return dict(cursor.fetchall())


def _readings(scope: Scope, facts: Sequence[FactLine], moment: datetime) -> defaultdict[int, list[CounterReading]]:
    found: defaultdict[int, list[CounterReading]] = defaultdict(list)
    counters = [fact for fact in facts if fact.interval == "day" and fact.metric in COUNTERS]
    for dimension in {fact.dimension for fact in counters}:
        last = max(fact.day for fact in counters if fact.dimension == dimension)
        source = lifetime_readings_of(sorted({fact.asset for fact in facts})).as_of(moment, LIFETIME)
        values = {**source.values, "dimension": dimension, "earliest": FIRST_DAY, "last": last + DAY}
        rows = by_fact(READINGS_THEN.fill(facts=source.relation), scope, facts, **values)
        for number, ((day, value, snapshot, *before),) in rows.items():
            this, other = CounterReading(day, value, snapshot), CounterReading(*before)
            are_known = other.day is not None and this.value - other.value == facts[number].value
            if are_known:
                found[number] = [other, this]
    return found
