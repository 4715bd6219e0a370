"""`manage.py token`: a new API token, printed once: one word on standard output. Exit 2 for wrong arguments."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reporting.models import ApiToken, Customer, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope

MAX_DAYS = 36_500


class Command(BaseCommand):
    help = "Makes an API token and prints it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--customer", metavar="SLUG", help="it sees only this customer's figures")
        parser.add_argument("--scope", required=True, help=f"one or more of {','.join(ApiToken.SCOPES)}")
        parser.add_argument("--days", type=int, metavar="N", help="it expires after as many days; never unless said")
        parser.add_argument("--name", default="", help="what it is for, as lists of tokens show it")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = self.scopes(options["scope"])
        expires_at = self.expiry(options["days"])
        tenant = tenant_named(options["tenant"])
        with tenant_scope(tenant):
            customer = customer_named(options["customer"], tenant)
            _, word = ApiToken.issue(
                tenant=tenant, customer=customer, scopes=scopes, expires_at=expires_at, name=options["name"][:100]
            )
        self.stdout.write(word)

    def scopes(self, text: str) -> list[str]:
        words = list(dict.fromkeys(word for word in text.replace(" ", ",").split(",") if word))
        wrong_words = [word for word in words if word not in ApiToken.SCOPES]
        if wrong_words or not words:
            raise wrong(f"--scope “{text}” is not made of {', '.join(ApiToken.SCOPES)}.")
        return words

    def expiry(self, days: int | None) -> Any:
        if days is None:
            return None
        if not 1 <= days <= MAX_DAYS:
            raise wrong(f"--days {days} is not from 1 to {MAX_DAYS}.")
        return timezone.now() + timedelta(days=days)


def tenant_named(slug: str) -> Tenant:
    """Exit 2 where there is none."""
    with all_tenants():
        tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise wrong(f"There is no tenant “{slug}”.")
    return tenant


def customer_named(slug: str | None, tenant: Tenant) -> Customer | None:
    """Inside the tenant's scope; None where none is named. Exit 2 where there is none."""
    if not slug:
        return None
    customer = Customer.objects.filter(slug=slug).first()
    if customer is None:
        raise wrong(f"{tenant.slug} has no customer “{slug}”.")
    return customer


def wrong(message: str) -> CommandError:
    """Wrong arguments: exit code 2."""
    return CommandError(message, returncode=2)
