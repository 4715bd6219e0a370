"""Figures that should agree: a note says where they don't, once for a metric and connection, and is silent where they do."""

from typing import Any

import pytest

from reporting.models import Asset, Connection, Tenant
from tests.support.factories import codes, cover, give, make_asset, make_connection, make_customer, report, tell

MB = 1_000_000


def notes(answer: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [note for note in answer["notes"] if note["code"] == f"crosscheck_{code}"]


def two_providers(alice: Tenant) -> tuple[Asset, Asset]:
    """A platform and the CDN before it, final up to the 10th."""
    assets = []
    for slug, provider in (("v", "247platform"), ("cdn", "scaleengine")):
        connection = make_connection(alice, slug, provider)
        cover(connection, "2026-01-01", "2026-02-01", "2026-01-10")
        assets.append(make_asset(connection))
    tell(assets[1], "requests", {"2026-01-02": 7})  # only a CDN counts them
    return assets[0], assets[1]


# --- Bytes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [{}, {"interval": "day"}, {"group_by": "asset"}, {"group_by": "provider"}])
def test_bytes_of_two_providers(alice: Tenant, asked: dict[str, str]) -> None:
    """Over the days that both have, and that are final for each."""
    platform, cdn = two_providers(alice)
    days = {"2026-01-02": 80 * MB, "2026-01-03": 20 * MB}
    tell(platform, "data_transfer", days | {"2026-01-01": 900 * MB, "2026-01-20": 900 * MB})
    tell(cdn, "data_transfer", {"2026-01-02": 60 * MB, "2026-01-03": 20 * MB, "2026-01-20": MB})
    (note,) = notes(report(alice, metrics="data_transfer,plays", **asked), "bytes")
    assert note["metric"] == "data_transfer"
    assert note["figures"] == {"247platform": 100 * MB, "scaleengine": 80 * MB}
    assert (note["from"], note["to"]) == ("2026-01-02", "2026-01-03")
    assert "80,000,000, which is 20 % apart" in note["detail"]


@pytest.mark.parametrize("bytes_of_cdn", [90 * MB, 110 * MB])
def test_bytes_that_nearly_agree(alice: Tenant, bytes_of_cdn: int) -> None:
    platform, cdn = two_providers(alice)
    tell(platform, "data_transfer", {"2026-01-02": 100 * MB})
    tell(cdn, "data_transfer", {"2026-01-02": bytes_of_cdn})
    assert notes(report(alice, metrics="data_transfer"), "bytes") == []


def test_bytes_of_one_provider_or_of_other_days_are_not_compared(alice: Tenant) -> None:
    platform, cdn = two_providers(alice)
    tell(platform, "data_transfer", {"2026-01-02": 100 * MB})
    assert notes(report(alice, metrics="data_transfer"), "bytes") == []
    tell(cdn, "data_transfer", {"2026-01-03": MB})
    assert notes(report(alice, metrics="data_transfer"), "bytes") == []


def test_two_platforms_count_their_own_videos(alice: Tenant) -> None:
    for slug, amount in (("247platform", 100 * MB), ("boomstream", MB)):
        connection = make_connection(alice, slug, slug)
        cover(connection, "2026-01-01", "2026-02-01", "2026-01-10")
        tell(make_asset(connection), "data_transfer", {"2026-01-02": amount})
    assert notes(report(alice, metrics="data_transfer"), "bytes") == []


def test_a_customers_bytes_are_its_own(alice: Tenant) -> None:
    platform, cdn = two_providers(alice)
    norte, sur = make_customer(alice), make_customer(alice, "sur")
    give(platform, norte)
    give(cdn, norte)
    tell(platform, "data_transfer", {"2026-01-02": 100 * MB})
    tell(cdn, "data_transfer", {"2026-01-02": 50 * MB})
    assert len(notes(report(alice, norte, metrics="data_transfer"), "bytes")) == 1
    assert notes(report(alice, sur, metrics="data_transfer"), "bytes") == []


# --- Accounts ---------------------------------------------------------------------------------------------------------


def account_of(alice: Tenant, of_account: int, of_assets: int) -> Connection:
    boom = make_connection(alice)
    tell(make_asset(boom, "all", "account"), "plays", {"2026-01-02": of_account})
    tell(make_asset(boom), "plays", {"2026-01-02": of_assets})
    return boom


@pytest.mark.parametrize(
    ("of_assets", "is_told"), [(940, True), (950, False), (1000, False), (1001, False), (1002, True)]
)
def test_an_account_and_its_assets(alice: Tenant, of_assets: int, is_told: bool) -> None:
    account_of(alice, 1000, of_assets)
    found = notes(report(alice, metrics="plays"), "account")
    assert [(note["connection"], note["account"], note["assets"]) for note in found] == (
        [("boom", 1000, of_assets)] if is_told else []
    )
    assert len(notes(report(alice, metrics="plays", interval="day"), "account")) == is_told
    assert len(notes(report(alice, metrics="plays", group_by="asset"), "account")) == is_told


def test_an_account_without_assets_of_its_own_is_not_checked(alice: Tenant) -> None:
    tell(make_asset(make_connection(alice), "all", "account"), "plays", {"2026-01-02": 1000})
    assert notes(report(alice, metrics="plays"), "account") == []


def test_customers_learn_nothing_of_the_account(alice: Tenant) -> None:
    account_of(alice, 1000, 100)
    norte = make_customer(alice)
    assert "crosscheck_account" not in codes(report(alice, norte, metrics="plays"))
    assert "crosscheck_account" not in codes(report(alice, metrics="plays", customer="norte"))


# --- Dimensions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spain", "is_told"), [(70, False), (71, True), (20, False)])
def test_a_split_of_more_than_there_is(alice: Tenant, spain: int, is_told: bool) -> None:
    film = make_asset(make_connection(alice))
    tell(film, "plays", {"2026-01-02": 100})
    tell(film, "plays", {"2026-01-02 ES": spain, "2026-01-02 JP": 30}, dimension="country")
    found = notes(report(alice, metrics="plays", group_by="country"), "split")
    assert [(note["split"], note["figure"]) for note in found] == ([(101, 100)] if is_told else [])
    assert notes(report(alice, metrics="plays", group_by="country", country="ES"), "split") == []
    assert notes(report(alice, metrics="plays", country="ES"), "split") == []
