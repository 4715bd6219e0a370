"""Daily totals are what the facts add up to, whatever was stored, replaced and given away before, in whatever order."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from hypothesis import event, given
from hypothesis import strategies as some

from providers.pipeline.plan import Due
from providers.pipeline.store import ReadingStore
from providers.toolkit.feeds import Feed, Per, Series
from providers.toolkit.requests import Reading, Window
from providers.toolkit.rows import Figure
from reporting.ledger import daily_totals
from reporting.ledger.assignments import apply_rule, assign, assign_new
from reporting.metrics import SUMMABLE
from reporting.models import Asset, AssignmentRule, Connection, Customer, DailyTotal, Snapshot, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.reference.ledger import ledger
from tests.reporting.reference.worlds import CUSTOMERS
from tests.support.profiles import profile

DAYS = [date(2026, 1, day) for day in range(1, 6)]
KINDS = ("video", "account", "playlist", "video")
KEYS = ("", "JP", "US")
SERIES = [Series(metric, "day", dimension) for metric in ("plays", "cost", "devices") for dimension in ("", "country")]

DAY = some.none() | some.sampled_from(DAYS)
SPAN = some.tuples(DAY, DAY).map(lambda span: span if None in span else tuple(sorted(span)))
FIGURES = some.lists(
    some.tuples(
        some.sampled_from(["plays", "cost", "devices"]),
        some.sampled_from(KEYS),
        some.sampled_from(DAYS),
        some.integers(0, len(KINDS) - 1),
        some.sampled_from([0, 1, 5, 7, -3, Decimal("0.25")]),
    ),
    min_size=3,
    max_size=14,
    unique_by=lambda figure: figure[:4],
)


# --- Steps ------------------------------------------------------------------------------------------------------------


def store(link: Connection, window: Sequence[date], figures: Sequence[tuple[Any, ...]]) -> None:
    """One reading of the whole connection, as a sync stores it: it replaces its days."""
    feed = Feed()
    feed.name, feed.series, feed.per, feed.asset_kind = "usage", SERIES, Per.CONNECTION, "video"
    days, now = Window(*window), timezone.now()
    snapshot = Snapshot.objects.create(
        **{"tenant_id": link.tenant_id, "connection": link, "feed": feed.name, "reader_version": 1, "time_zone": "UTC"},
        **{"from_day": days.start, "to_day": days.end, "fetched_at": now, "last_seen_at": now, "state": "read"},
    )
    rows = (
        Figure(metric, value, day, dimension="country" if key else "", key=key, asset=f"a{asset}")
        for metric, key, day, asset, value in figures
    )
    ReadingStore(link, Due(feed, days, one_off=True), snapshot, Reading(days, ZoneInfo("UTC"), now)).store(rows)


def give(link: Connection, asset: int, owner: int | None, days: tuple[date | None, date | None]) -> None:
    customer = None if owner is None else Customer.objects.get(slug=CUSTOMERS[owner])
    assign(Asset.objects.get(external_id=f"a{asset}"), customer, *days)


def follow(link: Connection, pattern: str, owner: int, first: date | None) -> None:
    """Made, or moved up; given from a day, or with its history."""
    customer = Customer.objects.get(slug=CUSTOMERS[owner])
    made, is_new = AssignmentRule.objects.get_or_create(tenant_id=link.tenant_id, customer=customer, pattern=pattern)
    if not is_new:
        made.priority += 1
        made.save()
    apply_rule(made, from_day=first, history=first is None)


def turn(link: Connection, asset: int, kind: str) -> None:
    row = Asset.objects.get(external_id=f"a{asset}")
    with daily_totals.moving([row.pk]):
        Asset.objects.filter(pk=row.pk).update(kind=kind)


def rename(link: Connection, asset: int, title: str) -> None:
    """Another title, which a rule may know."""
    row = Asset.objects.get(external_id=f"a{asset}")
    row.title = title
    row.save()
    assign_new([row], counted=True)


WINDOWS = some.just([DAYS[0], DAYS[-1]]) | some.tuples(some.sampled_from(DAYS), some.sampled_from(DAYS)).map(sorted)
STORES = some.tuples(some.just(store), WINDOWS, FIGURES)
STEPS = some.one_of(
    STORES,
    STORES,
    some.tuples(some.just(give), some.integers(0, len(KINDS) - 1), some.sampled_from([None, 0, 1]), SPAN),
    some.tuples(some.just(follow), some.sampled_from(["a*", "a0", "a[13]", "b*"]), some.integers(0, 1), DAY),
    some.tuples(some.just(turn), some.integers(0, len(KINDS) - 1), some.sampled_from(KINDS)),
    some.tuples(some.just(rename), some.integers(0, len(KINDS) - 1), some.sampled_from(["b1", "c1"])),
)


# --- Properties -------------------------------------------------------------------------------------------------------


@profile(25)
@given(some.lists(STEPS, min_size=3, max_size=12))
def test_totals_are_what_the_facts_add_up_to(alice: Tenant, steps: list[tuple[Any, ...]]) -> None:
    with tenant_scope(alice), transaction.atomic():
        link = Connection.objects.create(
            tenant=alice, slug="c", provider="boomstream", history_from=DAYS[0], time_zone="UTC"
        )
        Customer.objects.bulk_create(Customer(tenant=alice, slug=slug, name=slug) for slug in CUSTOMERS)
        Asset.objects.bulk_create(
            Asset(tenant=alice, connection=link, external_id=f"a{number}", kind=kind)
            for number, kind in enumerate(KINDS)
        )
        for step, *what in steps:
            event(step.__name__)
            step(link, *what)
            assert totals() == added_up(), f"after {step.__name__} {what}"
        event("with totals" if totals() else "without totals")
        transaction.set_rollback(True)


def totals() -> dict[tuple[Any, ...], tuple[Decimal, int]]:
    rows = DailyTotal.objects.values_list("metric", "dimension", "day", "level", "customer_id", "key", "value", "facts")
    return {row[:6]: row[6:] for row in rows}


def added_up() -> dict[tuple[Any, ...], tuple[Decimal, int]]:
    """The same from the facts, one by one."""
    found: defaultdict[tuple[Any, ...], tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    for told in ledger():
        if told.metric in SUMMABLE and told.interval == "day":
            place = (told.metric, told.dimension, told.day, told.level, told.owner.pk if told.owner else 0, told.key)
            value, number = found[place]
            found[place] = value + told.value, number + 1
    return found
