"""Every address and method, console page and console action, by everybody, compared with one table of who may see what.

The table is `tests/every_address/table.py`; its docstring says how a line is added. Here it is read and tried.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.contrib import admin
from django.urls import URLPattern, get_resolver
from django.urls import path as address_of
from rest_framework import viewsets
from unfold.admin import ModelAdmin
from unfold.decorators import action

from reporting.models import SnapshotPart
from tests.every_address import addresses, reading
from tests.every_address.arguments import ARGUMENT, ODD, filled, odd
from tests.every_address.people import Asking, Person
from tests.every_address.reading import SECTIONS, faults, nothing
from tests.every_address.table import KNOWN_FAULTS
from tests.every_address.world import World

pytestmark = pytest.mark.django_db
SLOW = {"/api/schema/"}  # asked by one person for each outcome
MEMBERS = ("customer", "analyst", "manager", "bare staff", "tenant viewer", "viewer", "staff", "superuser")
TOKENS = ("read", "ppv", "sync", "manage", "n.read", "n.ppv", "n.sync", "n.manage")


# --- Every address ----------------------------------------------------------------------------------------------------


def test_the_table_names_all_there_is() -> None:
    nothing(addresses.unnamed(addresses.keys(), reading.named()))
    nothing(addresses.unnamed(addresses.console_keys(), reading.named_in_console()))


@pytest.mark.parametrize("name", SECTIONS)
def test_every_address_by_everybody(name: str, world: World, people: dict[str, Person], ask: Asking) -> None:
    section, found = SECTIONS[name], []
    for method, address, key in section.asked():
        path, line, seen = filled(address, world.norte), section.lines[key], set()
        is_named = key[0] == method
        for column, names in section.people.items():
            if not is_named and column not in (section.other or section.people):
                continue
            for person in names if is_named else names[:1]:
                if address in SLOW and line[column] in seen:
                    continue
                seen.add(line[column])
                answer = ask(people[person], method, path, drawn=is_named)
                may_write = is_named and method != "GET" and not answer.is_refusal
                found += faults(people[person], f"{method} {path}", answer, line[column], may_write)
    nothing(found)


@pytest.mark.parametrize("name", ["pages", "api"])
def test_nothing_of_others_by_their_ids(name: str, world: World, people: dict[str, Person], ask: Asking) -> None:
    """Alice's address with Bob's ids, and for Norte's people with Sur's: 404 where one's own is shown."""
    section, found = SECTIONS[name], []
    for key, line in section.lines.items():
        method, address = key
        if method in ("OTHER", "OPTIONS") or not set(ARGUMENT.findall(address)) - {"tenant", "version"}:
            continue
        own = filled(address, world.norte)
        asked = [(column, one) for column, names in section.people.items() for one in names if one in MEMBERS + TOKENS]
        for column, person in asked:
            for things in [world.bob, world.sur] if column.startswith("n") else [world.bob]:
                path = filled(address, things, tenant="alice")
                if path == own:  # they share the connection
                    continue
                expected = "404" if line[column][0] == "2" else "refused"
                answer = ask(people[person], method, path)
                found += faults(people[person], f"{method} {path}", answer, expected)
    nothing(found)


@pytest.mark.parametrize("name", reading.PERSONAL)
def test_personal_answers_by_everybody(name: str, world: World, people: dict[str, Person], ask: Asking) -> None:
    section, found, id_ = reading.PERSONAL[name], [], str(world.norte.personal)
    for (method, address), line in section.lines.items():
        path = filled(address, world.norte, snapshot=id_, pk=id_)
        for column, names in section.people.items():
            for person in names:
                found += faults(people[person], f"{method} {path}", ask(people[person], method, path), line[column])
    nothing(found)


ASKS_ODD = {"pages": "manager", "accounts": "anonymous", "api": "read", "console": "superuser"}


@pytest.mark.parametrize("name", SECTIONS)
def test_odd_ids_are_no_server_error(name: str, world: World, people: dict[str, Person], ask: Asking) -> None:
    found, person = [], people[ASKS_ODD[name]]
    for method, address in SECTIONS[name].lines:
        if method not in ("OTHER", "OPTIONS"):
            for path in odd(address, world.norte):
                answer = ask(person, method, path, drawn=False)
                found += faults(person, f"{method} {path[:80]}", answer, "any")
    nothing(found)


@pytest.mark.parametrize("slug", [one for one in ODD if ("GET", f"/t/{one}/") not in reading.KNOWN])
def test_odd_tenants_are_no_server_error(slug: str, people: dict[str, Person], ask: Asking) -> None:
    answer = ask(people["manager"], "GET", f"/t/{slug}/")
    nothing(faults(people["manager"], f"/t/{slug}/", answer, "404"))


@pytest.mark.parametrize(("method", "address", "person"), KNOWN_FAULTS)
@pytest.mark.xfail(strict=True, reason="known; when it is mended, take it out of KNOWN_FAULTS")
def test_what_is_known_to_be_wrong(
    method: str, address: str, person: str, world: World, people: dict[str, Person], ask: Asking
) -> None:
    answer = ask(people[person], method, filled(address, world.norte))
    assert answer.status < 500, answer.error


# --- What is added without a line is noticed -----------------------------------------------------------------------------


def made_up(request: Any, **arguments: str) -> Any:
    raise NotImplementedError


class MadeUpView(viewsets.ViewSet):
    def list(self, request: Any) -> Any: ...

    def destroy(self, request: Any) -> Any: ...


class MadeUpAdmin(ModelAdmin):
    actions = ["leak"]
    actions_detail = ["leak_more"]
    actions_submit_line = ["save_and_leak"]

    @action(description="Leak")
    def leak(self, *arguments: Any) -> None: ...

    leak_more = save_and_leak = leak


@pytest.fixture
def with_address(settings: Any, monkeypatch: Any) -> Callable[[URLPattern], None]:
    """The site's own addresses, and one more."""

    def add(*more: URLPattern) -> None:
        made = ModuleType("tests.one_more_address")
        made.urlpatterns = [*more, *get_resolver("reporting.urls").url_patterns]  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, made.__name__, made)
        settings.ROOT_URLCONF = made.__name__

    return add


def test_a_new_page_is_noticed(with_address: Any) -> None:
    with_address(address_of("t/<slug:tenant>/c/<slug:customer>/secrets/", made_up))
    assert addresses.unnamed(addresses.keys(), reading.named()) == [
        "The table (tests/every_address/table.py) has no line for GET /t/<tenant>/c/<customer>/secrets/"
    ]


def test_a_new_method_of_the_api_is_noticed(with_address: Any) -> None:
    """Of an address that is there already, too."""
    view = MadeUpView.as_view({"get": "list", "delete": "destroy"})
    with_address(address_of("api/v1/customers", view), address_of("api/v1/made-up", view))
    assert {one.partition(" for ")[2] for one in addresses.unnamed(addresses.keys(), reading.named())} == {
        "DELETE /api/v1/customers",
        "DELETE /api/v1/made-up",
        "GET /api/v1/made-up",
    }


def test_a_new_model_and_action_of_the_console_is_noticed(with_address: Any) -> None:
    admin.site.register(SnapshotPart, MadeUpAdmin)
    try:
        with_address(address_of("admin/", admin.site.urls))
        of_pages = addresses.unnamed(addresses.keys(), reading.named())
        of_models = addresses.unnamed(addresses.console_keys(), reading.named_in_console())
    finally:
        admin.site.unregister(SnapshotPart)
    place = "/admin/reporting/snapshotpart/"
    assert {one.partition(" for ")[2] for one in of_models} == {
        f"{name} {place}" for name in ("model", "leak", "leak_more", "save_and_leak")
    }
    assert any(f"GET {place}<object_id>/leak" in one for one in of_pages)  # unfold gives it an address


def test_an_address_that_is_gone_is_noticed() -> None:
    assert addresses.unnamed([], [("GET", "/t/<tenant>/")]) == [
        "The table has a line for GET /t/<tenant>/, which is not there"
    ]
