"""All addresses there are, from Django's resolver; the console's models and actions, from its registry; and what the table
does not say of them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admindocs.views import simplify_regex
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

from reporting.models import User
from tests.support.console import console_models

Key = tuple[str, str]  # method and address, as the table writes them
MODEL_PAGES = ("", "add/", "<object_id>/history/", "<object_id>/delete/", "<object_id>/change/", "<object_id>/")
ACTION_LISTS = ("actions_list", "actions_row", "actions_detail", "actions_submit_line")  # unfold's


def patterns(resolver: Any = None, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Each address, its converters left out: `/t/<tenant>/readings/<snapshot>/`."""
    for pattern in (resolver or get_resolver()).url_patterns:
        address = before + _written(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address, pattern
        else:
            yield from patterns(pattern, address)


def _written(pattern: Any) -> str:
    if isinstance(pattern, RoutePattern):
        return re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", str(pattern))
    return simplify_regex(str(pattern)).removeprefix("/")


def keys() -> set[Key]:
    """All that the table must name, the console's models and actions aside: those are `console_keys`."""
    own = {f"{place}{page}" for place in map(place_of, console_models()) for page in MODEL_PAGES}
    return {
        (method, address)
        for address, pattern in patterns()
        if address not in own
        for method in _methods(address, pattern.callback)
    }


def _methods(address: str, view: Any) -> list[str]:
    """Those that a view of the API has. Of others one can't know: they are asked with all, and GET is named."""
    if actions := getattr(view, "actions", None):
        return [method.upper() for method in actions if method != "head"]  # DRF adds it with the first request
    if cls := getattr(view, "cls", None):
        own = set(cls.http_method_names) - {"head", "options"}
        return [method.upper() for method in own if hasattr(cls, method)]
    return ["GET"] if address == "/" or address.startswith("/t/") else ["GET", "POST"]


def place_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def console_keys() -> set[Key]:
    """`("model", "/admin/reporting/asset/")`, and for each action `("pause", "/admin/reporting/connection/")`."""
    found = set()
    for model in console_models():
        found.add(("model", place_of(model)))
        found |= {(name, place_of(model)) for name in actions_of(admin.site.get_model_admin(model))}
    return found


def actions_of(model_admin: Any) -> set[str]:
    """Of all who may do anything; `delete_selected` is a column of the model's line."""
    request = RequestFactory().get("/admin/")
    request.user = User(is_staff=True, is_superuser=True, is_active=True)
    listed = {name for _, name, _ in model_admin._get_base_actions()} | set(model_admin.get_actions(request))
    own = {name for attribute in ACTION_LISTS for name in _names(getattr(model_admin, attribute, ()))}
    return (listed | own) - {"delete_selected"}


def _names(entries: Iterable[Any]) -> Iterator[str]:
    """unfold's lists hold names, and groups of them as `{"title": …, "items": […]}`."""
    for entry in entries:
        if isinstance(entry, dict):
            yield from _names(entry["items"])
        else:
            yield entry if isinstance(entry, str) else entry.__name__


def unnamed(found: Iterable[Key], named: Iterable[Key]) -> list[str]:
    """What there is without a line of the table, and the other way round, each as a sentence."""
    found, named = set(found), set(named)
    missing = [f"The table (tests/every_address/table.py) has no line for {a} {b}" for a, b in sorted(found - named)]
    return missing + [f"The table has a line for {a} {b}, which is not there" for a, b in sorted(named - found)]
