"""Puts the users of a provisioning file into the database: the person, who may belong to other tenants as well, and the role
in this tenant. Only a person who is this tenant's alone gets another password or name.
"""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from providers.provisioning.entries import TenantEntry, UserEntry
from providers.provisioning.report import Report, set_all
from reporting.models import Customer, Membership, Tenant, User
from reporting.tenancy.scoping import tenant_scope


def write_people(tenant: Tenant, entry: TenantEntry, report: Report) -> None:
    """Runs with every tenant's rows open: it must see other tenants' memberships."""
    for user in entry.users:
        person = User.objects.filter(email__iexact=user.email).first()
        is_new = person is None
        if person is None:
            _warn_of_weakness(user, User(email=user.email, **user.names))
            person = User.objects.create_user(user.email, user.password, **user.names)
            changed = []
        else:
            changed = _update(person, user, tenant)
        with tenant_scope(tenant):
            membership = Membership.objects.filter(user=person).first() or Membership(tenant=tenant, user=person)
            role = {"role": user.role, "customer": _customer(user), **user.rights}
            changed += set_all(membership, role)
            what = f"user {tenant.slug}/{user.email}"
            if is_new or membership.pk is None:
                membership.save()
                report.note_created(what)
                continue
            if changed:
                membership.save(update_fields=list(role))
            report.note_rest(what, changed)


def _customer(user: UserEntry) -> Customer | None:
    return Customer.objects.get(slug=user.customer) if user.customer else None


def _update(person: User, user: UserEntry, tenant: Tenant) -> list[str]:
    """Name and password, where they may be changed; returns what was."""
    wanted = [name for name, value in user.names.items() if getattr(person, name) != value]
    if user.password is not None and not person.check_password(user.password):
        wanted.append("password")
    if not wanted:
        return []
    if not _is_of_this_tenant_alone(person, tenant):
        user.table.warn(f"{', '.join(wanted)} stay as they are: this person is not this tenant's alone.")
        return []
    set_all(person, user.names)
    if user.password is not None and "password" in wanted:
        _warn_of_weakness(user, person)
        person.set_password(user.password)
    person.save(update_fields=wanted)
    return wanted


def _is_of_this_tenant_alone(person: User, tenant: Tenant) -> bool:
    if person.is_staff or person.is_superuser:
        return False
    tenants = set(Membership.objects.filter(user=person).values_list("tenant_id", flat=True))
    return tenants == {tenant.pk}


def _warn_of_weakness(user: UserEntry, person: User) -> None:
    """A weak password is allowed, as with createsuperuser, but reported."""
    try:
        validate_password(user.password or "", person)
    except ValidationError as error:
        user.table.warn(f"a weak password: {' '.join(error.messages)} It is set nevertheless.", "password")
