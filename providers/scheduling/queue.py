"""Which run is next: asking for one, finding what is due, handing it to a worker, noticing that a worker died.

    queue()      a person asks: the row, then its message
    queue_due()  the scheduler asks, for each connection that is due
    claimed()    a worker takes the next run, the one that is fairest to all tenants
    end_lost()   ends the runs whose worker is gone

The rows are the queue. Messages only wake workers up: a lost one costs a minute, one too many finds nothing. A run is taken
together with its connection's lock, which PostgreSQL frees when the worker dies: “running” without a lock is lost.

Each statement reads the connections, the runs under way (by the index run_under_way), and one run of each connection or tenant
(by run_newest and run_turn), so that none of them grows with history.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from providers.pipeline.connection_lock import LOCK_CLASS, AlreadyRunning, only_one
from providers.scheduling import circuit_breaker, connection_health, wake_up
from reporting.models import Connection, SyncRun
from reporting.tenancy.scoping import all_tenants, tenant_scope

EVERY = timedelta(hours=1)  # unless the connection says otherwise
LONGEST_PAUSE = timedelta(days=1)  # to which failures in a row stretch the rhythm
AWAKE_WITHIN = timedelta(seconds=30)  # each run that is claimed wakes up for the next one
TOO_OFTEN = 3  # failures in a row from which on a run that died is not made again at once: it may be what kills
DIED = "WorkerDied"

# Second halves of advisory locks beside the connections' own; no connection has these ids.
SCHEDULING, CLAIMING = 0, -1

# A worker that leaves on SIGTERM ends its run as cancelled, though no person asked for that. The rhythm is shortened by up to
# a tenth, by the connection's id: a thousand that began in one second come due spread over minutes, and none too late.
DUE = """
    SELECT c.id, c.tenant_id, c.slug, c.name, c.provider, c.base_url
    FROM reporting_connection c
    CROSS JOIN LATERAL (SELECT coalesce(c.sync_every, %(every)s) AS every) rhythm
    LEFT JOIN LATERAL (
        SELECT r.queued_at, r.state = 'cancelled' AND NOT r.cancel_requested
            OR r.errors -> 0 ->> 'error' = %(died)s AND c.failures < %(too_often)s AS broke_off
        FROM reporting_syncrun r
        WHERE r.tenant_id = c.tenant_id AND r.connection_id = c.id
            AND r.feed = '' AND r.from_day IS NULL AND r.to_day IS NULL
        ORDER BY r.id DESC LIMIT 1
    ) newest ON true
    WHERE c.state = 'active'
        AND (  -- a look-up for each, whatever the planner believes: the number of runs under way goes up and down
            SELECT r.state FROM reporting_syncrun r
            WHERE r.tenant_id = c.tenant_id AND r.connection_id = c.id AND r.state IN ('queued', 'running') LIMIT 1
        ) IS NULL
        AND (newest.queued_at IS NULL OR newest.broke_off OR newest.queued_at <= %(now)s
            - (1 - mod(mod(c.id, 1000) * 617, 1000) / 10000.0)
            * CASE WHEN c.failures >= %(woken_from)s THEN every  -- it rested, and a person woke it
                ELSE least(every * power(2, least(c.failures, 20)), greatest(every, %(longest)s)) END)
    ORDER BY newest.queued_at NULLS FIRST, c.id
"""

# The tenant with the fewest runs being made, then the one whose last run began longest ago, then its oldest run. A connection
# whose lock is held (also by a sync or replay on the command line) waits.
CLAIM = """
    WITH turn AS MATERIALIZED (  -- few tenants, once, and not for each of their runs
        SELECT tenant_id, count(*) FILTER (WHERE state = 'running') AS running,
            (SELECT r.started_at FROM reporting_syncrun r WHERE r.tenant_id = t.tenant_id AND r.started_at IS NOT NULL
                ORDER BY r.started_at DESC LIMIT 1) AS last
        FROM reporting_syncrun t WHERE state IN ('queued', 'running')
        GROUP BY tenant_id
    )
    SELECT run.* FROM reporting_syncrun run JOIN turn USING (tenant_id)
    WHERE run.state = 'queued' AND run.connection_id NOT IN (SELECT held.connection_id FROM ({held}) held)
    ORDER BY turn.running, turn.last NULLS FIRST, run.id
    LIMIT 1 FOR UPDATE OF run SKIP LOCKED
"""

LOST = """
    SELECT * FROM reporting_syncrun
    WHERE state = 'running' AND connection_id NOT IN (SELECT held.connection_id FROM ({held}) held)
"""

# pg_locks shows the two halves of an advisory lock as classid and objid, with objsubid 2.
HELD = """
    SELECT objid::bigint AS connection_id FROM pg_locks
    WHERE locktype = 'advisory' AND classid = %(lock_class)s AND objsubid = 2 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def due(now: datetime) -> list[Connection]:
    """The active connections whose time has come and that have no run under way; in all_tenants()."""
    parameters = {
        "now": now,
        "every": EVERY,
        "longest": LONGEST_PAUSE,
        "died": DIED,
        "too_often": TOO_OFTEN,
        "woken_from": connection_health.REST_AFTER,
    }
    return list(Connection.objects.raw(DUE, parameters))


def queue(connection: Connection, feed: str = "", from_day: date | None = None, to_day: date | None = None) -> SyncRun:
    """A queued run, inside a tenant_scope. Its message is sent when the transaction commits."""
    run = SyncRun.objects.create(
        tenant_id=connection.tenant_id, connection=connection, feed=feed, from_day=from_day, to_day=to_day
    )
    transaction.on_commit(lambda: wake_up.send(wake_up.SYNC_CONNECTION, run.tenant_id, run.pk))
    return run


def queue_due(now: datetime) -> int:
    """Queues a run for each connection that is due and whose provider is not known to be down; returns how many. Two
    schedulers at once do it once."""
    with all_tenants():
        if not _locked("pg_try_advisory_xact_lock", SCHEDULING):
            return 0
        connections = circuit_breaker.let_through(due(now), now)
        runs = [SyncRun(tenant_id=connection.tenant_id, connection=connection) for connection in connections]
        SyncRun.objects.bulk_create(runs, batch_size=1000)
    return len(runs)


@contextmanager
def claimed() -> Iterator[SyncRun | None]:
    """Takes the next queued run: it is marked running, and its connection's lock is held until the block ends. None where
    none may be made now."""
    with ExitStack() as held:
        yield _claim(held)


def _claim(held: ExitStack) -> SyncRun | None:
    """One worker at a time, so that each sees what the one before has taken."""
    with all_tenants():
        _locked("pg_advisory_xact_lock", CLAIMING)
        found = list(SyncRun.objects.raw(CLAIM.format(held=HELD), {"lock_class": LOCK_CLASS}))
        if not found:
            return None
        run = SyncRun.objects.select_related("connection__tenant").get(pk=found[0].pk)
        try:
            held.enter_context(only_one(run.connection))
        except AlreadyRunning:  # the command line was a moment faster: the run waits for its next turn
            return None
        run.state, run.started_at = SyncRun.State.RUNNING, timezone.now()
        run.save(update_fields=["state", "started_at"])
        return run


def end_lost(now: datetime) -> list[SyncRun]:
    """Ends as failed the runs whose worker is gone: they are “running”, but no session holds their connection's lock."""
    with all_tenants():
        lost = list(SyncRun.objects.raw(LOST.format(held=HELD), {"lock_class": LOCK_CLASS}))
    return [run for run in lost if _end_one_lost(run, now)]


def _end_one_lost(run: SyncRun, now: datetime) -> bool:
    said = "Its worker died: the process was killed, or lost the database. What is missing is fetched again."
    died = {"error": DIED, "group": "try again", "detail": said}
    with tenant_scope(run.tenant_id):
        ended = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(
            state=SyncRun.State.FAILED, finished_at=now, waiting="", errors=[died, *run.errors]
        )
        if ended:
            run.refresh_from_db()
            connection_health.ended(run, stored=min(run.facts_written, 1))  # what it stored before it died counts
    return bool(ended)


def is_awake(now: datetime) -> bool:
    """Whether a run is being made that was begun of late: then the next worker has been woken already. Ask after
    `end_lost()`: a worker that died took its message along."""
    with all_tenants():
        return SyncRun.objects.filter(state=SyncRun.State.RUNNING, started_at__gt=now - AWAKE_WITHIN).exists()


def some_wait() -> bool:
    with all_tenants():
        return SyncRun.objects.filter(state=SyncRun.State.QUEUED).exists()


def _locked(function: str, half: int) -> bool:
    """Takes a lock of ours until the transaction ends; `try` says whether it could."""
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [LOCK_CLASS, half])
        return cursor.fetchone()[0] is not False
