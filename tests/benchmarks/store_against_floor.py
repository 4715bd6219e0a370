"""Facts stored a second, against the floor: the same figures copied into a temporary table and upserted, by hand.

Three new days of 400,000 figures each, and the last of them again with every tenth changed. The floor writes to a table of
the same columns and key, without policies, and gets each figure ready: with its asset's id, and added up where two rows name
one video. What `store()` does beyond it: finds or makes assets, adds up, compares with what is there, keeps daily totals,
restatements and the feed's progress. Parsing is on neither side.
"""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from tests.benchmarks import stage
from tests.benchmarks.line_against_dlt import Lines, watched
from tests.benchmarks.stage import Outcome

VIDEOS = 196_000
ROWS = 200_000  # one in fifty names a video again
DAYS = [stage.days_before(5 + number) for number in range(3)]

TABLE = """
    CREATE SCHEMA by_hand;
    CREATE TABLE by_hand.floor (LIKE reporting_fact,
        PRIMARY KEY (tenant_id, metric, interval, dimension, day, minute, asset_id, key));
"""
UPSERT = """
    INSERT INTO by_hand.floor AS f
        (tenant_id, metric, interval, dimension, day, minute, asset_id, key, value, connection_id, snapshot_id)
    SELECT 1, metric, 'day', '', day, 0, asset_id, '', value, 1, 1 FROM coming
    ON CONFLICT (tenant_id, metric, interval, dimension, day, minute, asset_id, key)
    DO UPDATE SET value = excluded.value, snapshot_id = excluded.snapshot_id
    WHERE f.value IS DISTINCT FROM excluded.value
"""


def figures(day: date, changed: bool = False) -> list[Any]:
    """A day's figures as a reader gives them, in the order of an answer."""
    from providers.toolkit.rows import Figure

    chance = random.Random(day.toordinal())
    found = []
    for row in range(ROWS):
        number = row if row < VIDEOS else chance.randrange(VIDEOS)
        more = 1 if changed and number % 10 == 0 else 0
        url = f"http://cdn.example/videos/{number:06d}.mp4"
        found.append(Figure("data_transfer", chance.randrange(10**9) + more, day, asset=url))
        found.append(Figure("requests", chance.randrange(10**4) + more, day, asset=url))
    return found


def ready(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The same for the floor."""
    values: dict[tuple[str, date, int], int] = {}
    for figure in rows:
        place = (figure.metric, figure.day, int(figure.asset[-10:-4]))
        values[place] = values.get(place, 0) + figure.value
    return [(metric, day, asset, value) for (metric, day, asset), value in values.items()]


def storing(connection: Any, day: date, rows: list[Any]) -> Callable[[], None]:
    """One reading of the day, from its rows on, as `keep()` stores it."""
    from providers import registry
    from providers.pipeline.plan import Due
    from providers.pipeline.store import ReadingStore
    from providers.toolkit.requests import Reading, Window
    from reporting.models import Connection, Restatement, Snapshot
    from reporting.tenancy.scoping import tenant_scope

    due = Due(registry.get("scaleengine").feed("usage"), Window(day, day))
    now = datetime.combine(stage.TODAY, time(), UTC)

    def work() -> None:
        with tenant_scope(connection.tenant_id):
            locked = Connection.objects.select_for_update().get(pk=connection.pk)
            reading = Reading(due.window, UTC, now)
            of_day = {"feed": "usage", "from_day": day, "to_day": day, "fetched_at": now, "last_seen_at": now}
            of_day |= {"reader_version": 1, "time_zone": "UTC", "state": Snapshot.State.READ, "options": {}}
            snapshot = Snapshot.objects.create(tenant_id=locked.tenant_id, connection=locked, **of_day)
            ReadingStore(locked, due, snapshot, reading, Restatement.Cause.PROVIDER).store(rows)

    return work


def floor(rows: list[tuple[Any, ...]]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute('CREATE TEMP TABLE coming (metric text COLLATE "C", day date, asset_id bigint, value numeric)')
        with cursor.copy("COPY coming FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(UPSERT)
        cursor.execute("DROP TABLE coming")


def measure() -> list[Outcome]:
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(TABLE)
    connection = stage.new_connection(stage.new_tenant("store"))
    shares, ours, theirs, facts = Lines(), 0.0, 0.0, 0
    for day, changed in [*((day, False) for day in DAYS), (DAYS[-1], True)]:
        rows = figures(day, changed)
        least = ready(rows)
        theirs += stage.seconds_of(lambda least=least: floor(least))
        with watched(shares):
            ours += stage.seconds_of(storing(connection, day, rows))
        facts += len(least)
    check(connection)
    sides = f"{facts / ours:,.0f} and {facts / theirs:,.0f} facts a second"
    return [Outcome("facts stored, against COPY and upsert", theirs / ours, 0.6, sides, shares.said(ours))]


def check(connection: Any) -> None:
    """Both tables say the same."""
    from django.db import connection as database

    from reporting.tenancy.scoping import tenant_scope

    with tenant_scope(connection.tenant_id), database.cursor() as cursor:
        for table in ("reporting_fact", "by_hand.floor"):
            cursor.execute(f"SELECT metric, day, count(*), sum(value) FROM {table} GROUP BY 1, 2 ORDER BY 1, 2")
            rows = cursor.fetchall()
            if table == "reporting_fact":
                expected = rows
    assert rows == expected
    assert len(rows) == 2 * len(DAYS)
