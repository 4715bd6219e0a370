"""The promise of the demo: what both tenants' reports say is what the vendors serve, for every provider and default metric.

Everything is real: the demo's own provisioning file, HTTP to the sandbox, HTTP to our API.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from django.core.management import call_command

from providers import registry
from providers.sandbox import Sandbox, demo
from providers.sandbox.vendors import VENDORS
from reporting.metrics import METRICS, Adds
from reporting.models import ApiToken, Asset, Connection, RateWindow, Tenant
from reporting.tenancy.scoping import all_tenants

DAYS = 9
Facts = list[dict[str, Any]]


class Site:
    """Both demo tenants, synced, and their API over HTTP."""

    def __init__(self, url: str, sandbox: Sandbox) -> None:
        self.url, self.sandbox = url, sandbox
        self.last = datetime.now(UTC).date()
        self.first = self.last - timedelta(days=DAYS - 1)
        self.tokens: dict[str, str] = {}
        self.accounts: dict[str, set[str]] = {}
        self.playlists: set[str] = set()
        with all_tenants():
            for tenant in Tenant.objects.all():
                self.tokens[tenant.slug] = ApiToken.issue(tenant=tenant, scopes=["read", "ppv"])[1]
                named = Asset.objects.filter(tenant=tenant).values_list("kind", "external_id")
                self.accounts[tenant.slug] = {external_id for kind, external_id in named if kind == "account"}
                self.playlists |= {external_id for kind, external_id in named if kind == "playlist"}

    def truth(self, tenant: str, provider: str) -> Facts:
        asked = {"provider": provider, "account": tenant, "from": str(self.first), "to": str(self.last)}
        facts: Facts = requests.get(f"{self.sandbox.url}/_ledger", params=asked, timeout=60).json()["facts"]
        return facts

    def report(self, tenant: str, **query: str) -> dict[str, Any]:
        query = {"from": str(self.first), "to": str(self.last)} | query
        headers = {"Authorization": f"Bearer {self.tokens[tenant]}"}
        answer = requests.get(f"{self.url}/api/v1/report", params=query, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json(parse_float=Decimal)
        return result

    def total(self, tenant: str, facts: Facts) -> dict[tuple[str, str], Decimal]:
        """By (day, key): the account's figure where there is one, else the sum over assets; playlists never add."""
        of_account = [fact for fact in facts if fact["asset"] in self.accounts[tenant]]
        added: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for fact in of_account or [fact for fact in facts if fact["asset"] not in self.playlists]:
            added[fact["day"], fact["key"]] += Decimal(fact["value"])
        return dict(added)


@pytest.fixture
def site(live_server: Any, transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    with Sandbox(assets=3, rows=12, now=datetime.now(UTC), smartstream_limit=None) as sandbox:
        file = tmp_path / "demo.toml"
        first_day = date.today() + timedelta(days=demo.DAYS - DAYS)
        file.write_text(demo.document(first_day, sandbox.url, assets=sandbox.assets))
        call_command("provision", str(file))
        for tenant in demo.TENANTS:
            RateWindow.objects.all().delete()
            call_command("sync", tenant=tenant)
        yield Site(live_server.url, sandbox)


def by_kind(facts: Facts) -> dict[tuple[str, str, str], Facts]:
    found: dict[tuple[str, str, str], Facts] = defaultdict(list)
    for fact in facts:
        found[fact["metric"], fact["interval"], fact["dimension"]].append(fact)
    return found


def figure(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def check_sum(site: Site, tenant: str, provider: str, metric: str, dimension: str, facts: Facts) -> None:
    """By day, and in total."""
    expected = site.total(tenant, facts)
    query = {"metrics": metric, "connection": provider, "interval": "day"} | (
        {"group_by": dimension} if dimension else {}
    )
    result = site.report(tenant, **query)
    shown = {
        (row["period"], row.get(dimension) or ""): figure(row[metric])
        for row in result["rows"]
        if row[metric] is not None and (row.get(dimension) or not dimension)
    }
    assert {cell: value for cell, value in shown.items() if value} == {c: v for c, v in expected.items() if v}
    if not dimension:
        assert figure(result["totals"][metric]) == sum(expected.values())


def check_each_asset(
    site: Site, tenant: str, provider: str, metric: str, interval: str, dimension: str, facts: Facts
) -> None:
    """Cells that do not add up: each as the provider gave it."""
    group = "asset" + (f",{dimension}" if dimension else "")
    asked = {"metrics": metric, "connection": provider, "interval": interval, "group_by": group}
    if interval == "month":
        next_month = (site.last.replace(day=28) + timedelta(days=4)).replace(day=1)
        asked |= {"from": str(site.first.replace(day=1)), "to": str(next_month - timedelta(days=1))}
    rows = site.report(tenant, **asked)["rows"]
    length = {"month": 7, "day": 10}.get(interval, 0)  # of "2026-01", "2026-01-05"; a lifetime has no period
    shown = {
        (row.get("period", "")[:length], row["asset"], row.get(dimension) or ""): figure(row[metric]) for row in rows
    }
    for fact in facts:
        if fact["asset"] not in site.accounts[tenant]:
            assert shown[fact["day"][:length], fact["asset"], fact["key"]] == Decimal(fact["value"]), fact


def test_it_works(site: Site) -> None:
    """One test, since it takes long to sync both tenants."""
    for tenant in demo.TENANTS:
        check_all(site, tenant)
    check_a_ratio(site)
    check_customers(site)
    check_freshness(site)


def check_all(site: Site, tenant: str) -> None:
    checked = set()
    for provider in VENDORS:
        facts = site.truth(tenant, provider)
        assert facts
        for (metric, interval, dimension), some in by_kind(facts).items():
            adds = METRICS[metric].adds
            if adds in (Adds.SUM, Adds.SUM_WITHIN_PROVIDER) and interval == "day":
                check_sum(site, tenant, provider, metric, dimension, some)
            elif adds is Adds.RATIO:
                continue  # see check_a_ratio
            elif interval in ("day", "month", "lifetime"):
                check_each_asset(site, tenant, provider, metric, interval, dimension, some)
            checked.add((provider, metric, interval))
    assert len(checked) >= 30


def check_a_ratio(site: Site) -> None:
    """It is of the sums."""
    facts = by_kind(site.truth("north", "smartstream"))
    watched, played = (
        sum(site.total("north", facts[metric, "day", ""]).values()) for metric in ("watch_time", "plays")
    )
    shown = figure(
        site.report("north", metrics="average_watch_time", connection="smartstream")["totals"]["average_watch_time"]
    )
    assert shown is not None
    assert abs(shown - watched / played) < Decimal("0.000001")


def check_customers(site: Site) -> None:
    """What the customers have and what nobody has is the total of the assets."""
    result = site.report("north", metrics="requests", group_by="customer")
    given = sum(row["requests"] or 0 for row in result["rows"]) + (result["unattributed"]["requests"] or 0)
    facts = by_kind(site.truth("north", "scaleengine"))["requests", "day", ""]
    assert given == sum(Decimal(fact["value"]) for fact in facts)
    assert len([row for row in result["rows"] if row["customer"]]) == 2


def check_freshness(site: Site) -> None:
    """The connections are complete."""
    for connection in site.report("south", metrics="plays")["freshness"]:
        assert connection["complete"], connection
        today = datetime.now(ZoneInfo(registry.get(connection["connection"]).time_zone)).date()
        assert connection["final_through"] == str(today - timedelta(days=3)), connection
    with all_tenants():
        assert not Connection.objects.filter(last_success=None).exists()
