"""Whatever is reported: the facts that a lineage names add up to the very figure, and no figure is without them.

A random tenant, random reports of it, of today and as of an earlier day, and for each of their figures the lineage of its row:
those that their values name, the row of all others, and what a dimension, or the assets, leave over. Facts are read page by
page and added up here, in Python.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from reporting.ledger import daily_totals
from reporting.metrics import DIMENSIONS, METRICS, Adds
from reporting.models import (
    Asset,
    Assignment,
    Connection,
    Customer,
    Fact,
    Programme,
    Restatement,
    Snapshot,
    Tenant,
    Withdrawal,
)
from reporting.query import run
from reporting.query.arithmetic import RATIO
from reporting.query.lineage import FactLine, Lineage, PageRequest, beside, parse_lineage
from reporting.query.lineage.rows import Rows
from reporting.query.parameters import parse
from reporting.query.run import Report
from reporting.query.scope import scope_of
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import TODAY, reader_for
from tests.support.profiles import profile

START = date(2025, 12, 29)  # a Monday, so that weeks, a month's edge and a year's edge are within
DAYS = [START + timedelta(days=n) for n in range(10)]
LINKS = [("a", "247platform", "EUR"), ("b", "boomstream", "USD"), ("c", "smartstream", "EUR"), ("d", "scaleengine", "")]
STORED = ["plays", "watch_time", "cost", "data_transfer", "devices", "finished", "average_watch_time"]
ASKED = [*STORED, "cost_per_hour_watched", "cost_per_gb"]
GROUPS = [(), ("customer",), ("connection",), ("provider",), ("asset",), ("customer", "asset"), ("country",)]
GROUPS += [("parent",), ("parent",), ("customer", "parent"), ("parent", "asset"), ("parent", "country")]
GROUPS += [("programme",), ("programme",), ("customer", "programme"), ("programme", "asset"), ("programme", "country")]
GROUPS += [("programme", "parent"), ("asset", "country"), ("customer", "country"), ("provider", "country")]
INTERVALS = ["total", "day", "week", "month", "hour", "lifetime"]

pytestmark = pytest.mark.django_db


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def make_world(tenant: Tenant, random: Random) -> None:
    """Connections, customers, assets that change hands, and facts of every kind."""
    of = {"tenant": tenant}
    programmes = [None, None, *(Programme.objects.create(**of, slug=slug, name=slug) for slug in ("cup", "gala"))]
    customers = [Customer.objects.create(**of, slug=slug, name=slug, cost_view="vendor") for slug in ("norte", "sur")]
    for slug, provider, currency in random.sample(LINKS, random.randint(1, 4)):
        link = Connection.objects.create(
            **of, slug=slug, name=slug, provider=provider, currency=currency, time_zone="UTC", history_from=START
        )
        kinds = random.sample(["video", "video", "video", "account", "playlist", "application"], random.randint(1, 5))
        apps = [Asset.objects.create(**of, connection=link, external_id=f"app{n}", kind="application") for n in (0, 1)]
        for number, kind in enumerate(kinds):
            parent = random.choice([None, *apps]) if kind in ("video", "playlist") else None
            name = "y" if parent and parent not in taken_by_y(link) else f"x{number}"
            placed = {"parent": parent, "programme": random.choice(programmes)}
            asset = Asset.objects.create(**of, connection=link, external_id=name, kind=kind, **placed)
            change_hands(asset, customers, random)
            make_history(asset, make_facts(asset, random), random)
        daily_totals.rebuild(link.pk)


def taken_by_y(link: Connection) -> list[Asset | None]:
    """What holds an asset of that name: one may stand under both applications."""
    return [asset.parent for asset in Asset.objects.filter(connection=link, external_id="y").select_related("parent")]


def change_hands(asset: Asset, customers: list[Customer], random: Random) -> None:
    edge = random.choice(DAYS)
    for first, last in ((None, edge), (edge + timedelta(days=1), None)):
        if random.random() < 0.7:
            Assignment.objects.create(
                tenant=asset.tenant, asset=asset, customer=random.choice(customers), from_day=first, to_day=last
            )


def make_facts(asset: Asset, random: Random) -> list[Fact]:
    cells: dict[tuple[Any, ...], Decimal] = {}
    for _ in range(random.randint(0, 40)):
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


def make_history(asset: Asset, facts: list[Fact], random: Random) -> None:
    """When each fact was read, and what was there before some of them, or is there no more. Most are read early."""
    of = {"tenant": asset.tenant, "connection": asset.connection, "asset": asset}
    read = [datetime.combine(DAYS[0] + timedelta(days=n), time(6, asset.pk % 60), UTC) for n in (0, 0, 0, 2, 5, 9)]
    fixed = {"feed": "plays", "from_day": DAYS[0], "to_day": DAYS[-1], "state": "read", "reader_version": 1}
    snapshots = {
        at: Snapshot.objects.create(**of, **fixed, fetched_at=at, last_seen_at=at, content_hash="", time_zone="UTC")
        for at in set(read)
    }
    for fact in facts:
        place = {name: getattr(fact, name) for name in ("metric", "interval", "dimension", "day", "minute", "key")}
        first, last = sorted(random.choices(read, k=2))
        fact.snapshot_id = snapshots[first].pk
        old = None if random.random() < 0.3 else fact.value + random.randint(-2, 2)
        changed = {**of, **place, "old": old, "old_since": first, "noticed_at": last}
        what = random.choice([None, None, None, "restated", "withdrawn"]) if first < last else None
        if what == "restated":
            fact.snapshot_id = snapshots[last].pk
            Restatement.objects.create(**changed, new=fact.value, cause="provider", snapshot=snapshots[last])
        elif what == "withdrawn" and old is not None:
            Withdrawal.objects.create(**changed)
            facts = [other for other in facts if other is not fact]
    Fact.objects.bulk_create(facts)


def question(random: Random) -> dict[str, list[str]]:
    """The parameters of a report."""
    metrics = random.sample(ASKED, random.choice([1, 1, 2]))
    first, last = random.choice([(DAYS[0], DAYS[-1]), sorted(random.choices(DAYS, k=2))])
    asked = {"metrics": metrics, "interval": [random.choice(INTERVALS)], "from": [str(first)], "to": [str(last)]}
    groups = random.choice(GROUPS)
    if groups:
        asked["group_by"] = [",".join(groups)]
    elif random.random() < 0.4:
        asked["country"] = [random.choice(["ES", "JP,ZZ"])]
    if random.random() < 0.2:
        asked["parent"] = [random.choice(["app0", "app1", "app0,app1", "-"])]
    if random.random() < 0.2:
        asked["programme"] = [random.choice(["cup", "gala", "cup,gala", "-", "cup,-"])]
    if random.random() < 0.3:
        asked["customer"] = [random.choice(["norte", "sur", "norte,sur"])]
    if random.random() < 0.4:
        asked["as_of"] = [str(DAYS[0] + timedelta(days=random.randint(0, 10)))]
    if random.random() < 0.7:
        asked["limit"] = [random.choice(["1", "1", "2"])]
        asked["order_by"] = random.choice([[], [random.choice(["-", ""]) + random.choice([*metrics, *groups])]])
    return {name: values for name, values in asked.items() if values}


def of_row(
    asked: dict[str, list[str]], row: dict[str, Any], seen: list[str], by_currency: bool
) -> dict[str, list[str]]:
    """The same parameters, narrowed to one row by its values. `seen` are the connections that the bearer knows of, and by
    currency is what their rows are told apart by, if so."""
    narrowed = dict(asked)
    for name in ("customer", "connection", "provider", "programme", "parent", "asset", *DIMENSIONS):
        if row.get(name):
            narrowed[name] = [row[name]]
    if row.get("asset") and not row["parent"]:
        narrowed["parent"] = ["-"]
    if by_currency:
        links = Connection.objects.filter(currency=row["currency"] or "", slug__in=seen).values_list("slug", flat=True)
        narrowed["connection"] = [",".join(links)]
    return narrowed | ({"at": [row["period"]]} if "period" in row else {})


def facts_of(lineage: Lineage, limit: int) -> list[FactLine]:
    """All pages forwards; then backwards the same."""
    found, page = [], lineage.facts(PageRequest(limit))
    pages = [page.facts]
    found += page.facts
    while page.next:
        page = lineage.facts(PageRequest(limit, page.next))
        pages.append(page.facts)
        found += page.facts
    for before in reversed(pages[:-1]):
        assert page.previous
        page = lineage.facts(PageRequest(limit, page.previous))
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
    sums = {place: sum(f.value for f in facts if place == place_of(f)) for place in map(place_of, facts)}
    assert sums == {(side.metric.name, side.is_taken_off): side.value for side in lineage.sides}
    if lineage.is_difference:
        assert figure == sums.get((metric.name, False), 0) - sums.get((metric.name, True), 0)
        assert [f.is_taken_off for f in facts] == sorted(f.is_taken_off for f in facts)
        return
    if metric.adds is Adds.RATIO and (metric.name, False) not in sums:
        assert figure == RATIO.divide(sums[metric.numerator, False] * metric.scale, sums[metric.denominator, False])
    else:
        assert sums == {(metric.name, False): figure}
    if metric.adds is Adds.NEVER or (metric.adds is Adds.RATIO and (metric.name, False) in sums):
        assert len(facts) == 1
    assert len({(f.metric, f.interval) for f in facts}) == len(sums) or metric.adds is Adds.LAST


def place_of(fact: FactLine) -> tuple[str, bool]:
    return fact.metric, fact.is_taken_off


@given(st.integers(0, 2**32))
@profile(8)
def test_the_facts_make_the_figure(alice: Tenant, seed: int) -> None:
    random = Random(seed)
    with tenant_scope(alice), undone():
        make_world(alice, random)
        for _ in range(6):
            check_report(alice, question(random), random)


def check_report(tenant: Tenant, asked: dict[str, list[str]], random: Random) -> None:
    bearer = random.choice([None, None, Customer.objects.get(slug="norte")])
    reader = reader_for(bearer)
    if bearer:
        asked = {name: values for name, values in asked.items() if name not in ("customer", "programme", "parent")}
    result, metric = run(parse(asked, tenant, reader, today=TODAY)), random.choice(asked["metrics"])
    seen = [one.connection for one in result.freshness]

    def check(figure: Decimal | None, words: dict[str, list[str]]) -> None:
        lineage = parse_lineage(words, tenant, reader, today=TODAY)
        assert lineage.figure == figure, words
        check_facts(lineage, random.randint(1, 4))
        if random.random() < 0.3:
            check_answers(lineage)

    one = {name: values for name, values in asked.items() if name not in ("limit", "order_by")} | {"metric": [metric]}
    unlimited = parse({name: values for name, values in one.items() if name != "metric"}, tenant, reader, today=TODAY)
    by_currency = Rows(Report(unlimited, scope_of(unlimited)), METRICS[metric], None).split.currency
    remainders = [row for row in result.rows if row["row_type"] == "remainder"]
    named = [row for row in result.rows if row["row_type"] == "plain"]
    for row in result.rows:
        if row["row_type"] == "other":
            of_others = {name: values for name, values in asked.items() if name != "limit"} | {"metric": [metric]}
            check(row[metric], of_others | {"row": ["other"], "report_limit": asked["limit"]})
    for row in random.sample(named, min(4, len(named))):
        if row[metric] is not None:
            check(row[metric], of_row(one, row, seen, by_currency))
    for row in random.sample(remainders, min(4, len(remainders))):
        if row[metric] is not None:
            check(row[metric], of_row(one, row, seen, by_currency) | {"row": ["remainder"]})
    if result.unattributed is not None:
        check(result.unattributed[metric], one | {"row": ["unattributed"]})
    check(result.totals.figures[metric], {name: values for name, values in one.items() if name != "group_by"})


def check_answers(lineage: Lineage) -> None:
    """Each fact names an answer that was there at that moment."""
    lines = beside(lineage, lineage.facts(PageRequest(5)).facts)
    read = dict(Snapshot.objects.values_list("pk", "fetched_at"))
    for line in lines:
        assert line.fact.snapshot in read
        assert lineage.moment is None or read[line.fact.snapshot] <= lineage.moment


def test_the_worlds_hold_what_is_meant(alice: Tenant) -> None:
    """So that the property speaks of something: figures of each kind, and unknown ones."""
    seen: set[tuple[Adds, bool]] = set()
    for seed in range(12):
        random = Random(seed)
        with tenant_scope(alice), undone():
            make_world(alice, random)
            for metric in METRICS.keys() & set(ASKED):
                days = {"from": [str(DAYS[0])], "to": [str(DAYS[-1])], "interval": ["day"]}
                for row in run(parse({"metrics": [metric]} | days, alice, OPERATOR, today=TODAY)).rows:
                    seen.add((METRICS[metric].adds, row[metric] is None))
    assert seen == {(adds, unknown) for adds in Adds for unknown in (True, False)}
