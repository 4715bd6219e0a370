"""The SQL by which one reading becomes facts; `facts.py` says when each is used.

`incoming` holds the figures as they came, `series_days` the few series and days that they are of, by number, and `changed` what
differs from the facts that are there. All values are parameters; the `{slots}` are filled with the parts named here.
"""

from collections.abc import Sequence

from psycopg.sql import SQL, Composed, Literal, Placeholder

TABLES = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
        series_day int, minute smallint, value numeric, key text COLLATE "C", external_id text COLLATE "C"
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS series_days (
        series_day int, metric text COLLATE "C", interval text COLLATE "C", dimension text COLLATE "C", day date
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS changed (
        metric text COLLATE "C", interval text COLLATE "C", dimension text COLLATE "C", day date, minute smallint,
        asset_id bigint, key text COLLATE "C", old numeric, new numeric, old_snapshot_id bigint,
        is_difference boolean DEFAULT false
    ) ON COMMIT DELETE ROWS;
    DELETE FROM incoming; DELETE FROM series_days; DELETE FROM changed
"""

SERIES_DAYS = """
    INSERT INTO series_days SELECT * FROM unnest(%(numbers)s::int[], %(metrics)s::text[], %(intervals)s::text[],
                                            %(dimensions)s::text[], %(days)s::date[])
"""

# Named assets are those of the connection, or those that the asset which was asked for holds.
HELD_BY_NONE, HELD_BY_ASKED = SQL("a.parent_id IS NULL"), SQL("a.parent_id = %(asset)s")

NEW_ASSETS = SQL("""
    INSERT INTO reporting_asset
        (tenant_id, connection_id, external_id, parent_id, kind, title, status, listed_by, created_at)
    SELECT %(tenant)s, %(connection)s, unknown.external_id, %(asset)s, %(kind)s, '', '', '', now()
    FROM (
        SELECT DISTINCT i.external_id FROM incoming i
        WHERE NOT EXISTS (SELECT FROM reporting_asset a WHERE a.tenant_id = %(tenant)s AND a.connection_id = %(connection)s
                          AND a.external_id = i.external_id AND {is_held})
    ) unknown
    RETURNING id
""")

REPEATED_CELL = """
    SELECT metric, day, key FROM incoming JOIN series_days USING (series_day) WHERE NOT metric = ANY(%s)
    GROUP BY series_day, metric, day, minute, key, external_id HAVING count(*) > 1 LIMIT 1
"""

# Added up by number, which is one column where a series and its day are four (measured: half the time).
INCOMING = SQL("""
    SELECT metric, interval, dimension, day, minute, asset_id, key, value
    FROM ({added_up}) i JOIN series_days USING (series_day)
""")

# Rows of one asset add up across pages and rows.
INCOMING_OF_ASSET = INCOMING.format(
    added_up=SQL("""
    SELECT series_day, minute, %(asset)s::bigint AS asset_id, key, sum(value) AS value
    FROM incoming GROUP BY series_day, minute, key
""")
)

INCOMING_OF_MANY = SQL("""
    SELECT series_day, minute, a.id AS asset_id, key, sum(value) AS value
    FROM incoming JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.connection_id = %(connection)s
        AND a.external_id = incoming.external_id AND {is_held}
    GROUP BY series_day, minute, a.id, key
""")

REPLACED = SQL("""(
    interval = {interval} AND day BETWEEN {first} AND {last} AND metric = ANY({metrics})
    AND (metric, dimension) IN (SELECT * FROM unnest({metric_of}::text[], {dimension_of}::text[]))
)""")

CHANGES = SQL("""
    INSERT INTO changed
    SELECT metric, interval, dimension, day, minute, asset_id, key, f.value, i.value, f.snapshot_id
    FROM ({incoming}) i
    FULL JOIN (
        SELECT metric, interval, dimension, day, minute, asset_id, key, value, snapshot_id FROM reporting_fact
        WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s {of_asset} AND ({replaced})
    ) f USING (metric, interval, dimension, day, minute, asset_id, key)
    WHERE f.value IS DISTINCT FROM i.value
""")


def replaced(interval: str, name: str) -> Composed:
    """The facts of one interval in one range of days, whose parameters end in `name`."""
    slots = ("first", "last", "metrics", "metric_of", "dimension_of")
    return REPLACED.format(interval=Literal(interval), **{slot: Placeholder(f"{slot}_{name}") for slot in slots})


# The facts that an answer may replace: by whose figures it gives.
OF_ASSET, OF_CONNECTION = SQL("AND asset_id = %(asset)s"), SQL("")
OF_HELD = SQL("""AND asset_id IN (
    SELECT a.id FROM reporting_asset a WHERE a.tenant_id = %(tenant)s AND a.connection_id = %(connection)s AND {is_held}
)""").format(is_held=HELD_BY_ASKED)


def changes(replaced: Sequence[Composed], *, is_asked_for_asset: bool, names_assets: bool) -> Composed:
    """Fills `changed`: the figures against the facts that any of the `replaced` conditions names."""
    if names_assets:
        held = HELD_BY_ASKED if is_asked_for_asset else HELD_BY_NONE
        incoming = INCOMING.format(added_up=INCOMING_OF_MANY.format(is_held=held))
        of_asset = OF_HELD if is_asked_for_asset else OF_CONNECTION
    else:
        incoming, of_asset = INCOMING_OF_ASSET, OF_ASSET
    return CHANGES.format(incoming=incoming, of_asset=of_asset, replaced=SQL(" OR ").join(replaced))


def new_assets(*, is_asked_for_asset: bool) -> Composed:
    """Makes the named assets that are not known yet."""
    return NEW_ASSETS.format(is_held=HELD_BY_ASKED if is_asked_for_asset else HELD_BY_NONE)


# See `parentless.py`. What is taken is what `changed` adds to the assets of the same name that have a parent.
# Never more than there is: what the vendor counts more than it did then is new, and the other applications may never be read.
TAKEN_FROM_PARENTLESS = SQL("""
    INSERT INTO changed
    SELECT metric, interval, dimension, day, minute, asset_id, key, value,
           CASE WHEN NOT %(is_last)s THEN nullif(greatest(value - coalesce(added, 0), 0), 0) END, snapshot_id
    FROM (
        SELECT p.metric, p.interval, p.dimension, p.day, p.minute, p.asset_id, p.key, p.value, p.snapshot_id, a.external_id
        FROM reporting_fact p JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = p.asset_id
        WHERE p.tenant_id = %(tenant)s AND p.connection_id = %(connection)s AND a.parent_id IS NULL AND ({replaced})
    ) old
    LEFT JOIN (
        SELECT c.metric, c.interval, c.dimension, c.day, c.minute, c.key, a.external_id,
               sum(coalesce(c.new, 0) - coalesce(c.old, 0)) AS added
        FROM changed c JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = c.asset_id
        GROUP BY c.metric, c.interval, c.dimension, c.day, c.minute, c.key, a.external_id
    ) new USING (metric, interval, dimension, day, minute, key, external_id)
    WHERE %(is_last)s OR added <> 0
""")

# A fact that does not change is in `incoming` as well: so a day is lost where something of it goes and nothing comes. What a
# whole log lists no more has another day, or was taken back: `whole` are its metrics.
LOST_DAYS = """
    SELECT day FROM changed WHERE interval <> 'lifetime' AND day < %(today)s AND NOT metric = ANY(%(whole)s)
    GROUP BY day HAVING bool_or(old <> 0)
    EXCEPT SELECT day FROM incoming JOIN series_days USING (series_day) WHERE interval <> 'lifetime' AND value <> 0
"""

LOST_LIFETIME = """
    SELECT true FROM (
        SELECT value, day = max(day) OVER () AS is_last FROM reporting_fact
        WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s AND asset_id = %(asset)s
          AND interval = 'lifetime' AND metric = ANY(%(metrics)s) AND dimension = '' AND day <= %(today)s
    ) before
    WHERE is_last AND value <> 0
      AND NOT EXISTS (SELECT FROM incoming JOIN series_days USING (series_day)
                      WHERE interval = 'lifetime' AND dimension = '' AND value <> 0)
    LIMIT 1
"""

# Nearly in the order of the key, so that its index grows at few places: each metric's facts together, by day and asset, as
# one number, since sorting by the columns costs as much as all the rest (1.8 s of 3.9 s for 392,000 facts). No ON CONFLICT:
# `changed` was made under the connection's lock and knows which facts are there (measured: 2.5 s, not 4.2 s).
INSERT = SQL("""
    INSERT INTO reporting_fact
        (tenant_id, metric, interval, dimension, day, minute, asset_id, key, value, connection_id, snapshot_id)
    SELECT %(tenant)s, metric, interval, dimension, day, minute, asset_id, key, new, %(connection)s, %(snapshot)s
    FROM changed c WHERE old IS NULL {only}
    ORDER BY ((hashtext(metric) & 32767)::bigint << 48) | ((day - date '2000-01-01')::bigint << 32) | (asset_id & 4294967295)
""")

UPDATE = SQL("""
    UPDATE reporting_fact f SET value = c.new, snapshot_id = %(snapshot)s FROM {changed} c
    WHERE c.old IS NOT NULL AND c.new IS NOT NULL
      AND (f.tenant_id, f.metric, f.interval, f.dimension, f.day, f.minute, f.asset_id, f.key)
        = (c.tenant_id, c.metric, c.interval, c.dimension, c.day, c.minute, c.asset_id, c.key) {only}
""")

REMOVE = SQL("""
    DELETE FROM reporting_fact f USING {changed} c
    WHERE c.new IS NULL AND (f.tenant_id, f.metric, f.interval, f.dimension, f.day, f.minute, f.asset_id, f.key)
        = (c.tenant_id, c.metric, c.interval, c.dimension, c.day, c.minute, c.asset_id, c.key) {only}
""")

# With the tenant as a constant the planner counts it twice (the policy names it too), expects one fact, and goes through
# `changed` for each there is: minutes, not milliseconds, for 3,000 changes among 10,000 facts of a table without statistics.
CHANGED = SQL("(SELECT %(tenant)s::bigint AS tenant_id, * FROM changed OFFSET 0)")

WRITES = [statement.format(only=SQL(""), changed=CHANGED) for statement in (INSERT, UPDATE, REMOVE)]
ONLY_DIFFERENCES = SQL("AND c.is_difference")
WRITES_OF_DIFFERENCES = [
    statement.format(only=ONLY_DIFFERENCES, changed=CHANGED) for statement in (INSERT, UPDATE, REMOVE)
]

# A month is final when its last day is. States and lifetime readings belong to the moment of asking. What our own reader
# changes in an answer that was read before is recorded for all days.
IS_RESTATED = SQL("""
    (%(everywhere)s OR interval <> 'lifetime' AND NOT metric = ANY(%(states)s)
     AND (CASE interval WHEN 'month' THEN (day + interval '1 month' - interval '1 day')::date ELSE day END)
         <@ %(final)s::datemultirange)
""")

OLD_SINCE = SQL("""
    (SELECT coalesce(s.read_at, s.fetched_at) FROM reporting_snapshot s
     WHERE s.tenant_id = %(tenant)s AND s.id = old_snapshot_id)
""")

RESTATEMENTS = SQL("""
    INSERT INTO reporting_restatement
        (tenant_id, connection_id, asset_id, snapshot_id, metric, interval, dimension, day, minute, key, old, old_since, new,
         noticed_at, cause)
    SELECT %(tenant)s, %(connection)s, asset_id, %(snapshot)s, metric, interval, dimension, day, minute, key, old, {old_since},
           new, %(now)s, %(cause)s
    FROM changed WHERE {is_restated}
""").format(old_since=OLD_SINCE, is_restated=IS_RESTATED)

WITHDRAWALS = SQL("""
    INSERT INTO reporting_withdrawal
        (tenant_id, connection_id, asset_id, metric, interval, dimension, day, minute, key, old, old_since, noticed_at)
    SELECT %(tenant)s, %(connection)s, asset_id, metric, interval, dimension, day, minute, key, old, {old_since}, %(now)s
    FROM changed WHERE new IS NULL AND NOT {is_restated}
""").format(old_since=OLD_SINCE, is_restated=IS_RESTATED)
