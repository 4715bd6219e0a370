"""The whole line against dlt: three new days of 200 pages of 1,000 rows, then the last of them again, unchanged.

dlt stores rows as they are named by the vendor; the line keeps every answer too, makes two facts of a row, adds up the rows
that name one video twice, keeps daily totals in step, and notes restatements. Both ask the same sandbox (a process of its
own), day after day in turn.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from tests.benchmarks import peers, stage
from tests.benchmarks.shares import Shares
from tests.benchmarks.stage import Outcome

ROWS = 200_000  # of one day: 200 pages of 1,000
DAYS = [stage.days_before(5 + number) for number in range(3)]
PHASES = {
    "asset": ("INSERT INTO reporting_asset",),
    "compare": ("INSERT INTO changed",),
    "facts": ("INSERT INTO reporting_fact", "UPDATE reporting_fact", "DELETE FROM reporting_fact"),
    "totals": ("INSERT INTO reporting_dailytotal", "DELETE FROM reporting_dailytotal"),
}


class Lines(Shares):
    """The line's statements by what they write, COPY with parsing, and the rest."""

    rest = "fetching, hashing, keeping"

    def name_of(self, sql: str) -> str:
        return next((name for name, words in PHASES.items() if sql.strip().startswith(words)), "other statements")


@contextmanager
def watched(shares: Shares) -> Iterator[None]:
    """Times the statements, and COPY, which Django's wrapper does not see."""
    from django.db import connection

    from providers.pipeline import facts

    copy_in = facts.copy_in

    def timed(*arguments: Any) -> None:
        started = time.perf_counter()
        copy_in(*arguments)
        shares.add("parsing and COPY", time.perf_counter() - started)

    facts.copy_in = timed
    try:
        with connection.execute_wrapper(shares.statement):
            yield
    finally:
        facts.copy_in = copy_in


def sync_day(connection: Any, day: date) -> None:
    from providers.scheduling.run import make
    from reporting.models import SyncRun
    from reporting.tenancy.scoping import tenant_scope

    with tenant_scope(connection.tenant_id):
        run = SyncRun.objects.create(tenant=connection.tenant, connection=connection, from_day=day, to_day=day)
    ended = make(run)
    assert ended.state == SyncRun.State.SUCCEEDED, ended.errors


def warm(url: str) -> None:
    """The sandbox draws a day's 200,000 rows at its first request for it: that is nobody's time."""
    import requests

    for day in DAYS:
        asked = {"provider": "scaleengine", "from": str(day), "to": str(day)}
        with requests.get(f"{url}/_ledger", params=asked, timeout=120, stream=True) as answer:
            for _ in answer.iter_content(1024 * 1024):
                continue


def measure() -> list[Outcome]:
    with stage.sandbox(rows=ROWS) as url:
        warm(url)
        connection = stage.new_connection(stage.new_tenant("line"), base_url=f"{url}/scaleengine")
        shares, again = Lines(), Lines()
        with watched(shares):
            ours = [stage.seconds_of(lambda day=day: sync_day(connection, day)) for day in DAYS]
        theirs = ask_dlt(url, connection)
        with watched(again):
            unchanged = [stage.seconds_of(lambda: sync_day(connection, DAYS[-1])) for _ in range(3)]
    return [new_days(ours, theirs, shares), same_day(unchanged, theirs, again)]


def ask_dlt(url: str, connection: Any) -> dict[str, Any]:
    return peers.ask(
        "dlt_scaleengine",
        url=url,
        keys=connection.credentials,
        apps=connection.options["apps"],
        days=[str(day) for day in (*DAYS, DAYS[-1])],
        database=stage.database_url(),
        folder=str(stage.folder() / "dlt"),
    )


def new_days(ours: list[float], theirs: dict[str, Any], shares: Shares) -> Outcome:
    """All three days count, with the first: it names 196,000 assets here, and makes the tables there."""
    whole, peer = sum(ours), sum(theirs["seconds"][: len(DAYS)])
    rows = ROWS * len(DAYS)
    sides = (
        f"{rows / whole:,.0f} and {rows / peer:,.0f} rows a second ({_each(ours)}; dlt {_each(theirs['seconds'][:3])})"
    )
    return Outcome("whole line against dlt, new days", peer / whole, 1.5, sides, shares.said(whole))


def same_day(ours: list[float], theirs: dict[str, Any], shares: Shares) -> Outcome:
    peer, best = theirs["seconds"][-1], sorted(ours)[1]
    sides = f"{best:.2f} s (median of three), dlt {peer:.2f} s"
    return Outcome("unchanged day against dlt's second merge", peer / best, 15, sides, shares.said(sum(ours)))


def _each(seconds: list[float]) -> str:
    return " + ".join(f"{one:.1f}" for one in seconds) + " s"
