"""The database, and the roles of `reporting/bootstrap.sql` in it: the file that an operator runs with psql."""

import hashlib
from pathlib import Path

import psycopg

from reporting.embedded import system
from reporting.embedded.cluster import Cluster

DATABASE = "viewledger"
_SQL_FILE = Path(__file__).resolve().parent.parent / "bootstrap.sql"
_MARK = "viewledger.bootstrap"


def ensure_bootstrapped(cluster: Cluster) -> None:
    """Runs the file unless this very text was run here before. Raises psycopg.Error."""
    sql = _SQL_FILE.read_text()
    digest = hashlib.sha256(sql.encode()).hexdigest()
    mark = cluster.data / _MARK
    if mark.exists() and mark.read_text() == digest:
        return
    _run(cluster, sql)
    mark.write_text(digest)
    system.give(mark, system.account_for(cluster.data))


def _run(cluster: Cluster, sql: str) -> None:
    """Into template1 too: schema and default privileges belong to a database, and test databases are copies of it."""
    with psycopg.connect(cluster.dsn("template1"), autocommit=True) as connection:
        connection.execute(sql)
        connection.execute("ALTER ROLE viewledger CREATEDB")
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    with psycopg.connect(cluster.dsn(DATABASE), autocommit=True) as connection:
        connection.execute(sql)
