"""Random tenants and random questions. Days lie at the edges of weeks, months and years; values are few and small, so that
an example that fails can be added up in the head."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection as database
from hypothesis import strategies as some

from providers.pipeline.facts_sql import TABLES
from reporting.ledger import daily_totals
from reporting.ledger.assignments import apply_rule, assign
from reporting.metrics import METRICS, Adds
from reporting.models import (
    Asset,
    AssignmentRule,
    Connection,
    Customer,
    Days,
    Fact,
    FeedProgress,
    Programme,
    Tenant,
)
from tests.reporting.reference.figures import operands

DAYS = [date(2026, 1, day) for day in (1, 2, 4, 5, 31)] + [date(2026, 2, day) for day in (1, 2, 28)]
DAYS += [date(2026, 3, 1), date(2026, 3, 2), date(2025, 12, 28), date(2025, 12, 29), date(2025, 12, 31)]
DAYS += [date(2025, 2, 28), date(2025, 1, 1), date(2024, 12, 30), date(2024, 12, 29)]
MINUTES = (0, 1, 59, 60, 61, 1439)
PROVIDERS = ("boomstream", "247platform", "scaleengine")
CURRENCIES = ("EUR", "EUR", "USD", "JPY", "KWD", "")
KINDS = ("video", "account", "video", "playlist", "broadcast", "application", "stream")
ASKED = (
    *("plays", "watch_time", "average_watch_time", "devices", "finished", "data_transfer", "cost"),
    *("cost_per_hour_watched", "cost_per_gb", "billed_credits"),
)
INTERVALS = ("total", "day", "week", "month", "hour", "minute", "lifetime")
STORED = {"hour": "hour", "minute": "minute", "lifetime": "lifetime"}
VALUES = (0, 1, 2, 3, 5, 7, 10, 100, Decimal("0.5"), Decimal("23.564220929056"), -1, -4)
KEYS = ("JP", "US", "ZZ")
CUSTOMERS = ("norte", "sur")
GROUPS = ("asset", "customer", "programme", "parent", "connection", "provider", "country")
HOLDERS = ("app-0", "app-1")  # the external ids of applications; of each connection, those that hold anything
PROGRAMMES = ("cup", "gala")  # assets of any kind are in one or none: accounts, playlists and applications, too
NAMES = ("a0", "a1", "a2")  # of streams, so that one name stands under two parents
MANY_ASSETS = 6
BEARER = some.sampled_from([None, None, 0])  # a customer of CUSTOMERS

EVER = Days([(date(2024, 1, 1), date(2030, 12, 31))])  # what may change is no matter here: all that is known is final

Words = dict[str, list[str]]


@dataclass(frozen=True)
class World:
    """`links`: provider and currency of each connection; `assets`: connection, kind, place of what holds it in HOLDERS, if
    anything does, and of its programme in PROGRAMMES, if it is in one; `givings`: asset, customer or None,
    first and last day; `rules`: pattern and customer; `runs`: metric, interval, key, asset, minute, days, and the place of
    the first day's value in VALUES (the other days have the next); `views`: of each of CUSTOMERS how it sees costs."""

    links: Sequence[tuple[str, str]]
    assets: Sequence[tuple[int, str, int | None, int | None]]
    givings: Sequence[tuple[int, int | None, date | None, date | None]]
    rules: Sequence[tuple[str, int]]
    runs: Sequence[tuple[str, str, str, int, int, Sequence[date], int]]
    by_changes: bool
    views: Sequence[tuple[str, Decimal | None]]


@some.composite
def worlds(draw: some.DrawFn) -> tuple[World, list[tuple[Words, int | None]]]:
    """A tenant, and questions about what it has: the words of an address, and the customer who asks."""
    links = draw(
        some.lists(some.tuples(some.sampled_from(PROVIDERS), some.sampled_from(CURRENCIES)), min_size=1, max_size=3)
    )
    assets = draw(
        some.lists(
            some.tuples(some.integers(0, len(links) - 1), some.sampled_from(KINDS), HELD_BY, COPY_OF),
            min_size=1,
            max_size=MANY_ASSETS,
        )
    )
    givings = draw(some.lists(GIVINGS, min_size=1, max_size=4))
    rules = draw(some.lists(some.tuples(some.sampled_from(["a*", "a0", "a[12]"]), some.integers(0, 1)), max_size=1))
    metrics = draw(some.lists(some.sampled_from(ASKED), min_size=1, max_size=3, unique=True))
    words = {
        "customer": CUSTOMERS,
        "connection": [f"c{number}" for number in range(len(links))],
        "provider": sorted({provider for provider, _ in links}),
        "asset": [*NAMES, *(f"a{number}" for number in range(len(assets)))],
        "programme": [*PROGRAMMES, "-"],
        "parent": [*HOLDERS, "-"],
        "country": KEYS,
    }
    interval, is_split = draw(some.sampled_from(INTERVALS)), draw(some.booleans())
    about = questions(metrics, words, [interval, interval, *INTERVALS], is_split)
    asked = draw(some.lists(some.tuples(about, BEARER), min_size=2, max_size=6))
    stored = [STORED.get(question["interval"][0], "day") for question, _ in asked]
    told = {one.name for name in metrics for one in (*operands(METRICS[name]), METRICS[name]) if one.is_stored}
    runs = draw(
        some.lists(
            runs_of(sorted(told), [*stored, *stored, "day", "month", "lifetime"], is_split), min_size=6, max_size=24
        )
    )
    return World(links, assets, givings, rules, runs, draw(some.booleans()), draw(VIEWS)), asked


@some.composite
def questions(
    draw: some.DrawFn,
    metrics: Sequence[str],
    words: Mapping[str, Sequence[str]],
    intervals: Sequence[str],
    is_split: bool,
) -> Words:
    """`metrics`, `words` and `intervals` to choose from; where `is_split`, mostly about countries."""
    first, last = draw(
        some.just([DAYS[-1], DAYS[8]]) | some.tuples(some.sampled_from(DAYS), some.sampled_from(DAYS)).map(sorted)
    )
    groups = draw(some.lists(some.sampled_from(GROUPS), unique=True, max_size=3))
    names = draw(some.builds(list) | some.lists(some.sampled_from(list(words)), max_size=2, unique=True))
    if is_split and "country" not in (*groups, *names):
        draw(some.sampled_from([groups, names, []])).append("country")
    asked = {
        "metrics": draw(some.lists(some.sampled_from(metrics), min_size=1, max_size=3, unique=True)),
        "from": [f"{first}"],
        "to": [f"{last}"],
        "interval": [draw(some.sampled_from(intervals))],
        "group_by": groups,
        "compare": draw(some.sampled_from([[], [], ["previous_period"], ["previous_year"], ["previous_weekdays"]])),
        "limit": draw(some.sampled_from([[], [], ["1"], ["2"], ["3"]])),
    }
    asked["limit_per"] = draw(some.sampled_from([[], ["period"]])) if asked["limit"] else []
    for name in names:
        asked[name] = draw(some.lists(some.sampled_from(words[name]), min_size=1, max_size=2, unique=True))
    columns = [*asked["metrics"], *groups]
    asked["order_by"] = draw(some.sampled_from([[], *([f"{sign}{name}"] for name in columns for sign in ("", "-"))]))
    return {name: values for name, values in asked.items() if values}


def runs_of(names: Sequence[str], intervals: Sequence[str], is_split: bool) -> some.SearchStrategy[Any]:
    return some.tuples(
        some.sampled_from(names),
        some.sampled_from(intervals),
        some.sampled_from(["", *KEYS] if is_split else ["", "", "", KEYS[0]]),
        some.integers(0, MANY_ASSETS - 1),
        some.sampled_from(MINUTES),
        some.lists(some.sampled_from(DAYS), min_size=1, max_size=6, unique=True),
        some.integers(0, len(VALUES) - 1),
    )


HELD_BY = some.sampled_from([None, None, 0, 1])
COPY_OF = some.sampled_from([None, 0, 0, 1])
DAY_OR_OPEN = some.none() | some.sampled_from(DAYS)
MARKUPS = some.sampled_from([Decimal(0), Decimal(15), Decimal("12.5"), Decimal("33.3333"), Decimal(10_000)])
VIEW = some.just(("vendor", None)) | some.just(("hidden", None)) | MARKUPS.map(lambda percent: ("markup", percent))
VIEWS = some.tuples(VIEW, VIEW)
GIVINGS = some.tuples(some.integers(0, MANY_ASSETS - 1), some.sampled_from([0, 1, None]), DAY_OR_OPEN, DAY_OR_OPEN).map(
    lambda given: given if None in given[2:] or given[2] <= given[3] else (*given[:2], given[3], given[2])
)


def build(tenant: Tenant, world: World) -> list[Customer]:
    """Writes it, with its daily totals: rebuilt, or from changes as a store makes them. Rules are given history."""
    customers = Customer.objects.bulk_create(
        Customer(tenant=tenant, slug=slug, name=slug.title(), cost_view=view, cost_markup=markup)
        for slug, (view, markup) in zip(CUSTOMERS, world.views, strict=True)
    )
    fixed = {"tenant": tenant, "time_zone": "UTC", "history_from": date(2024, 1, 1)}
    links = Connection.objects.bulk_create(
        Connection(slug=f"c{n}", name=f"C{n}", provider=provider, currency=currency, **fixed)
        for n, (provider, currency) in enumerate(world.links)
    )
    known = {"tenant": tenant, "feed": "all", "covered": EVER, "final": EVER}
    FeedProgress.objects.bulk_create(FeedProgress(connection=link, **known) for link in links)
    assets = build_assets(tenant, world, links)
    for pattern, customer in world.rules:
        rule = AssignmentRule.objects.create(tenant=tenant, customer=customers[customer], pattern=pattern)
        apply_rule(rule, history=True)
    for number, owner, first, last in world.givings:
        customer = None if owner is None else customers[owner]
        assign(assets[number % len(assets)], customer, first, last)
    write_facts(tenant, world, assets)
    return customers


def build_assets(tenant: Tenant, world: World, links: Sequence[Connection]) -> list[Asset]:
    """What is held has the name of another; of a connection, application and name there is one."""
    found: dict[tuple[int, int | None, str], Asset] = {}
    holders: dict[tuple[int, int], Asset] = {}
    assets = []
    programmes = [Programme.objects.create(tenant=tenant, slug=slug, name=slug.title()) for slug in PROGRAMMES]
    for n, (link, kind, held_by, copy_of) in enumerate(world.assets):
        of = {"tenant": tenant, "connection": links[link]}
        parent = None
        if held_by is not None and kind not in ("account", "application"):
            if (link, held_by) not in holders:
                name = HOLDERS[held_by]
                holders[link, held_by] = Asset.objects.create(
                    **of, external_id=name, kind="application", title=name.title()
                )
            parent = holders[link, held_by]
        name = NAMES[n % len(NAMES)] if parent else f"a{n}"
        place = (link, held_by if parent else None, name)
        if place not in found:
            programme = None if copy_of is None else programmes[copy_of]
            words = {"external_id": name, "kind": kind, "title": f"T{n}"}
            found[place] = Asset.objects.create(**of, **words, parent=parent, programme=programme)
        assets.append(found[place])
    return assets


def write_facts(tenant: Tenant, world: World, assets: Sequence[Asset]) -> None:
    told: dict[tuple[Any, ...], Decimal] = {}
    for metric, interval, key, drawn, minute, days, first in world.runs:
        number = drawn % len(assets)
        if METRICS[metric].adds is Adds.LAST and interval in ("day", "lifetime"):
            interval = ("day", "lifetime")[number % 2]  # an asset has readings of one sort
        minute = {"hour": minute // 60 * 60, "minute": minute}.get(interval, 0)
        for place, day in enumerate(days, first):
            day = day.replace(day=1) if interval == "month" else day
            cell = (metric, interval, "country" if key else "", day, minute, assets[number], key)
            told[cell] = Decimal(VALUES[place % len(VALUES)])
    names = ("metric", "interval", "dimension", "day", "minute", "asset", "key")
    facts = [
        Fact(
            tenant=tenant,
            connection_id=cell[5].connection_id,
            snapshot_id=0,
            value=value,
            **dict(zip(names, cell, strict=True)),
        )
        for cell, value in told.items()
    ]
    Fact.objects.bulk_create(facts)
    by_link = defaultdict(list)
    for fact in facts:
        by_link[fact.connection_id].append(fact)
    for link, written in by_link.items():
        if world.by_changes:
            change(link, written)
        else:
            daily_totals.rebuild(link)


def change(connection_id: int, facts: Sequence[Fact]) -> None:
    """As a store does: first half of each figure, then the figure."""
    with database.cursor() as cursor:
        for part in (0, 1):
            cursor.execute(TABLES)
            cursor.executemany(
                "INSERT INTO changed (metric, interval, dimension, day, minute, asset_id, key, old, new) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (
                        f.metric,
                        f.interval,
                        f.dimension,
                        f.day,
                        f.minute,
                        f.asset_id,
                        f.key,
                        f.value / 2 if part else None,
                        f.value if part else f.value / 2,
                    )
                    for f in facts
                ],
            )
            daily_totals.apply_changes(cursor, connection_id)
