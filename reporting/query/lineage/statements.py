"""The SQL of a lineage, as parts that `facts.py` puts together."""

from reporting.ledger.daily_totals import LEVEL
from reporting.ledger.sql_template import Sql, Template
from reporting.query.sql.statements import PROGRAMME

LINES = Template(f"""
    SELECT f.metric, f.interval, f.dimension, f.day, f.minute, f.asset_id, f.key, f.value, f.connection_id, f.snapshot_id,
           {LEVEL} AS level, {{owned}} AS customer_id, {PROGRAMME} AS programme_id,
           coalesce(a.parent_id, 0) AS parent_id
    FROM {{facts}} f JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = f.asset_id {{owner}}
    WHERE f.tenant_id = %(tenant)s AND {{which}}
      AND f.dimension = %(dimension)s AND f.day BETWEEN %(first)s AND %(last)s
      AND f.minute BETWEEN %(first_minute)s AND %(last_minute)s {{only}}
""")

# With one metric and interval, a page is read along the primary key and no further, if the planner does not sort: it expects
# few rows, where there may be millions (measured: 0.2 s, not 12 s, for the second page of a million facts).
OF_ONE = Sql("f.metric = %(metric)s AND f.interval = %(interval)s")
OF_SEVERAL = Sql("f.metric = ANY(%(metrics)s) AND f.interval = ANY(%(intervals)s)")

# Of each connection the level that counts; of a dimension the keys that are asked for.
COUNTED = Template("""
    SELECT {newest} l.* FROM ({lines}) l
    JOIN unnest(%(level_metrics)s::text[], %(level_connections)s::bigint[], %(level_names)s::text[])
        c (metric, connection_id, level) USING (metric, connection_id, level)
    {of_keys}
""")

# A state is the newest reading of each asset; it counts for who held the asset when it was made.
NEWEST_STATE = Sql("DISTINCT ON (l.metric, l.asset_id, l.key)")
STATES_HELD = Template("""
    SELECT * FROM ({counted} ORDER BY l.metric, l.asset_id, l.key, l.day DESC, l.minute DESC) s {of_customers}
""")

# Of some rows of a report only: the facts of their cells.
PLACED = Template("""
    SELECT l.* FROM ({counted}) l
    WHERE (l.metric, {day}, {minute}, l.connection_id, l.level, {customer}, {programme}, {parent}, {asset}, {key}) IN (
        SELECT * FROM unnest(%(cell_metrics)s::text[], %(cell_days)s::date[], %(cell_minutes)s::int[],
            %(cell_connections)s::bigint[], %(cell_levels)s::text[], %(cell_customers)s::bigint[],
            %(cell_programmes)s::bigint[], %(cell_parents)s::bigint[], %(cell_assets)s::bigint[], %(cell_keys)s::text[]))
""")

# The assets that report both sides of a ratio, in one row.
BOTH_SIDES = Template("""
    SELECT * FROM (
        SELECT l.*, bool_or(metric = %(above)s) OVER assets AND bool_or(metric = %(below)s) OVER assets AS has_both
        FROM ({counted}) l WINDOW assets AS (PARTITION BY asset_id, {day}, {minute}, {customer}, {key})
    ) b WHERE has_both
""")

LINES_FOUND = Template("""
    SELECT metric, interval, dimension, day, minute, asset_id, key, value, connection_id, snapshot_id
    FROM ({counted}) p {after} ORDER BY metric {way}, day {way}, minute {way}, asset_id {way}, key {way} LIMIT %(limit)s
""")
AFTER = Template("""
    WHERE (metric, day, minute, asset_id, key)
        {sign} (%(at_metric)s::text, %(at_day)s::date, %(at_minute)s::int, %(at_asset)s::bigint, %(at_key)s::text)
""")

ADDED_UP = Template("SELECT metric, sum(value), count(*) FROM ({counted}) p GROUP BY metric ORDER BY metric")
