"""The feeds in a connection's form: found by words, added up as they are ticked, and saved."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from reporting.models import Connection, Tenant, User
from reporting.tenancy.scoping import tenant_scope
from tests.support.browser import Opened
from tests.support.factories import make_asset, make_connection

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CLICK = "boxes => document.querySelectorAll(boxes).forEach((box) => box.click())"
SIZES = {"wide": {"width": 1200, "height": 900}, "phone": {"width": 375, "height": 800}}


@pytest.fixture
def smart(alice: Tenant) -> Connection:
    never, split = timedelta(0), {"groups_of_media": True}
    connection = make_connection(
        alice, "smart", "smartstream", options=split, time_zone="Asia/Tokyo", reread_every=never
    )
    connection.credentials = {"merchant_id": "m", "api_key": "k", "token": "t"}
    with tenant_scope(alice):
        connection.save()
    for number in range(20):
        make_asset(connection, f"media-{number}")
    return connection


@pytest.mark.parametrize("size", SIZES)
def test_it_works(opened: Opened, smart: Connection, alice: Tenant, size: str) -> None:
    root = User.objects.create_superuser("root@alice.example", "a-long-enough-password")
    page = opened(f"/admin/reporting/connection/{smart.pk}/change/", root, viewport=SIZES[size], color_scheme="dark")
    total, warning = page.locator("[data-total]"), page.locator("[data-warning]")
    before = int(total.inner_text().replace(",", ""))
    expect(warning).to_be_hidden()
    page.get_by_label("Find a feed").fill("plays country")
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    page.get_by_label("play_count.country.hour").check()
    assert int(total.inner_text().replace(",", "")) == before + 24 * 21
    page.get_by_label("Find a feed").press("Enter")
    page.evaluate(CLICK, "input[data-cost]:not(:checked)")
    expect(warning).to_be_visible()
    page.evaluate(
        CLICK, "input[data-cost]:checked:not([value='play_count.all.day'], [value='play_count.country.hour'])"
    )
    expect(warning).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/connection/")
    with tenant_scope(alice):
        smart.refresh_from_db()
    away = {entry.removeprefix("-") for entry in smart.feeds if entry.startswith("-")}
    assert [entry for entry in smart.feeds if not entry.startswith("-")] == ["play_count.country.hour"]
    assert {"device_count.all.month", "play_time.all.day"} <= away
    assert "play_count.all.day" not in away
