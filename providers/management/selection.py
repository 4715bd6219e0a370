"""The arguments that the commands of the line share: which tenant, which connection, which days."""

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError

from reporting.models import Connection, Tenant
from reporting.periods import EARLIEST
from reporting.tenancy.scoping import all_tenants

FIRST_ZONE = ZoneInfo("Etc/GMT-14")  # where each day begins first


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's connections")
    parser.add_argument("--connection", metavar="SLUG", help="only this connection")
    parser.add_argument("--from", dest="from_day", metavar="DAY", help="first day, YYYY-MM-DD")
    parser.add_argument("--to", dest="to_day", metavar="DAY", help="last day, YYYY-MM-DD, included")


def days(options: dict[str, Any]) -> tuple[date | None, date | None]:
    """The two days of the arguments; a wrong one is exit 2 with one clear line."""
    first, last = (_day(options[name], option) for name, option in (("from_day", "--from"), ("to_day", "--to")))
    if first and last and first > last:
        raise wrong(f"--from {first} is after --to {last}.")
    tomorrow = datetime.now(FIRST_ZONE).date()
    if first and first > tomorrow:
        raise wrong(f"--from {first} is in the future.")
    return first, last


def connections(options: dict[str, Any], *, deleted: bool = False) -> list[Connection]:
    """The connections of the arguments, deleted ones only where wanted; none is exit 2."""
    with all_tenants():
        found = Connection.objects.select_related("tenant")
        if not deleted:
            found = found.exclude(state=Connection.State.DELETED)
        if options["tenant"]:
            if not Tenant.objects.filter(slug=options["tenant"]).exists():
                raise wrong(f"there is no tenant “{options['tenant']}”.")
            found = found.filter(tenant__slug=options["tenant"])
        if options["connection"]:
            found = found.filter(slug=options["connection"])
        chosen = list(found.order_by("tenant__slug", "slug"))
    if options["connection"] and not chosen:
        raise wrong(
            f"there is no connection “{options['connection']}”" + (" in this tenant." if options["tenant"] else ".")
        )
    return chosen


def wrong(message: str) -> CommandError:
    """Wrong arguments: exit code 2."""
    return CommandError(message, returncode=2)


def _day(text: str | None, option: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise wrong(f"{option} {text} is no day of the calendar; write YYYY-MM-DD, like 2026-01-31.") from None
    if day < EARLIEST:
        raise wrong(f"{option} {day} is too early; the earliest day that is fetched is {EARLIEST}.")
    return day
