"""Bytes add up within one provider, money within one currency."""

from reporting.models import Tenant
from tests.support.factories import codes, give, make_asset, make_connection, make_customer, report, tell


def test_it_works(alice: Tenant) -> None:
    video = make_asset(make_connection(alice, "v", "247platform", currency="EUR"))
    tell(video, "cost", {"2026-01-01": "23.564220929056", "2026-01-02": "0.1"})
    answer = report(alice, metrics="cost")
    assert answer["columns"] == [
        {"name": "currency", "type": "string"},
        {"name": "cost", "type": "decimal", "unit": "money"},
    ]
    assert answer["rows"] == [{"currency": "EUR", "cost": "23.664220929056"}]
    assert answer["totals"] == {"cost": "23.664220929056", "currency": "EUR"}


def test_currencies_are_never_added(alice: Tenant) -> None:
    for slug, currency, cost in (("one", "EUR", "1.5"), ("two", "USD", "2.5"), ("three", "EUR", "4")):
        asset = make_asset(make_connection(alice, slug, "247platform", currency=currency))
        tell(asset, "cost", {"2026-01-01": cost})
        tell(asset, "plays", {"2026-01-01": 10})
    answer = report(alice, metrics="cost,plays")
    assert answer["rows"] == [
        {"currency": "EUR", "cost": "5.5", "plays": 20},
        {"currency": "USD", "cost": "2.5", "plays": 10},
    ]
    assert answer["totals"] == {"cost": None, "plays": 30, "currency": None}
    assert answer["totals_by"] == answer["rows"]
    assert answer["unattributed"]["cost"] is None
    assert "split_by_currency" in codes(answer)


def test_a_series_is_split_by_currency_in_every_period(alice: Tenant) -> None:
    for currency in ("EUR", "USD"):
        asset = make_asset(make_connection(alice, currency.lower(), currency=currency))
        tell(asset, "cost", {"2026-01-01": 1})
    answer = report(alice, metrics="cost", interval="day", from_="2026-01-01", to="2026-01-02")
    assert [(row["period"], row["currency"], row["cost"]) for row in answer["rows"]] == [
        ("2026-01-01", "EUR", "1"),
        ("2026-01-01", "USD", "1"),
        ("2026-01-02", "EUR", None),
        ("2026-01-02", "USD", None),
    ]


def test_no_digit_is_lost_however_many_there_are(alice: Tenant) -> None:
    for slug, cost in (("one", "12345678901234567890.000000000001"), ("two", "98765432109876543210.000000000002")):
        tell(make_asset(make_connection(alice, slug)), "cost", {"2026-01-01": cost})
    answer = report(alice, metrics="cost", group_by="asset", limit=1)
    assert answer["totals"]["cost"] == "111111111011111111100.000000000003"
    assert answer["unattributed"]["cost"] == "0.000000000000"


def test_what_is_left_of_a_split_that_must_not_be_added_is_unknown(alice: Tenant) -> None:
    one, two = (make_asset(make_connection(alice, slug, currency="")) for slug in ("one", "two"))
    tell(one, "cost", {"2026-01-01": 10})
    for asset in (one, two):
        tell(asset, "cost", {"2026-01-01 storage": 3}, dimension="cost_type")
    assert report(alice, metrics="cost", group_by="cost_type")["rows"] == []
    by_connection = report(alice, metrics="cost", group_by="cost_type,connection")["rows"]
    assert [(r["connection"], r["cost_type"], r["cost"]) for r in by_connection] == [
        ("one", "storage", "3"),
        ("two", "storage", "3"),
        ("one", None, "7"),
    ]


def test_one_currency_in_scope_is_added(alice: Tenant) -> None:
    norte = make_customer(alice, cost_view="vendor")
    for slug, currency in (("one", "EUR"), ("two", "USD")):
        asset = make_asset(make_connection(alice, slug, currency=currency), slug)
        tell(asset, "cost", {"2026-01-01": 1})
        if currency == "USD":
            give(asset, norte)
    assert report(alice, norte, metrics="cost")["totals"] == {"cost": "1", "currency": "USD"}


def test_money_without_a_currency_adds_to_nothing(alice: Tenant) -> None:
    for slug, currency, cost in (("one", "", 1), ("two", "", 2), ("three", "EUR", 4)):
        tell(make_asset(make_connection(alice, slug, currency=currency)), "cost", {"2026-01-01": cost, "2026-01-02": 1})
    answer = report(alice, metrics="cost")
    assert {row["currency"]: row["cost"] for row in answer["rows"]} == {"EUR": "5"}
    assert answer["totals"]["cost"] is None
    assert "currency_unknown" in codes(answer)
    by_connection = report(alice, metrics="cost", group_by="connection")
    assert {row["connection"]: (row["currency"], row["cost"]) for row in by_connection["rows"]} == {
        "one": (None, "2"),
        "two": (None, "3"),
        "three": ("EUR", "5"),
    }


def test_bytes_of_two_providers_are_never_added(alice: Tenant) -> None:
    """A platform and the CDN in front of it count the same traffic."""
    video = make_asset(make_connection(alice, "v", "247platform"))
    tell(video, "data_transfer", {"2026-01-01": 5_000_000_000})
    tell(video, "plays", {"2026-01-01": 3})
    tell(make_asset(make_connection(alice, "s", "scaleengine")), "data_transfer", {"2026-01-01": 7_000_000_000})
    answer = report(alice, metrics="data_transfer,plays")
    assert answer["rows"] == [
        {"provider": "247platform", "data_transfer": 5_000_000_000, "plays": 3},
        {"provider": "scaleengine", "data_transfer": 7_000_000_000, "plays": None},
    ]
    assert answer["totals"] == {"data_transfer": None, "plays": 3}
    assert answer["totals_by"] == answer["rows"]
    assert "split_by_provider" in codes(answer)


def test_bytes_of_one_provider_are_added(alice: Tenant) -> None:
    for slug in ("one", "two"):
        tell(make_asset(make_connection(alice, slug, "scaleengine")), "data_transfer", {"2026-01-01": 2})
    tell(make_asset(make_connection(alice, "boom")), "plays", {"2026-01-01": 1})
    answer = report(alice, metrics="data_transfer,plays")
    assert answer["rows"] == [{"data_transfer": 4, "plays": 1}]


def test_the_rest_of_several_providers_is_unknown(alice: Tenant) -> None:
    for provider, data in (("247platform", 3), ("scaleengine", 2), ("smartstream", 1)):
        tell(make_asset(make_connection(alice, provider, provider)), "data_transfer", {"2026-01-01": data})
    answer = report(alice, metrics="data_transfer", group_by="asset", order_by="-data_transfer", limit=1)
    assert [row["data_transfer"] for row in answer["rows"]] == [3, None]


def test_cost_per_hour_and_per_gigabyte(alice: Tenant) -> None:
    video = make_asset(make_connection(alice, "v", "247platform"))
    tell(video, "cost", {"2026-01-01": "3"})
    tell(video, "watch_time", {"2026-01-01": 7200})
    tell(video, "data_transfer", {"2026-01-01": 4 * 10**9})
    answer = report(alice, metrics="cost_per_hour_watched,cost_per_gb")
    assert answer["rows"] == [{"currency": "EUR", "cost_per_hour_watched": 1.5, "cost_per_gb": 0.75}]
