"""A year by month by programme, against the same by asset: 2,000 assets of four connections in 300 programmes.

Both read the facts of all assets. By asset each row is one of the statement; by programme the rows of several connections are
put together, and there are fewer.
"""

from functools import partial
from typing import Any

from tests.benchmarks import stage
from tests.benchmarks.agency import ASSETS, FACTS, FIRST, LAST, run
from tests.benchmarks.parents_against_customers import limited_by
from tests.benchmarks.stage import Outcome

PROVIDERS = ("boomstream", "247platform", "smartstream", "scaleengine")
EACH, PROGRAMMES = 500, 300
TRIES = 5
MOST = 1.2  # times as slow as by asset

MADE = """
    INSERT INTO reporting_programme (tenant_id, slug, name, tags, created_at)
    SELECT %(tenant)s, 'work-' || n, 'Work ' || n, '{}', now() FROM generate_series(1, %(programmes)s) n
"""
PUT = """
    UPDATE reporting_asset a SET programme_id = p.id, is_placed_by_hand = true FROM reporting_programme p
    WHERE a.tenant_id = %(tenant)s AND p.tenant_id = %(tenant)s
      AND p.slug = 'work-' || 1 + substr(a.external_id, 7)::int %% %(programmes)s
"""


def measure() -> list[Outcome]:
    tenant = stage.new_tenant("works")
    fill(tenant)
    stage.analyze()
    outcomes = []
    for interval in ("month", "total"):
        by_programme = partial(ask, tenant, group_by="programme", interval=interval)
        by_asset = partial(ask, tenant, group_by="asset", interval=interval)
        assert figures(by_programme()) == figures(by_asset())
        mine, peer = stage.best_of(TRIES, by_programme), stage.best_of(TRIES, by_asset)
        sides = f"{1000 * mine:.0f} and {1000 * peer:.0f} ms"
        what = f"{len(PROVIDERS) * EACH:,} assets of a year in {PROGRAMMES} programmes ({interval}), against by asset"
        outcomes.append(Outcome(what, mine / peer, MOST, sides, limited_by(by_programme), is_most=True))
    return outcomes


def fill(tenant: Any) -> None:
    from reporting.ledger import daily_totals
    from reporting.tenancy.scoping import tenant_scope

    values: dict[str, Any] = {
        "tenant": tenant.pk,
        "assets": EACH,
        "programmes": PROGRAMMES,
        "first": FIRST,
        "last": LAST,
    }
    with tenant_scope(tenant):
        run(MADE, values)
        for provider in PROVIDERS:
            made = stage.new_connection(tenant, slug=provider, name=provider, provider=provider, history_from=FIRST)
            of_it = values | {"connection": made.pk}
            run(ASSETS, of_it)
            for metric in ("plays", "watch_time"):
                run(FACTS, of_it | {"metric": metric, "interval": "day", "dimension": "", "keys": [""]})
            daily_totals.rebuild(made.pk)
        run(PUT, values)


def ask(tenant: Any, **asked: str) -> dict[str, Any]:
    from reporting.query import run as report
    from reporting.query.parameters import parse
    from reporting.tenancy.reader import OPERATOR
    from reporting.tenancy.scoping import tenant_scope

    words = {"metrics": "plays,watch_time", "from": f"{FIRST}", "to": f"{LAST}"} | asked
    with tenant_scope(tenant):
        return report(parse({name: [value] for name, value in words.items()}, tenant, OPERATOR)).as_json()


def figures(answer: dict[str, Any]) -> dict[str, int]:
    """The sums of each metric over all rows."""
    return {name: sum(row[name] for row in answer["rows"]) for name in ("plays", "watch_time")}
