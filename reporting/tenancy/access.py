"""Who may see what: from a person or a bearer token to a tenant, a role, rights, maybe one customer.

These look-ups happen before any scope is open, so each opens `all_tenants()` for itself, for one query.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.utils import timezone

from reporting.encryption import fingerprint
from reporting.models import ApiToken, Membership, Tenant, User
from reporting.tenancy.reader import HIDDEN, VENDORS, Costs, Reader, costs_of, of_customer
from reporting.tenancy.scoping import all_tenants

LAST_USED_STEP = timedelta(minutes=5)  # `last_used_at` is written once in this time, not on each request
STAFF = "staff"  # the role of platform staff: not a manager's, so what is for managers is not theirs unless it says so
SEES_TENANTS = "reporting.view_tenant"  # the permission that opens tenants' pages to platform staff


class Right(StrEnum):
    """What is shown to some only, beside the figures that everybody in a tenant (or customer) sees."""

    FACTS = "facts"  # the facts behind a figure
    ANSWERS = "answers"  # the providers' raw answers
    SESSIONS = "sessions"  # the list of viewers' sessions
    PERSONAL_DATA = "personal_data"  # viewers' addresses and browsers in full, and the raw answers that hold them


RIGHTS_OF_ROLES = {
    Membership.Role.MANAGER: frozenset(Right),
    Membership.Role.ANALYST: frozenset({Right.FACTS, Right.ANSWERS, Right.SESSIONS}),
    Membership.Role.CUSTOMER: frozenset({Right.SESSIONS}),
}
# For platform staff: the permissions that show the same in the console.
PERMISSIONS_OF_RIGHTS = {
    Right.FACTS: ("reporting.view_fact",),
    Right.ANSWERS: ("reporting.view_snapshot",),
    Right.SESSIONS: ("reporting.view_ppvsession",),
    Right.PERSONAL_DATA: ("reporting.view_ppvsession",),
}


@dataclass(frozen=True)
class Access:
    """What the bearer may see in one tenant. `customer_id` narrows it to that customer's figures, with `costs` as they are
    shown to it."""

    tenant: Tenant
    role: str
    customer_id: int | None = None
    rights: frozenset[Right] = frozenset()
    costs: Costs = HIDDEN

    @property
    def reader(self) -> Reader:
        return Reader(self.role, self.customer_id, Right.PERSONAL_DATA in self.rights, self.costs)

    @property
    def sees_all_customers(self) -> bool:
        return self.customer_id is None


def person_in_tenant(user: User, slug: str) -> Access | None:
    """The person's access to the tenant of that slug; None where there is none, or no such tenant. Being platform staff
    alone gives none: their permissions say what they see. Who is a member too has the rights of both."""
    if "\0" in slug:  # PostgreSQL takes no such text, and no tenant has it
        return None
    with all_tenants():
        tenant = Tenant.objects.filter(slug=slug).first()
        memberships = Membership.objects.select_related("customer").filter(tenant=tenant, user=user)
        membership = memberships.first() if tenant else None
    if tenant is None:
        return None
    member = _of_member(tenant, membership) if membership else None
    if not (user.is_staff and user.has_perm(SEES_TENANTS)):
        return member
    own = frozenset(right for right, needed in PERMISSIONS_OF_RIGHTS.items() if user.has_perms(needed))
    rights = own | member.rights if member and member.sees_all_customers else own
    return Access(tenant, STAFF, rights=rights, costs=VENDORS)


def _of_member(tenant: Tenant, membership: Membership) -> Access:
    rights = RIGHTS_OF_ROLES[Membership.Role(membership.role)]
    if membership.sees_personal_data:
        rights |= {Right.PERSONAL_DATA}
    return Access(tenant, membership.role, membership.customer_id, rights, costs_of(membership.customer))


def reader_of_token(token: ApiToken) -> Reader:
    """Who makes a token of a tenant sees all of it; one of a customer sees what the tenant chose for that customer. Personal
    data needs the scope `ppv` in any case."""
    has_scope = "ppv" in token.scopes
    if token.customer is None:
        return Reader("token", customer_id=None, sees_personal_data=has_scope, costs=VENDORS)
    return of_customer(token.customer, sees_personal_data=has_scope and token.customer.sees_personal_data)


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
