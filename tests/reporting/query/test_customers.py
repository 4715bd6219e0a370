"""Whose figures a report shows: customers, assignments by day, and tenants. Told with Alice, Bob and Charlie."""

import pytest

from reporting.models import Tenant
from reporting.query import NotThere
from tests.support.factories import give, make_asset, make_connection, make_customer, report, tell


def test_it_works(alice: Tenant) -> None:
    boom, norte = make_connection(alice), make_customer(alice, "norte")
    final, semi = make_asset(boom, "final"), make_asset(boom, "semi")
    give(final, norte)
    tell(final, "plays", {"2026-01-01": 3})
    tell(semi, "plays", {"2026-01-01": 4})
    answer = report(alice, metrics="plays", customer="norte")
    assert answer["totals"] == {"plays": 3}
    assert "unattributed" not in answer
    by_customer = report(alice, metrics="plays", group_by="customer")
    assert by_customer["rows"] == [{"customer": "norte", "customer_name": "Norte", "plays": 3}]
    assert by_customer["totals"] == {"plays": 7}
    assert by_customer["unattributed"] == {"plays": 4}


def test_bobs_figures_are_not_alices(alice: Tenant, bob: Tenant) -> None:
    for tenant, plays in ((alice, 3), (bob, 1000)):
        final = make_asset(make_connection(tenant), "final")
        give(final, make_customer(tenant, "norte"))
        tell(final, "plays", {"2026-01-01": plays})
    assert report(alice, metrics="plays")["totals"] == {"plays": 3}
    assert report(alice, metrics="plays", group_by="asset", interval="day")["rows"][0]["plays"] == 3
    assert report(alice, metrics="plays", customer="norte", asset="final")["totals"] == {"plays": 3}


def test_bobs_slugs_are_nothing_to_alice(alice: Tenant, bob: Tenant) -> None:
    make_customer(bob, "sur")
    tell(make_asset(make_connection(bob, "bobs"), "secret"), "plays", {"2026-01-01": 1})
    for name, value in (("customer", "sur"), ("connection", "bobs"), ("asset", "secret"), ("provider", "boomstream")):
        with pytest.raises(NotThere):
            report(alice, metrics="plays", **{name: value})


def test_charlie_is_alices_customer_and_sees_only_his_own(alice: Tenant) -> None:
    boom, other = make_connection(alice), make_connection(alice, "other", "smartstream")
    charlie, norte = make_customer(alice, "charlie"), make_customer(alice, "norte")
    his, theirs = make_asset(boom, "his"), make_asset(boom, "theirs")
    give(his, charlie)
    give(theirs, norte)
    tell(his, "plays", {"2026-01-01": 3})
    tell(theirs, "plays", {"2026-01-01": 50})
    tell(make_asset(boom, "all", "account"), "plays", {"2026-01-01": 100})
    tell(make_asset(other, "x"), "plays", {"2026-01-01": 7})
    answer = report(alice, charlie, metrics="plays", group_by="asset,customer")
    assert [(row["asset"], row["customer"], row["plays"]) for row in answer["rows"]] == [("his", "charlie", 3)]
    assert answer["totals"] == {"plays": 3}
    assert "unattributed" not in answer
    assert [one["connection"] for one in answer["freshness"]] == ["boom"]
    for name, value in (
        ("customer", "norte"),
        ("connection", "other"),
        ("asset", "theirs"),
        ("provider", "smartstream"),
    ):
        with pytest.raises(NotThere):
            report(alice, charlie, metrics="plays", **{name: value})


def test_an_asset_is_its_customers_day_by_day(alice: Tenant) -> None:
    final = make_asset(make_connection(alice), "final")
    norte, sur = make_customer(alice, "norte"), make_customer(alice, "sur")
    give(final, norte, None, "2026-01-02")
    give(final, sur, "2026-01-03", "2026-01-03")
    tell(final, "plays", {"2026-01-01": 1, "2026-01-02": 2, "2026-01-03": 4, "2026-01-04": 8})
    answer = report(alice, metrics="plays", group_by="customer")
    assert {row["customer"]: row["plays"] for row in answer["rows"]} == {"norte": 3, "sur": 4}
    assert answer["unattributed"] == {"plays": 8}
    by_asset = report(alice, metrics="plays", group_by="asset,customer")
    assert [(row["asset"], row["customer"], row["plays"]) for row in by_asset["rows"]] == [
        ("final", "norte", 3),
        ("final", "sur", 4),
    ]
    assert report(alice, norte, metrics="plays", group_by="asset", interval="day")["totals"] == {"plays": 3}


def test_who_holds_the_account_has_the_accounts_figure_alone(alice: Tenant) -> None:
    boom, norte = make_connection(alice), make_customer(alice, "norte")
    account, final = make_asset(boom, "all", "account"), make_asset(boom, "final")
    give(account, norte)
    give(final, norte)
    tell(account, "plays", {"2026-01-01": 10})
    tell(final, "plays", {"2026-01-01": 7})
    assert report(alice, metrics="plays", customer="norte")["totals"] == {"plays": 10}
    assert report(alice, metrics="plays", group_by="customer")["rows"][0]["plays"] == 10


def test_the_account_belongs_to_one_customer_and_a_video_to_another(alice: Tenant) -> None:
    boom = make_connection(alice)
    account, final = make_asset(boom, "all", "account"), make_asset(boom, "final")
    give(account, make_customer(alice, "norte"))
    give(final, make_customer(alice, "sur"))
    tell(account, "plays", {"2026-01-01": 10})
    tell(final, "plays", {"2026-01-01": 7})
    answer = report(alice, metrics="plays", group_by="customer")
    assert {row["customer"]: row["plays"] for row in answer["rows"]} == {"norte": 10, "sur": 7}
    assert answer["totals"] == {"plays": 10}
    assert answer["unattributed"] == {"plays": -7}
    # Of both customers together the account is all there is.
    assert report(alice, metrics="plays", customer="norte,sur")["totals"] == {"plays": 10}


def test_by_asset_and_customer_an_account_is_no_row_and_not_attributed(alice: Tenant) -> None:
    boom, norte = make_connection(alice), make_customer(alice, "norte")
    for name, kind, plays in (("all", "account", 10), ("final", "video", 7), ("best", "playlist", 5)):
        asset = make_asset(boom, name, kind)
        give(asset, norte)
        tell(asset, "plays", {"2026-01-01": plays})
    answer = report(alice, metrics="plays", group_by="asset,customer")
    assert {row["asset"]: row["plays"] for row in answer["rows"]} == {"final": 7, "best": 5}
    assert answer["totals"] == {"plays": 10}
    assert answer["unattributed"] == {"plays": 3}


def test_several_customers(alice: Tenant) -> None:
    boom = make_connection(alice)
    for slug, plays in (("norte", 1), ("sur", 2), ("este", 4)):
        asset = make_asset(boom, f"of-{slug}")
        give(asset, make_customer(alice, slug))
        tell(asset, "plays", {"2026-01-01": plays})
    answer = report(alice, metrics="plays", customer="norte,sur", group_by="customer")
    assert {row["customer"]: row["plays"] for row in answer["rows"]} == {"norte": 1, "sur": 2}
    assert answer["totals"] == {"plays": 3}


def test_deleted_connections_keep_their_figures(alice: Tenant) -> None:
    boom = make_connection(alice, state="deleted")
    tell(make_asset(boom), "plays", {"2026-01-01": 3})
    assert report(alice, metrics="plays")["totals"] == {"plays": 3}


def test_a_month_that_nobody_knows_makes_all_others_unknown(alice: Tenant) -> None:
    """A customer who held the video for a part of January: there is an average, but not the customer's."""
    video, norte = make_asset(make_connection(alice)), make_customer(alice)
    tell(video, "average_watch_time", {"2025-11-01": 1, "2025-12-01": 2, "2026-01-01": 3}, "month")
    give(video, norte, None, "2026-01-15")
    asked = {"metrics": "average_watch_time", "interval": "month", "from_": "2025-11-01", "to": "2026-01-31"}
    first, other = report(alice, norte, limit=1, **asked)["rows"]
    assert first == {"period": "2025-12", "average_watch_time": 2}
    assert other == {"period": None, "average_watch_time": None}
