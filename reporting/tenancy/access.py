"""Who may see what: from a person or a bearer token to a tenant, a role, maybe one customer.

These look-ups happen before any scope is open, so each opens `all_tenants()` for itself, for one query.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from reporting.encryption import fingerprint
from reporting.models import ApiToken, Membership, Tenant, User
from reporting.tenancy.scoping import all_tenants

LAST_USED_STEP = timedelta(minutes=5)  # `last_used_at` is written once in this time, not on each request


@dataclass(frozen=True)
class Access:
    """What the bearer may do in one tenant. `customer_id` narrows it to that customer's figures."""

    tenant: Tenant
    role: str
    customer_id: int | None = None

    @property
    def sees_all_customers(self) -> bool:
        return self.customer_id is None

    @property
    def is_manager(self) -> bool:
        return self.role == Membership.Role.MANAGER


def person_in_tenant(user: User, slug: str) -> Access | None:
    """The person's access to the tenant of that slug; None where there is none, or no such tenant."""
    with all_tenants():
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            return None
        if user.is_staff:
            return Access(tenant, Membership.Role.MANAGER)
        membership = Membership.objects.filter(tenant=tenant, user=user).first()
        return Access(tenant, membership.role, membership.customer_id) if membership else None


def memberships_of(user: User) -> list[Membership]:
    """All of a person's memberships, with tenant and customer."""
    with all_tenants():
        return list(Membership.objects.filter(user=user).select_related("tenant", "customer").order_by("tenant__name"))


def token_of(authorization: str) -> ApiToken | None:
    """The token of an `Authorization: Bearer …` header; None where it is missing, unknown or expired."""
    scheme, _, word = authorization.partition(" ")
    if scheme.lower() != "bearer" or not word.strip():
        return None
    now = timezone.now()
    with all_tenants():
        token = ApiToken.objects.select_related("tenant", "customer").filter(digest=fingerprint(word.strip())).first()
        if token is None or (token.expires_at and token.expires_at <= now):
            return None
        if token.last_used_at is None or token.last_used_at < now - LAST_USED_STEP:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
