"""What feeds cost in requests a day, against what a day's syncs really ask the vendors."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine

from providers.pipeline.request_costs import carried_a_day, costs_of, warning
from providers.sandbox import Sandbox
from providers.toolkit.provider import Limit
from reporting.models import Asset, Connection, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import make_asset, make_connection
from tests.support.line import connect, run

NEVER, SIX_HOURS = timedelta(0), timedelta(hours=6)
CHOICES: list[tuple[str, list[str], dict[str, Any]]] = [
    ("247platform", [], {}),
    ("boomstream", ["*.hour", "-project.day"], {}),
    ("callfire", [], {}),
    ("scaleengine", ["usage.month"], {}),
    (
        "smartstream",
        ["-*", "play_count.all.day", "play_count.os.day", "device_count.all.month"],
        {"options": {"groups": ["country"], "groups_of_media": True}},
    ),
]
LOG_INS = ("auth-token", "/api/identify/", "/api/authenticate/")
LOOKBACK = 3


def day_of_syncs(connection: Connection, clock: time_machine.Traveller, every: timedelta) -> None:
    for _ in range(timedelta(days=1) // every):
        clock.shift(every)
        run(connection)


def asked(vendors: Sandbox) -> int:
    """Since the last time; without log-ins, and requests that were refused for want of one."""
    answer = requests.get(f"{vendors.url}/_requests", timeout=10).json()["requests"]
    requests.delete(f"{vendors.url}/_requests", timeout=10)
    return len([one for one in answer if one["status"] == 200 and not any(word in one["path"] for word in LOG_INS)])


def total(connection: Connection, **fields: Any) -> int:
    with tenant_scope(connection.tenant_id):
        connection.refresh_from_db()
        for name, value in fields.items():
            setattr(connection, name, value)
        return costs_of(connection, datetime.now(UTC)).total


@pytest.mark.clock(datetime(2026, 3, 10, 12, tzinfo=UTC))
@pytest.mark.parametrize(("provider", "feeds", "more"), CHOICES)
def test_it_works(
    alice: Tenant,
    vendors: Sandbox,
    clock: time_machine.Traveller,
    provider: str,
    feeds: list[str],
    more: dict[str, Any],
) -> None:
    """A day of syncs every six hours makes just as many requests as is said; also where it is one sync a day, or none."""
    connection = connect(
        alice, vendors, provider, days=12, feeds=feeds, sync_every=SIX_HOURS, reread_every=NEVER, **more
    )
    for _ in range(LOOKBACK + 1 if provider == "callfire" else 0):  # broadcasts that were seen finished rest then
        run(connection)
        clock.shift(timedelta(days=1))
    run(connection)
    asked(vendors)
    day_of_syncs(connection, clock, SIX_HOURS)
    said, made = total(connection), asked(vendors)
    assert said == made
    day_of_syncs(connection, clock, timedelta(days=1))
    assert total(connection, sync_every=timedelta(days=1)) == asked(vendors)


def test_rounds_over_final_days_cost_too(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """The first round is over with the fetching of history; from the second on, all that is final is asked for again."""
    two_days = timedelta(days=2)
    connection = connect(alice, vendors, "scaleengine", days=21, sync_every=SIX_HOURS, reread_every=two_days)
    run(connection)
    for _ in range(2):
        day_of_syncs(connection, clock, SIX_HOURS)
    asked(vendors)
    for _ in range(2):
        day_of_syncs(connection, clock, SIX_HOURS)
    said, made = total(connection), asked(vendors) / 2
    assert (
        said - total(connection, reread_every=NEVER) == 21 + 4 - 3 - 1
    )  # final days, of two applications, in two days
    assert abs(said - made) <= 2


def test_each_feed_has_its_own_cost(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    connection = connect(alice, vendors, "boomstream", days=5, feeds=["target.hour"], reread_every=NEVER)
    run(connection)
    with tenant_scope(alice):
        costs = costs_of(connection, datetime.now(UTC))
        media = Asset.objects.exclude(kind="account").count()
    shown = {cost.feed.name: cost.requests for cost in costs.feeds}
    assert shown["target.day"] == shown["target.hour"] == 24 * media
    assert (shown["project.day"], shown["project.hour"], shown["media"]) == (24, 24, 48)
    assert {cost.feed.name for cost in costs.feeds if not cost.is_chosen} == {"project.hour"}
    assert costs.total == sum(shown.values()) - shown["project.hour"]


def test_what_is_finished_or_not_found_costs_nothing(alice: Tenant) -> None:
    connection = make_connection(alice, provider="callfire", reread_every=NEVER)
    with tenant_scope(alice):
        for name, more in {
            "a": {},
            "b": {"settled_at": datetime.now(UTC)},
            "c": {"not_found_since": datetime.now(UTC)},
        }.items():
            asset = make_asset(connection, name, "broadcast")
            Asset.objects.filter(pk=asset.pk).update(**more)
        costs = {cost.feed.name: cost.requests for cost in costs_of(connection, datetime.now(UTC)).feeds}
    assert costs == {"broadcasts": 24, "stats": 4 + 23 * 3}


# --- The provider's limit ---------------------------------------------------------------------------------------------


def smartstream(tenant: Tenant, slug: str, media: int, key: str = "k", **more: Any) -> Connection:
    connection = make_connection(tenant, slug, "smartstream", reread_every=NEVER, **more)
    connection.credentials = {"merchant_id": "m", "api_key": key, "token": "t"}
    with tenant_scope(tenant):
        connection.save()
    for number in range(media):
        make_asset(connection, f"media-{number}")
    return connection


def warned(connection: Connection, **fields: Any) -> str:
    now = datetime.now(UTC)
    with tenant_scope(connection.tenant_id):
        for name, value in fields.items():
            setattr(connection, name, value)
        return warning(connection, now)


def test_what_the_limit_carries() -> None:
    assert carried_a_day(Limit(50, 60, "api_key")) == 70_819  # 50 in 61 s


def test_a_warning_where_the_limit_can_not_carry_it(alice: Tenant) -> None:
    """20 media with all feeds each hour."""
    connection = smartstream(alice, "tokyo", media=20)
    assert warned(connection) == ""
    text = warned(connection, feeds=["*"], options={"groups_of_media": True})
    assert text.startswith(
        "SmartSTREAM takes 50 requests in 60 s for each key: at most 70,819 a day. This connection asks for"
    )
    assert Counter(text)["\n"] == 0
    assert warned(connection, sync_every=timedelta(days=1)) == ""


def test_connections_with_the_same_key_count_together(alice: Tenant) -> None:
    one = smartstream(alice, "one", 9, feeds=["*"], options={"groups_of_media": True})
    assert warned(one) == ""
    smartstream(alice, "other-key", 9, "other", feeds=["*"], options={"groups_of_media": True})
    assert warned(one) == ""
    smartstream(alice, "two", 9, feeds=["*"], options={"groups_of_media": True})
    assert "of which other connections with its key take" in warned(one)


def test_a_provider_without_a_limit_is_never_warned_of(alice: Tenant) -> None:
    connection = make_connection(alice, sync_every=timedelta(minutes=1))
    assert warned(connection, feeds=["*"]) == ""


def test_the_addresses_are_those_of_the_feeds(alice: Tenant, vendors: Sandbox) -> None:
    """The sandbox's record is what the counts above are of."""
    connection = connect(alice, vendors, "boomstream", days=2, feeds=["-*", "project.hour"])
    run(connection)
    answer = requests.get(f"{vendors.url}/_requests", timeout=10).json()["requests"]
    assert [parse_qs(urlsplit(one["path"]).query)["group"] for one in answer] == [["hour"]]
