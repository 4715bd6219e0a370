"""The feeds in the console's form: what is shown as chosen, what a person's ticks make of it, what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from lxml import html

from providers import registry
from providers.connections.feed_tables import tables
from reporting.models import Connection, FeedProgress, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import make_asset, make_connection

LIST = "/admin/reporting/connection/"


def smartstream(alice: Tenant, **more: Any) -> Connection:
    connection = make_connection(alice, "smart", "smartstream", reread_every=timedelta(0), **more)
    connection.credentials = {"merchant_id": "m", "api_key": "k", "token": "t"}
    with tenant_scope(alice):
        connection.save()
    return connection


def form_of(staff: Client, connection: Connection) -> Any:
    page = html.fromstring(staff.get(f"{LIST}{connection.pk}/change/").content)
    return next(form for form in page.forms if form.get("id") == "connection_form")


def sent(form: Any) -> dict[str, list[str]]:
    """What a browser would send of it."""
    values: dict[str, list[str]] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    return values


def save(staff: Client, connection: Connection, values: dict[str, Any]) -> str:
    answer = staff.post(f"{LIST}{connection.pk}/change/", values, follow=True)
    with tenant_scope(connection.tenant_id):
        connection.refresh_from_db()
    return answer.content.decode()


def test_it_works(staff: Client, alice: Tenant) -> None:
    """The defaults are ticked; what is ticked besides, and cleared, is stored, and counts from then on."""
    connection = smartstream(alice)
    make_asset(connection, "media-1")
    values = sent(form_of(staff, connection))
    assert "play_count.all.day" in values["feeds"]
    assert len(values["feeds"]) == 8
    values["feeds"] = [*(name for name in values["feeds"] if name != "device_count.all.month"), "play_count.all.hour"]
    save(staff, connection, values)
    assert connection.feeds == ["play_count.all.hour", "-device_count.all.month"]
    with tenant_scope(alice):
        begun = set(FeedProgress.objects.filter(is_chosen=True).values_list("feed", flat=True))
    assert "play_count.all.hour" in begun
    assert "device_count.all.month" not in begun
    values = sent(form_of(staff, connection))
    assert len(values["feeds"]) == 8
    save(staff, connection, values)
    assert connection.feeds == ["play_count.all.hour", "-device_count.all.month"]


def test_a_glob_stays_where_nothing_was_changed(staff: Client, alice: Tenant) -> None:
    connection = smartstream(alice, feeds=["play_*.all.hour"])
    values = sent(form_of(staff, connection))
    assert {"play_count.all.hour", "play_time.all.hour"} <= set(values["feeds"])
    save(staff, connection, values | {"name": ["Another"]})
    assert (connection.feeds, connection.name) == (["play_*.all.hour"], "Another")
    save(staff, connection, values | {"feeds": [name for name in values["feeds"] if name != "play_time.all.hour"]})
    assert connection.feeds == ["play_*.all.hour", "-play_time.all.hour"]


def test_feeds_follow_options_that_are_changed_with_them(staff: Client, alice: Tenant) -> None:
    """A group that is named with the same save brings its feeds, although they were not ticked."""
    connection = smartstream(alice)
    values = sent(form_of(staff, connection)) | {"option_groups": ["country"], "option_groups_of_media": ["on"]}
    save(staff, connection, values)
    assert (connection.feeds, connection.options) == ([], {"groups": ["country"], "groups_of_media": True})
    values = sent(form_of(staff, connection))
    assert {"play_count.country.day", "play_time.country.day"} <= set(values["feeds"])
    assert values.pop("option_groups_of_media") == ["on"]
    save(staff, connection, values | {"option_groups": [""]})
    assert (connection.feeds, connection.options) == ([], {})


def test_no_feed_at_all_is_refused(staff: Client, alice: Tenant) -> None:
    connection = smartstream(alice)
    values = sent(form_of(staff, connection))
    del values["feeds"]
    assert "No feed is left to sync." in save(staff, connection, values)
    assert connection.feeds == []
    assert "is not one of the available choices" in save(staff, connection, values | {"feeds": ["no.such"]})


def test_a_form_that_does_not_show_them_keeps_them(staff: Client, alice: Tenant) -> None:
    connection = smartstream(alice, feeds=["play_count.all.hour"])
    values = sent(form_of(staff, connection))
    del values["feeds"], values["feeds-shown"]
    save(staff, connection, values | {"name": ["Another"]})
    assert (connection.feeds, connection.name) == (["play_count.all.hour"], "Another")


def test_costs_and_the_warning_are_there_without_javascript(staff: Client, alice: Tenant) -> None:
    connection = smartstream(alice, feeds=["*"], options={"groups_of_media": True})
    for number in range(20):
        make_asset(connection, f"media-{number}")
    form = form_of(staff, connection)
    (box,) = form.xpath(".//input[@value='play_count.country.hour']")
    assert float(box.get("data-cost")) == 24 * 21
    assert form.xpath("string(.//*[@data-total])") == f"{170 * 24 * 21:,}"
    assert form.xpath(".//*[@data-warning]")[0].get("hidden") is None
    assert "SmartSTREAM takes 50 requests in 60 s" in save(staff, connection, sent(form) | {"name": ["Another"]})
    with tenant_scope(alice):
        Connection.objects.update(feeds=[])
    assert form_of(staff, connection).xpath(".//*[@data-warning]")[0].get("hidden") is not None


def test_a_new_connection_shows_what_one_asset_costs(staff: Client, alice: Tenant) -> None:
    page = html.fromstring(staff.get(f"{LIST}add/?provider=boomstream").content)
    ticked = {box.get("value"): float(box.get("data-cost")) for box in page.xpath("//input[@name='feeds'][@checked]")}
    assert set(ticked) == {"project.day", "target.day", "sessions", "media", "live", "playlists"}
    assert round(ticked["target.day"]) == 24 * 3
    assert "for the account and one asset of each kind" in page.text_content()


@pytest.mark.parametrize("slug", registry.all_providers())
def test_every_feed_has_one_box(slug: str) -> None:
    provider = registry.get(slug)
    found = tables(provider.feeds, [], [], {})
    names = [box.name for table in found for row in table.rows for cell in row.cells for box in cell]
    assert sorted(names) == sorted(feed.name for feed in provider.feeds)
    assert all(len(cell) <= 1 for table in found for row in table.rows for cell in row.cells), "two in one place"
