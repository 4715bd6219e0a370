"""Each of the console's models, its pages and its actions, by everybody, compared with `tests/every_address/table.py`."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from lxml import html

from reporting.models import Connection
from reporting.tenancy.scoping import all_tenants
from tests.every_address import addresses, reading
from tests.every_address.people import Asking, Person
from tests.every_address.reading import ACTIONS, MODELS, SECTIONS, faults, nothing
from tests.every_address.world import World
from tests.support.console import console_models

pytestmark = pytest.mark.django_db
PAGES = {"list": "", "add": "add/", "change": "{}/change/", "delete": "{}/delete/", "history": "{}/history/", "": "{}/"}
STAFF = {"bare": "bare staff", "viewer": "viewer", "staff": "staff", "root": "superuser"}


def cell_of(line: dict[str, str], page: str, column: str) -> str:
    """`no`, `see` or `edit`, for whoever asks."""
    cell = line.get(page, "see")
    if column == "root" and "root" in line:
        cell = dict(one.split("=") for one in line["root"].split(",")).get(page, cell)
    if column == "bare" or (column == "viewer" and page not in ("list", "change", "history")):
        return "no"
    return "see" if column == "viewer" else cell


def pages_of(line: dict[str, str], column: str) -> Iterator[tuple[str, str, str, str]]:
    """Page, method, what to send, and the outcome of each page of a model."""
    for page, end in PAGES.items():
        cell = cell_of(line, page, column)
        for method in ("GET", "POST") if page != "delete" else ("GET",):  # POST: `test_deleting_by_everybody`
            if column == "others":
                yield end, method, page, "login"
            elif page == "":
                yield end, method, page, ">*/change/"
            elif cell == "no" or (cell == "see" and method == "POST" and page == "change"):
                yield end, method, page, "403"
            else:
                yield end, method, page, "200" if method == "GET" else "done"


@pytest.mark.parametrize("place", [place for _, place in MODELS])
def test_every_console_page_by_everybody(place: str, world: World, people: dict[str, Person], ask: Asking) -> None:
    line, found = MODELS["model", place], []
    pk = world.norte.of[place.split("/")[3]]
    for column, names in SECTIONS["console"].people.items():
        for end, method, page, expected in pages_of(line, column):
            for person in (
                one for one in names if one not in ("manage", "nobody")
            ):  # those ask the other pages: enough
                path = place + end.format(pk)
                answer = ask(people[person], method, path, drawn=method == "GET" and column == "root")
                may_write = expected == "done" and cell_of(line, page, column) == "edit"
                found += faults(people[person], f"{method} {path}", answer, expected, may_write)
    nothing(found)


@pytest.mark.parametrize("place", [place for _, place in MODELS])
def test_deleting_by_everybody(place: str, world: World, people: dict[str, Person], ask: Asking) -> None:
    """By the page and by the list's action; what counts is whether the row is there afterwards."""
    line, found, name = MODELS["model", place], [], place.split("/")[3]
    model = next(one for one in console_models() if addresses.place_of(one) == place)
    pk = world.norte.of[name]
    many = {"action": "delete_selected", "_selected_action": str(pk), "post": "yes"}
    for column, names in SECTIONS["console"].people.items():
        for page, path, data in (("delete", f"{place}{pk}/delete/", {"post": "yes"}), ("many", place, many)):
            may = column != "others" and cell_of(line, page, column) == "edit"
            for person in names:
                answer = ask(people[person], "POST", path, data, partial(exists, model, pk), drawn=False)
                if answer.status >= 500 or answer.after == may:
                    said = f"{answer.outcome} {answer.error}, the row is there: {answer.after}"
                    found.append(f"{page} {path} as {person}: {said}")
    nothing(found)


def exists(model: Any, pk: int) -> bool:
    with all_tenants():
        return model._default_manager.filter(pk=pk).exists()


@pytest.mark.parametrize(("name", "place"), ACTIONS)
def test_every_console_action_by_everybody(
    name: str, place: str, world: World, people: dict[str, Person], ask: Asking
) -> None:
    """What counts is what is in the database afterwards."""
    found, pk = [], world.norte.of[place.split("/")[3]]
    with transaction.atomic():
        if "resume" in name:
            with all_tenants():
                Connection.objects.update(state=Connection.State.PAUSED)
        path, data = place, {"action": name, "_selected_action": str(pk)}
        if name.startswith("save_"):
            path = f"{place}{pk}/change/"
            data = form_of(ask(people["superuser"], "GET", path).body, name)
        before = reading.fingerprints()
        for column, names in SECTIONS["console"].people.items():
            expected = {ACTIONS[name, place]["changes"]} - {"-"} if column in ("staff", "root") else set()
            for person in names:
                answer = ask(people[person], "POST", path, data, reading.fingerprints, drawn=False)
                changes = reading.changed(before, answer.after)
                if answer.status >= 500 or changes != expected:
                    said = f"{answer.outcome} {answer.error}, changed {changes}, not {expected}"
                    found.append(f"{name} as {person}: {said}")
        transaction.set_rollback(True)
    nothing(found)


def form_of(page: str, button: str) -> dict[str, Any]:
    """What a browser would send of the page's form, by the button of that action."""
    form = next(form for form in html.fromstring(page).forms if form.get("id", "").endswith("_form"))
    names = form.xpath("//button/@name") + form.xpath("//input[@type='submit']/@name")
    values: dict[str, Any] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    return values | {next(name for name in names if name.endswith(f"_{button}") or name == button): "1"}
