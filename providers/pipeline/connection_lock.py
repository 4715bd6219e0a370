"""One process at a time works on a connection: its advisory lock, which PostgreSQL frees when the process dies."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection as database

from reporting.models import Connection

LOCK_CLASS = 0x766C  # "vl": the first half of the advisory lock's key; the second is the connection's id


class AlreadyRunning(Exception):
    """Another process is syncing this connection."""


@contextmanager
def only_one(connection: Connection) -> Iterator[None]:
    """Holds the connection's lock. Raises AlreadyRunning where another process holds it."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, connection.pk])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning(f"{connection} is being synced by another process.")
    try:
        yield
    finally:
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, connection.pk])
