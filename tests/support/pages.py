"""Helpers for tests of the pages: people with a role, and a page as its reader sees it. `enter` is a fixture of all tests."""

import re
from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from reporting.models import Customer, Membership, Tenant, User
from reporting.periods import today_in
from reporting.tenancy.scoping import tenant_scope

PASSWORD = "a-long-enough-password"
TODAY = today_in("Europe/Madrid")
Enter = Callable[..., Client]


def person(tenant: Tenant, role: str = "manager", customer: Customer | None = None) -> User:
    """A new user with this role in the tenant."""
    user = User.objects.create_user(f"{role}@{tenant.slug}.example", PASSWORD)
    with tenant_scope(tenant):
        Membership.objects.create(tenant=tenant, user=user, role=role, customer=customer)
    return user


def text_of(client: Client, address: str) -> str:
    """The page as its reader sees it: no markup, plain spaces."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", "", answer.content.decode(), flags=re.S)
    words = re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ")
    return re.sub(r"\s+", " ", words)


def ago(days: int) -> str:
    """The day so many days before today."""
    return str(TODAY - timedelta(days=days))
