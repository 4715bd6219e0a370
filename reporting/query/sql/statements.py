"""The SQL of the report query, as templates that `reader.py` fills: pieces of SQL only, never a value.

A statement starts from *lines* (daily totals, or facts with their level and owner) and adds them up as far as one connection
and level go. All begin with the tenant and the metric, as the keys of both tables do.
"""

from reporting.ledger.daily_totals import LEVEL
from reporting.ledger.sql_template import NOTHING, Sql, Template
from reporting.periods import ReportInterval
from reporting.query.sql.cells import By

PROGRAMME = (
    "CASE WHEN a.kind <> 'account' THEN coalesce(a.programme_id, 0) ELSE 0 END"  # an account is a copy of nothing
)

PERIODS = {  # the first day, and the minute of the day
    ReportInterval.MONTH: ("date_trunc('month', l.day::timestamp)::date", "0"),
    ReportInterval.WEEK: ("date_trunc('week', l.day::timestamp)::date", "0"),
    ReportInterval.DAY: ("l.day", "0"),
    ReportInterval.HOUR: ("l.day", "l.minute / 60 * 60"),
    ReportInterval.MINUTE: ("l.day", "l.minute"),
}

LINES_OF_TOTALS = Template("""
    SELECT metric, day, 0 AS minute, connection_id, level, customer_id, 0 AS programme_id, 0 AS parent_id,
           0 AS asset_id, key, value
    FROM reporting_dailytotal f
    WHERE f.tenant_id = %(tenant)s AND f.metric = ANY(%(metrics)s) AND f.dimension = %(dimension)s
      AND f.day BETWEEN %(first)s AND %(last)s {only}
""")

LINES_OF_FACTS = Template(f"""
    SELECT f.metric, f.day, f.minute, f.connection_id, {LEVEL} AS level, {{owned}} AS customer_id,
           {PROGRAMME} AS programme_id, coalesce(a.parent_id, 0) AS parent_id, f.asset_id, f.key, {{value}} AS value,
           f.interval
    FROM {{facts}} f JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = f.asset_id {{owner}}
    WHERE f.tenant_id = %(tenant)s AND f.metric = ANY(%(metrics)s) AND f.interval = ANY(%(intervals)s)
      AND f.dimension = %(dimension)s AND f.day BETWEEN %(first)s AND %(last)s {{only}}
""")

LINES_OF_RESTATEMENTS = Template(f"""
    SELECT f.metric, f.day, f.minute, f.connection_id, {LEVEL} AS level, {{owned}} AS customer_id,
           {PROGRAMME} AS programme_id, coalesce(a.parent_id, 0) AS parent_id, f.asset_id, f.key, 1 AS value
    FROM reporting_restatement f JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = f.asset_id {{owner}}
    WHERE f.tenant_id = %(tenant)s AND f.connection_id = ANY(%(connections)s) AND f.dimension = %(dimension)s
      AND (f.metric, f.interval) IN (SELECT * FROM unnest(%(metrics)s::text[], %(intervals)s::text[]))
      AND f.day BETWEEN %(first)s AND %(last)s AND f.noticed_at <= coalesce(%(moment)s::timestamptz, 'infinity') {{only}}
""")

# Keys that the newest reading does not name any more are gone: the newest is looked for by asset, not by key.
NEWEST = Template("""
    AND (f.metric, f.asset_id, f.day) IN (
        SELECT n.metric, n.asset_id, max(n.day) FROM {facts} n
        WHERE n.tenant_id = %(tenant)s AND n.metric = ANY(%(metrics)s) AND n.interval = ANY(%(intervals)s)
          AND n.dimension = %(dimension)s AND n.day <= %(last)s GROUP BY n.metric, n.asset_id)
""")

# A month's distinct count is that of a customer who held the asset for all of it. For one who held it for a part, there is a
# count, but nobody knows it.
OWNER_OF_MONTH = Sql("""
    LEFT JOIN LATERAL (
        SELECT h.customer_id, range_agg(daterange(h.from_day, h.to_day, '[]')) @> m.days AS is_whole
        FROM reporting_assignment h, daterange(f.day, (f.day + interval '1 month')::date) m (days)
        WHERE h.tenant_id = %(tenant)s AND h.asset_id = f.asset_id AND daterange(h.from_day, h.to_day, '[]') && m.days
        GROUP BY h.customer_id, m.days
    ) s ON true
""")
VALUE_OF_MONTH = Sql("CASE WHEN s.is_whole THEN f.value END")

DIRECT = Template("""
    SELECT {period}, {customer}, connection_id, asset_id, {figures} FROM ({lines}) l
    WHERE level = ANY(%(levels)s) {only} {group} ORDER BY 1
""")

COUNT = Template("SELECT count(*) FROM (SELECT FROM ({lines}) l LIMIT {most}) counted")

SUMS = Template("""
    SELECT metric, {parts}, sum(value) {of_keys}, NULL::numeric, NULL::bigint FROM ({lines}) l
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
""")

# Of programmes and parents: facts are added up by asset first, under a short key, and only then is it looked up what each asset
# is of. Measured with 1.5 million facts: four fifths of the time.
FACTS_ALONE = Template("""
    SELECT f.metric, f.day, f.minute, f.connection_id, f.asset_id, f.key, f.value FROM {facts} f
    WHERE f.tenant_id = %(tenant)s AND f.metric = ANY(%(metrics)s) AND f.interval = ANY(%(intervals)s)
      AND f.dimension = %(dimension)s AND f.day BETWEEN %(first)s AND %(last)s {only}
""")
LINES_BY_ASSET = Template(f"""
    SELECT s.metric, s.day, s.minute, s.connection_id, {LEVEL} AS level, 0 AS customer_id, {PROGRAMME} AS programme_id,
           coalesce(a.parent_id, 0) AS parent_id, s.asset_id, s.key, s.value
    FROM (
        SELECT metric, {{day}} AS day, {{minute}} AS minute, connection_id, asset_id, {{key}} AS key,
               sum(value) {{of_keys}} AS value
        FROM ({{lines}}) l GROUP BY 1, 2, 3, 4, 5, 6
    ) s JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = s.asset_id
""")

RATIOS = Template("""
    SELECT metric, day, minute, connection_id, level, customer_id, programme_id, parent_id, {asset}, key,
           sum(above) FILTER (WHERE below IS NOT NULL), sum(below) FILTER (WHERE above IS NOT NULL), NULL::bigint
    FROM (
        SELECT r.metric, {parts_of_assets}, count(DISTINCT l.metric) = 2 AS reports_both,
               sum(value) FILTER (WHERE l.metric = r.numerator {and_key}) AS above,
               sum(value) FILTER (WHERE l.metric = r.denominator {and_key}) AS below
        FROM ({lines}) l
        JOIN unnest(%(ratios)s::text[], %(numerators)s::text[], %(denominators)s::text[])
            r (metric, numerator, denominator) ON l.metric IN (r.numerator, r.denominator)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    ) both_sides
    WHERE reports_both
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
""")

EXACT = Template("""
    SELECT metric, {parts}, CASE WHEN count(*) {of_keys} = 1 THEN max(value) {of_keys} END, NULL::numeric,
           CASE WHEN count(*) {of_keys} <= 1 THEN coalesce(min(asset_id) {of_keys}, 0) END
    FROM ({lines}) l GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
""")

STATES = Template("""
    SELECT DISTINCT ON (metric, asset_id, l.key, 2) metric, {parts}, value, NULL::numeric, NULL::bigint
    FROM ({lines}) l {where_key}
    ORDER BY metric, asset_id, l.key, 2, l.day DESC, l.minute DESC
""")


def period_of(interval: ReportInterval, whole: str = "NULL::date") -> tuple[Sql, Sql]:
    """The first day, and the minute of the day, of the period of a line `l`; `whole` where the lines have no periods."""
    day, minute = PERIODS.get(interval, (whole, "0"))
    return Sql(day), Sql(minute)


def parts_of(by: By, names: bool = False) -> Sql:
    """What is grouped by, in the order of Cell."""
    day, minute = period_of(by.interval)
    parts = {
        "day": day,
        "minute": minute,
        "connection_id": "connection_id",
        "level": "level",
        "customer_id": "customer_id" if by.customer else "0",
        "programme_id": "programme_id" if by.programme else "0",
        "parent_id": "parent_id" if by.parent else "0",
        "asset_id": "asset_id" if by.asset else "0",
        "key": "l.key" if by.key else "''",
    }
    return Sql(", ".join(f"{part} AS {name}" if names else part for name, part in parts.items()))


def only_of(keys: tuple[str, ...]) -> Sql:
    """Rows of other keys still say that an account or an asset does report the dimension."""
    return Sql("FILTER (WHERE key = ANY(%(keys)s))") if keys else NOTHING
