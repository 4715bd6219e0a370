"""The SQL about lifetime counters: differences between their readings, logs beside them, and counters that went backwards.

`facts.py` and `log_days.py` say when each is used; `incoming`, `series_days` and `changed` are those of `facts_sql.py`.
"""

# The day figure of a lifetime counter is the difference to the reading before it, signed; the first has none. A reading
# that changed also changes the difference of the one after it. Up to the last reading with a whole log the log's figures stay
# (`log_days.py`); on that day the difference is that to what the counter stood at when the day began. `suspects` are days
# whose figures another reader may have taken from a log that was not whole.
DIFFERENCES = """
    WITH touched AS (
        SELECT metric, dimension, key, asset_id, day FROM changed WHERE interval = 'lifetime' AND metric = ANY(%(metrics)s)
    ), days AS (
        SELECT * FROM touched
        UNION
        SELECT t.metric, t.dimension, t.key, t.asset_id, min(n.day) FROM touched t JOIN reporting_fact n
            ON n.tenant_id = %(tenant)s AND n.connection_id = %(connection)s AND n.metric = t.metric
            AND n.interval = 'lifetime' AND n.dimension = t.dimension AND n.day > t.day
            AND n.asset_id = t.asset_id AND n.key = t.key
        GROUP BY t.metric, t.dimension, t.key, t.asset_id, t.day
        UNION
        SELECT metric, '', '', %(asset)s::bigint, day::date FROM unnest(%(of_log)s::text[]) metric
            CROSS JOIN generate_series(%(suspect_from)s::date, %(suspect_to)s::date, interval '1 day') day
    ), whole AS (
        SELECT * FROM jsonb_to_recordset(%(whole_logs)s::jsonb) w (metric text COLLATE "C", day date, opening numeric)
    )
    INSERT INTO changed
    SELECT d.metric, 'day', d.dimension, d.day, 0, d.asset_id, d.key, known.value, found.value, known.snapshot_id, true
    FROM days d
    LEFT JOIN whole w ON w.metric = d.metric AND d.dimension = ''
    LEFT JOIN reporting_fact this ON (this.tenant_id, this.metric, this.interval, this.dimension, this.day, this.minute,
        this.asset_id, this.key) = (%(tenant)s, d.metric, 'lifetime', d.dimension, d.day, 0, d.asset_id, d.key)
    LEFT JOIN LATERAL (
        SELECT value FROM reporting_fact b WHERE b.tenant_id = %(tenant)s AND b.connection_id = %(connection)s
            AND b.metric = d.metric AND b.interval = 'lifetime' AND b.dimension = d.dimension AND b.day < d.day
            AND b.asset_id = d.asset_id AND b.key = d.key ORDER BY b.day DESC LIMIT 1
    ) before ON true
    CROSS JOIN LATERAL (
        SELECT this.value - CASE WHEN d.day = w.day THEN w.opening ELSE before.value END AS value
    ) found
    LEFT JOIN reporting_fact known ON (known.tenant_id, known.metric, known.interval, known.dimension, known.day,
        known.minute, known.asset_id, known.key) = (%(tenant)s, d.metric, 'day', d.dimension, d.day, 0, d.asset_id, d.key)
    WHERE (w.day IS NULL OR d.day > w.day OR d.day = w.day AND w.opening IS NOT NULL)
        AND known.value IS DISTINCT FROM found.value
"""

# What the counters stood at when the day of a reading began, by the log that lists all of them.
OPENINGS = """
    SELECT metric, sum(value) FILTER (WHERE interval = 'lifetime') - sum(value) FILTER (WHERE interval = 'day')
    FROM incoming JOIN series_days USING (series_day)
    WHERE metric = ANY(%(of_log)s) AND interval IN ('lifetime', 'day') AND dimension = '' AND day = %(day)s
    GROUP BY metric HAVING count(*) FILTER (WHERE interval = 'day') > 0
"""

# The first day of a log that has lost its beginning may be cut: what is known of that day stays.
LEAVE_CUT_DAY = """
    DELETE FROM incoming WHERE series_day IN (
        SELECT s.series_day FROM series_days s
        WHERE s.day = %(day)s AND s.metric = ANY(%(metrics)s) AND s.interval <> 'lifetime' AND EXISTS (
            SELECT FROM reporting_fact f WHERE f.tenant_id = %(tenant)s AND f.metric = s.metric AND f.interval = 'day'
                AND f.dimension = '' AND f.day = s.day AND f.minute = 0 AND f.asset_id = %(asset)s AND f.key = '')
    )
"""

# The reading before is that of an earlier day, or the value of the same day until now. Only plain figures: resets of
# cities and the like are of no use to anyone.
RESETS = """
    INSERT INTO reporting_counterreset
        (tenant_id, connection_id, asset_id, snapshot_id, metric, day, day_before, old, new, noticed_at)
    SELECT %(tenant)s, %(connection)s, c.asset_id, %(snapshot)s, c.metric, c.day, before.day, before.value, c.new, %(now)s
    FROM changed c CROSS JOIN LATERAL (
        SELECT c.day AS day, c.old AS value WHERE c.old IS NOT NULL
        UNION ALL (
            SELECT b.day, b.value FROM reporting_fact b WHERE b.tenant_id = %(tenant)s
                AND b.connection_id = %(connection)s AND b.metric = c.metric AND b.interval = 'lifetime'
                AND b.dimension = '' AND b.day < c.day AND b.minute = 0 AND b.asset_id = c.asset_id AND b.key = ''
            ORDER BY b.day DESC LIMIT 1
        )
        ORDER BY day DESC LIMIT 1
    ) before
    WHERE c.interval = 'lifetime' AND c.dimension = '' AND c.new < before.value
"""
