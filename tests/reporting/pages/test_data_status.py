"""What pages say of sources that figures lack, of those that fail, and of those that are read just now."""

from datetime import UTC, datetime, timedelta

import pytest

from reporting.models import Connection, Customer, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import cover, give, make_asset, make_connection, make_customer, tell
from tests.support.pages import TODAY, Enter, ago, text_of


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """Two films: one at Boomstream, by day and hour, one at SmartSTREAM by day only, read up to the day before yesterday."""
    customer = make_customer(alice, "norte")
    boom, smart = (
        make_connection(alice, slug, provider, history_from=TODAY - timedelta(days=90))
        for slug, provider in (("boom", "boomstream"), ("smart", "smartstream"))
    )
    film, copy = make_asset(boom, "FILM"), make_asset(smart, "copy")
    give(film, customer)
    give(copy, customer)
    tell(film, "plays", {ago(2): 19})
    tell(film, "plays", {f"{ago(2)}T20:00": 19}, "hour")
    tell(copy, "plays", {ago(2): 2773})
    cover(boom, ago(90), ago(0), ago(3))
    cover(smart, ago(90), ago(2), ago(3))
    return customer


def test_it_works(enter: Enter, alice: Tenant, norte: Customer) -> None:
    page = text_of(enter(alice), "/t/alice/c/norte/")
    assert "2,792" in page
    assert f"not fetched yet: {TODAY - timedelta(days=1):%-d %b %Y} " in page
    assert "not reported by" not in page


def test_above_hours_stands_no_figure_of_days(enter: Enter, alice: Tenant, norte: Customer) -> None:
    page = text_of(enter(alice), f"/t/alice/c/norte/?interval=hour&from={ago(3)}&to={ago(1)}")
    assert "Plays by hour: not reported by smart (by day only). These figures are not included." in page
    assert "2,792" not in page


def test_who_does_not_split_by_country_is_named(enter: Enter, alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        film = Connection.objects.get(slug="boom").assets.get()
    tell(film, "plays", {f"{ago(2)} ES": 19}, dimension="country")
    page = text_of(enter(alice), "/t/alice/c/norte/")
    assert "Plays by country: not reported by smart. Their figures are in the row without a country." in page


@pytest.mark.parametrize("address", ["/t/alice/", "/t/alice/c/norte/"])
def test_failing_and_syncing_are_shown_in_plain_words(
    enter: Enter, alice: Tenant, norte: Customer, address: str
) -> None:
    with tenant_scope(alice):
        Connection.objects.filter(slug="smart").update(failing_since=datetime.now(UTC) - timedelta(hours=5))
        smart, boom = Connection.objects.get(slug="smart"), Connection.objects.get(slug="boom")
        errors = [{"error": "RateLimited", "group": "try again", "detail": "429"}]
        SyncRun.objects.create(tenant=alice, connection=smart, state="failed", errors=errors)
        running = {"state": "running", "requests_done": 3, "requests_total": 9, "started_at": datetime.now(UTC)}
        SyncRun.objects.create(tenant=alice, connection=boom, **running)
    page = text_of(enter(alice), address)
    assert "syncing now: 3 of 9 requests" in page
    assert "failing since 5 hours ago : it is tried again" in page.replace("\xa0", " ")
    assert "can't be read: " in page
    assert "RateLimited" not in page
