"""Helpers for tests of the JSON API: a token's header, and what a refusal looks like."""

import json
from typing import Any

from django.http import HttpResponse

from reporting.models import ApiToken, Customer, Tenant
from reporting.tenancy.scoping import tenant_scope


def bearer(tenant: Tenant, scopes: str = "read", customer: Customer | None = None, **fields: Any) -> dict[str, str]:
    """The header of a new token with these scopes, comma-separated."""
    with tenant_scope(tenant):
        _, word = ApiToken.issue(tenant=tenant, customer=customer, scopes=scopes.split(","), **fields)
    return {"Authorization": f"Bearer {word}"}


def problem(response: HttpResponse, status: int) -> dict[str, Any]:
    """The body of a refusal with this status."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body.keys() >= {"type", "title", "status", "detail"}
    assert body["status"] == status
    return body
