"""A year by month for one customer of a tenant with ten million facts, against SQL by hand on the same tables; and the same
report in a tenant of a hundredth of that, with the same answer.

By hand: one statement over the daily totals for the rows, and their sum for the totals, under the same policies. Ours: the
whole `run(question)`, which also looks up what it may see, says how fresh and final the figures are, and what a reader must
know beside them. Asked twice: as plain figures (24 figures, where those fixed costs show), and by country (720 rows,
where the database's own work outweighs them).
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.benchmarks import stage
from tests.benchmarks.agency import FIRST, LAST, Agency, fill
from tests.benchmarks.shares import Shares
from tests.benchmarks.stage import Outcome

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", "100"))  # of 100,010 facts each
TRIES = 30

BY_HAND = """
    SELECT date_trunc('month', day)::date, key, metric, sum(value) FROM reporting_dailytotal
    WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s AND metric = ANY(%(metrics)s) AND dimension = %(dimension)s
      AND level = 'asset' AND day BETWEEN %(first)s AND %(last)s
    GROUP BY 1, 2, 3
"""
PLAIN: dict[str, str] = {"metrics": "plays,watch_time"}
BY_COUNTRY: dict[str, str] = {"metrics": "plays", "group_by": "country"}


def measure() -> list[Outcome]:
    large, small = fill(stage.new_tenant("large"), CUSTOMERS), fill(stage.new_tenant("small"), 1)
    stage.analyze()
    outcomes: list[Outcome] = []
    for name, asked in (("a year by month", PLAIN), ("a year by month and country", BY_COUNTRY)):
        check(large, asked)
        mine, peer = fastest(ours, large, asked), fastest(by_hand, large, asked)
        little = fastest(ours, small, asked)
        title = f"{name} of one customer, {large.facts / 1e6:.1f} million facts"
        sides = f"{1000 * mine:.1f} and {1000 * peer:.1f} ms"
        limit = limited_by(large, asked)
        outcomes.append(Outcome(f"{title}, against SQL", mine / peer, 1.5, sides, limit, is_most=True))
        sides = f"{1000 * mine:.1f} and {1000 * little:.1f} ms"
        what = f"{name}, with {large.facts / small.facts:.0f} times the facts"
        outcomes.append(Outcome(what, mine / little, 1.3, sides, limit, is_most=True))
    return outcomes


def ours(agency: Agency, asked: dict[str, str]) -> dict[str, Any]:
    """The report as a customer's own token asks for it."""
    from reporting.query import run
    from reporting.query.parameters import parse
    from reporting.tenancy.reader import VENDORS, Reader
    from reporting.tenancy.scoping import tenant_scope

    reader = Reader("customer", agency.customer_id, sees_personal_data=False, costs=VENDORS)
    parameters = asked | {"from": str(FIRST), "to": str(LAST), "interval": "month"}
    with tenant_scope(agency.tenant):
        words = {name: [value] for name, value in parameters.items()}
        return run(parse(words, agency.tenant, reader)).as_json()


def by_hand(agency: Agency, asked: dict[str, str]) -> dict[str, Any]:
    """The same rows and totals."""
    from django.db import connection

    from reporting.tenancy.scoping import tenant_scope

    metrics, dimension = asked["metrics"].split(","), asked.get("group_by", "")
    values = {"tenant": agency.tenant.pk, "customer": agency.customer_id, "metrics": metrics}
    values |= {"dimension": dimension, "first": FIRST, "last": LAST}
    rows: dict[tuple[Any, str], dict[str, Any]] = {}
    totals = dict.fromkeys(metrics, 0)
    with tenant_scope(agency.tenant), connection.cursor() as cursor:
        cursor.execute(BY_HAND, values)
        for month, key, metric, value in cursor.fetchall():
            first = {"period": f"{month:%Y-%m}"} | ({dimension: key} if dimension else {})
            rows.setdefault((month, key), first)[metric] = int(value)
            totals[metric] += int(value)
    return {"rows": [rows[place] for place in sorted(rows)], "totals": totals}


def check(agency: Agency, asked: dict[str, str]) -> None:
    mine, peer = ours(agency, asked), by_hand(agency, asked)
    assert len(mine["rows"]) >= 12
    figures = [column["name"] for column in mine["columns"]]  # ours are marked as final or not, too
    assert [{name: row[name] for name in figures} for row in mine["rows"]] == peer["rows"]
    if "group_by" not in asked:  # totals are the plain figures, of which a dimension's rows are a split
        assert mine["totals"] == peer["totals"]


def fastest(side: Callable[..., Any], agency: Agency, asked: dict[str, str]) -> float:
    return stage.best_of(TRIES, partial(side, agency, asked))


def limited_by(agency: Agency, asked: dict[str, str]) -> str:
    """The shares of the statements, and of what is left for Python."""
    from django.db import connection

    shares = Statements()
    with connection.execute_wrapper(shares.statement):
        whole = stage.seconds_of(lambda: [ours(agency, asked) for _ in range(TRIES)])
    count = shares.count // TRIES
    return f"{count} statements; {shares.said(whole)}"


class Statements(Shares):
    """Each statement by the table it reads from."""

    rest = "Python"

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def name_of(self, sql: str) -> str:
        self.count += 1
        words = sql.replace('"', "").split()
        tables = [
            word.removeprefix("reporting_") for word in words if word.startswith("reporting_") and "." not in word
        ]
        return tables[0] if tables else "opening the scope"
