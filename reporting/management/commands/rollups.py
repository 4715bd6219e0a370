"""`manage.py rollups`: compares the daily totals with the facts, or makes them anew. Exit 0 in step, 1 not in step (a line for
each metric of a connection), 2 wrong arguments."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from reporting.ledger import daily_totals
from reporting.management.commands.token import tenant_named, wrong
from reporting.models import Connection
from reporting.tenancy.scoping import all_tenants, tenant_scope


class Command(BaseCommand):
    help = "Compares the daily totals, from which reports are made, with the facts; or makes them anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--check", action="store_true", help="say what is not in step; changes nothing")
        what.add_argument("--rebuild", action="store_true", help="make all totals anew from the facts")
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's connections")
        parser.add_argument("--connection", metavar="SLUG", help="only this connection")

    def handle(self, *args: Any, **options: Any) -> None:
        in_step = True
        for connection in tqdm(chosen(options), unit=" connections", disable=None, leave=False):
            with tenant_scope(connection.tenant_id):  # one transaction each: others wait for one connection at most
                if options["rebuild"]:
                    self.say(connection, f"{daily_totals.rebuild(connection.pk):,} totals made")
                    continue
                found = daily_totals.deviations(connection.pk)
            for one in found:
                self.say(connection, described(one))
            in_step = in_step and not found
        if not in_step:
            self.stderr.write("Reports of these days are wrong. `rollups --rebuild` mends them from the facts.")
            sys.exit(1)

    def say(self, connection: Connection, words: str) -> None:
        self.stdout.write(f"{connection.tenant.slug}/{connection.slug}: {words}")


def chosen(options: dict[str, Any]) -> list[Connection]:
    """Deleted ones too: their figures stay. None is exit 2."""
    tenant = tenant_named(options["tenant"]) if options["tenant"] else None
    with all_tenants():
        found = Connection.objects.select_related("tenant").order_by("tenant__slug", "slug")
        if tenant:
            found = found.filter(tenant=tenant)
        if options["connection"]:
            found = found.filter(slug=options["connection"])
        connections = list(found)
    if options["connection"] and not connections:
        raise wrong(f"There is no connection “{options['connection']}”.")
    return connections


def described(one: daily_totals.Deviation) -> str:
    split = f" by {one.dimension}" if one.dimension else ""
    days = f"{one.first}" if one.first == one.last else f"{one.first} to {one.last}"
    return f"{one.totals:,} totals of {one.metric}{split}, {days}, are not what the facts add up to"
