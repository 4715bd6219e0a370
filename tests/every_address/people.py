"""Everybody who asks, how they ask, and what came of it."""

import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatch
from http.cookies import SimpleCookie
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.signals import got_request_exception
from django.db import connection as database
from django.db import transaction
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.utils import timezone

from reporting.models import ApiToken, Membership, User
from reporting.tenancy.scoping import tenant_scope
from tests.every_address.world import (
    BOB,
    COST_WORDS,
    EARLIER,
    HOUSE,
    NORTE,
    SECRET,
    SUR,
    VIEWER,
    Things,
    World,
)

REFUSED = {"401", "403", "404", "405", "login"}
SCOPES = list(ApiToken.SCOPES)
HAS_PASSWORD = "pbkdf2_sha256$1$salt$digest"  # of no password; making one takes long
STATE_OF_A_VISIT = {"django_session", "viewledger_cache"}
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.I)
OF_CUSTOMERS = {VIEWER} | COST_WORDS
ALL = {NORTE, SUR, EARLIER, HOUSE, BOB, SECRET} | OF_CUSTOMERS
OF_NORTE = {SUR, EARLIER, HOUSE, BOB, SECRET} | OF_CUSTOMERS
OF_SUR = {NORTE, HOUSE, BOB, SECRET} | OF_CUSTOMERS
OF_ALICE = {BOB, SECRET}
OF_BOB = {NORTE, SUR, EARLIER, HOUSE, SECRET}
OF_ESTE = {NORTE, SUR, EARLIER, HOUSE, SECRET, VIEWER}  # it sees what the vendor charges


@dataclass
class Person:
    name: str
    unseen: set[str]  # words that no answer to them may hold
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Answer:
    status: int
    place: str  # where it leads to
    body: str
    wrote: set[str]  # tables
    error: str = ""
    after: Any = None  # what was so in the database, just before all was undone

    @property
    def is_refusal(self) -> bool:
        return self.outcome in REFUSED

    def meets(self, expected: str) -> bool:
        if expected in ("any", "refused"):
            return self.is_refusal if expected == "refused" else self.status < 500
        if expected == "done":
            return self.status in (200, 302)
        return fnmatch(self.outcome, expected)

    @property
    def outcome(self) -> str:
        """As the table writes it."""
        if self.status not in (301, 302):
            return str(self.status)
        place = self.place.split("?")[0]
        return "login" if place in ("/accounts/login/", "/admin/login/") else f">{place}"


def everybody(world: World) -> dict[str, Person]:
    people = {"anonymous": Person("anonymous", ALL)}
    members: list[tuple[str, Things, str, set[str]]] = [
        ("customer", world.norte, "customer", OF_NORTE),
        ("sibling", world.sur, "customer", OF_SUR),
        ("analyst", world.norte, "analyst", OF_ALICE | {VIEWER}),
        ("manager", world.norte, "manager", OF_ALICE),
        ("bob's manager", world.bob, "manager", OF_BOB),
        ("bob's customer", world.bob, "customer", OF_ESTE),
    ]
    for name, things, role, unseen in members:
        user = User.objects.create_user(f"{name.replace(' ', '-')}@viewledger.example")
        customer = things.customer if role == "customer" else None
        with tenant_scope(things.tenant):
            Membership.objects.create(tenant=things.tenant, user=user, role=role, customer=customer)
        people[name] = Person(name, unseen, _signed_in(user))
    people["nobody"] = Person("nobody", ALL, _signed_in(User.objects.create_user("nobody@viewledger.example")))
    return people | _staff() | _tokens(world)


def _staff() -> dict[str, Person]:
    """`bare staff` has no permission, `tenant viewer` one, `viewer` all to look, `staff` all there are."""
    given = {
        "bare staff": Permission.objects.none(),
        "tenant viewer": Permission.objects.filter(codename="view_tenant"),
        "viewer": Permission.objects.filter(codename__startswith="view_"),
        "staff": Permission.objects.all(),
    }
    people = {}
    for name, permissions in given.items():
        user = User.objects.create_user(f"{name.replace(' ', '-')}@viewledger.example", is_staff=True)
        user.user_permissions.set(permissions)
        people[name] = Person(name, {SECRET} if permissions else ALL, _signed_in(user))
    root = User.objects.create_superuser("superuser@viewledger.example")
    return people | {"superuser": Person("superuser", {SECRET}, _signed_in(root))}


def _tokens(world: World) -> dict[str, Person]:
    past = timezone.now() - timedelta(days=1)
    issued: list[tuple[str, Things, bool, list[str], set[str]]] = [
        *((scope, world.norte, False, [scope], OF_ALICE) for scope in SCOPES),
        *((f"n.{scope}", world.norte, True, [scope], OF_NORTE) for scope in SCOPES),
        ("sur's token", world.sur, True, SCOPES, OF_SUR),
        ("bob's token", world.bob, False, SCOPES, OF_BOB),
        ("este's token", world.bob, True, SCOPES, OF_ESTE),
    ]
    people = {"unknown token": _bearer("unknown token", "vl_unknown", ALL)}
    for name, things, narrow, scopes, unseen in issued:
        people[name] = _bearer(name, _issue(things, narrow, scopes), unseen)
    expired = _issue(world.norte, False, SCOPES, expires_at=past)
    return people | {"expired token": _bearer("expired token", expired, ALL)}


def _issue(things: Things, narrow: bool, scopes: list[str], **more: Any) -> str:
    customer = things.customer if narrow else None
    with tenant_scope(things.tenant):
        used = timezone.now() + timedelta(hours=1)  # else each asking would note that it was
        return ApiToken.issue(tenant=things.tenant, customer=customer, scopes=scopes, last_used_at=used, **more)[1]


def _bearer(name: str, word: str, unseen: set[str]) -> Person:
    return Person(name, unseen, headers={"Authorization": f"Bearer {word}"})


def _signed_in(user: User) -> str:
    user.password = HAS_PASSWORD
    user.save()
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


UNDRAWN = patch.object(SimpleTemplateResponse, "rendered_content", "")


class Quick(Client):
    """Django's own client also keeps a copy of every template's context, which for a page of the console takes longer than the
    page itself."""

    def request(self, **request: Any) -> Any:
        return self.handler(self._base_environ(**request))


class Asking:
    """One client for all: loading the middlewares costs more than an answer. It asks the site as it is: an error in a view is
    an answer of 500, not an exception here."""

    def __init__(self) -> None:
        self.client = Quick(raise_request_exception=False)

    def __call__(
        self,
        person: Person,
        method: str,
        address: str,
        data: Any = None,
        after: Callable[[], Any] | None = None,
        drawn: bool = True,
    ) -> Answer:
        """Nothing of it stays: it happens inside a savepoint. `after` is asked before that is undone. `drawn`: False leaves
        out the console's HTML, which takes most of the time."""
        self.client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: person.cookie} if person.cookie else {})
        wrote: set[str] = set()
        errors: list[str] = []

        def record(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            if found := WRITES.match(sql if isinstance(sql, str) else str(sql)):
                wrote.add(found[1])
            return execute(sql, params, many, context)

        def failed(sender: Any, **more: Any) -> None:
            errors.append(f"{sys.exc_info()[1]!r}")

        got_request_exception.connect(failed)
        try:
            with transaction.atomic():
                with database.execute_wrapper(record), nullcontext() if drawn else UNDRAWN:
                    response = getattr(self.client, method.lower())(address, **_sent(person, method, address, data))
                    body = response.getvalue()
                found = after() if after else None
                transaction.set_rollback(True)
        finally:
            got_request_exception.disconnect(failed)
        place = response.get("Location", "")
        return Answer(response.status_code, place, _text(body), wrote - STATE_OF_A_VISIT, "".join(errors), found)


def _sent(person: Person, method: str, address: str, data: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {"headers": person.headers, "data": data or {}}
    if method not in ("GET", "HEAD") and (method != "POST" or address.startswith("/api/")):
        sent |= {"data": json.dumps(data or {}), "content_type": "application/json"}
    return sent


def _text(body: bytes) -> str:
    """A workbook is looked into."""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as files:
            body = b"\n".join(files.read(name) for name in files.namelist())
    return body.decode(errors="replace")
