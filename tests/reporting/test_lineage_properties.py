"""Whatever is reported: the facts that a lineage names add up to the very figure, and no figure is without them.

A random tenant, random reports of it, and for each of their figures the lineage of its row. Facts are read page by page and
added up here, in Python.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting import rollups
from reporting.metrics import DIMENSIONS, METRICS, Adds
from reporting.models import Asset, Assignment, Connection, Customer, Fact, Tenant
from reporting.query.adding import RATIO
from reporting.query.lineage import Lineage, parse_lineage
from reporting.query.lineage_facts import FactLine, Page
from reporting.query.parameters import parse
from reporting.scoping import tenant_scope
from tests.reporting.factories import TODAY

START = date(2025, 12, 29)  # a Monday, so that weeks, a month's edge and a year's edge are within
DAYS = [START + timedelta(days=n) for n in range(10)]
LINKS = [("a", "247platform", "EUR"), ("b", "boomstream", "USD"), ("c", "smartstream", "EUR"), ("d", "scaleengine", "")]
STORED = ["plays", "watch_time", "cost", "data_transfer", "devices", "finished", "average_watch_time"]
ASKED = [*STORED, "cost_per_hour_watched", "cost_per_gb"]
GROUPS = [(), ("customer",), ("connection",), ("provider",), ("asset",), ("customer", "asset"), ("country",)]
GROUPS += [("asset", "country"), ("customer", "country"), ("provider", "country")]
INTERVALS = ["total", "day", "week", "month", "hour", "lifetime"]

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "12"))

pytestmark = pytest.mark.django_db


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def make_world(tenant: Tenant, random: Random) -> None:
    """Connections, customers, assets that change hands, and facts of every kind."""
    of = {"tenant": tenant}
    customers = [Customer.objects.create(**of, slug=slug, name=slug) for slug in ("norte", "sur")]
    for slug, provider, currency in random.sample(LINKS, random.randint(1, 4)):
        link = Connection.objects.create(
            **of, slug=slug, name=slug, provider=provider, currency=currency, time_zone="UTC", history_from=START
        )
        kinds = random.sample(["video", "video", "video", "account", "playlist"], random.randint(1, 4))
        for number, kind in enumerate(kinds):
            asset = Asset.objects.create(**of, connection=link, external_id=f"x{number}", kind=kind)
            change_hands(asset, customers, random)
            Fact.objects.bulk_create(make_facts(asset, random))
        rollups.rebuild(link.pk)


def change_hands(asset: Asset, customers: list[Customer], random: Random) -> None:
    edge = random.choice(DAYS)
    for first, last in ((None, edge), (edge + timedelta(days=1), None)):
        if random.random() < 0.7:
            Assignment.objects.create(
                tenant=asset.tenant, asset=asset, customer=random.choice(customers), from_day=first, to_day=last
            )


def make_facts(asset: Asset, random: Random) -> list[Fact]:
    cells: dict[tuple[Any, ...], Decimal] = {}
    for _ in range(random.randint(0, 25)):
        metric = random.choice(STORED)
        interval = random.choice(["day", "day", "day", "hour", "month", "lifetime"])
        dimension = random.choice(["", "", "country"])
        if metric == "finished":  # of a state, an asset has one kind of reading, which nobody splits
            interval, dimension = ("day" if asset.pk % 2 else "lifetime"), ""
        day = random.choice(DAYS)
        cell = (
            metric,
            interval,
            dimension,
            day.replace(day=1) if interval == "month" else day,
            60 * random.randint(0, 2) if interval == "hour" else 0,
            random.choice(["ES", "JP", "ZZ"]) if dimension else "",
        )
        cells[cell] = Decimal(random.randint(-3, 30)) / random.choice([1, 1, 8])
    of = {"tenant": asset.tenant, "connection": asset.connection, "asset": asset, "snapshot_id": 0}
    names = ("metric", "interval", "dimension", "day", "minute", "key")
    return [Fact(**of, **dict(zip(names, cell, strict=True)), value=value) for cell, value in cells.items()]


def question(random: Random) -> dict[str, list[str]]:
    """The parameters of a report."""
    first, last = sorted(random.choices(DAYS, k=2))
    asked = {"interval": [random.choice(INTERVALS)], "from": [str(first)], "to": [str(last)]}
    groups = random.choice(GROUPS)
    if groups:
        asked["group_by"] = [",".join(groups)]
    elif random.random() < 0.4:
        asked["country"] = [random.choice(["ES", "JP,ZZ"])]
    if random.random() < 0.3:
        asked["customer"] = [random.choice(["norte", "sur", "norte,sur"])]
    return asked


def of_row(asked: dict[str, list[str]], row: dict[str, Any], seen: list[str]) -> dict[str, list[str]]:
    """The same parameters, narrowed to one row by its values. `seen` are the connections that the bearer knows of."""
    narrowed = dict(asked)
    for name in ("customer", "connection", "provider", "asset", *DIMENSIONS):
        if row.get(name):
            narrowed[name] = [row[name]]
    if "connection" not in row and "currency" in row:
        links = Connection.objects.filter(currency=row["currency"] or "", slug__in=seen).values_list("slug", flat=True)
        narrowed["connection"] = [",".join(links)]
    return narrowed | ({"at": [row["period"]]} if "period" in row else {})


def facts_of(lineage: Lineage, limit: int) -> list[FactLine]:
    """All pages forwards; then backwards the same."""
    found, page = [], lineage.facts(Page(limit))
    pages = [page.facts]
    found += page.facts
    while page.next:
        page = lineage.facts(Page(limit, page.next))
        pages.append(page.facts)
        found += page.facts
    for before in reversed(pages[:-1]):
        assert page.previous
        page = lineage.facts(Page(limit, page.previous))
        assert page.facts == before
    assert page.previous is None
    return found


def check_facts(lineage: Lineage, limit: int) -> None:
    """They make the figure, by the metric's own rule."""
    facts, metric, figure = facts_of(lineage, limit), lineage.metric, lineage.figure
    assert len(set(facts)) == len(facts) == sum(side.facts for side in lineage.sides)
    if figure is None:
        assert facts == []
        return
    sums = {name: sum(f.value for f in facts if f.metric == name) for name in {f.metric for f in facts}}
    assert sums == {side.metric.name: side.value for side in lineage.sides}
    if metric.adds is Adds.RATIO and metric.name not in sums:
        assert figure == RATIO.divide(sums[metric.numerator] * metric.scale, sums[metric.denominator])
    else:
        assert sums == {metric.name: figure}
    if metric.adds is Adds.NEVER or (metric.adds is Adds.RATIO and metric.name in sums):
        assert len(facts) == 1
    assert len({(f.metric, f.interval) for f in facts}) == len(sums) or metric.adds is Adds.LAST


@given(st.integers(0, 2**32))
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_facts_make_the_figure(alice: Tenant, seed: int) -> None:
    random = Random(seed)
    with tenant_scope(alice), undone():
        make_world(alice, random)
        for _ in range(6):
            check_report(alice, question(random), random)


def check_report(tenant: Tenant, asked: dict[str, list[str]], random: Random) -> None:
    metric = random.choice(ASKED)
    asked = {"metrics": [metric]} | asked
    bearer = random.choice([None, None, Customer.objects.get(slug="norte")])
    who: dict[str, Any] = {"customer_id": bearer.pk if bearer else None, "today": TODAY}
    if bearer:
        asked.pop("customer", None)
    result = parse(asked, tenant, **who).run()
    for row in random.sample(result.rows, min(4, len(result.rows))):
        if row[metric] is None or any(row[name] is None for name in DIMENSIONS if name in row):
            continue  # the part that a dimension leaves over is a difference
        lineage = parse_lineage(of_row(asked, row, [one.connection for one in result.freshness]), tenant, **who)
        assert lineage.figure == row[metric]
        check_facts(lineage, random.randint(1, 4))
    plain = {name: values for name, values in asked.items() if name != "group_by"}
    lineage = parse_lineage(plain, tenant, **who)
    assert lineage.figure == result.totals.figures[metric]
    check_facts(lineage, 3)


def test_the_worlds_hold_what_is_meant(alice: Tenant) -> None:
    """So that the property speaks of something: figures of each kind, and unknown ones."""
    seen: set[tuple[Adds, bool]] = set()
    for seed in range(12):
        random = Random(seed)
        with tenant_scope(alice), undone():
            make_world(alice, random)
            for metric in METRICS.keys() & set(ASKED):
                days = {"from": [str(DAYS[0])], "to": [str(DAYS[-1])], "interval": ["day"]}
                for row in parse({"metrics": [metric]} | days, alice, today=TODAY).run().rows:
                    seen.add((METRICS[metric].adds, row[metric] is None))
    assert seen == {(adds, unknown) for adds in Adds for unknown in (True, False)}
