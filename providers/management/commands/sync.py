"""`manage.py sync`: the line, now, in this process. Exit 0 all succeeded, 1 something failed or was partial, 2 wrong
arguments."""

import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from providers import registry
from providers.management import selection
from providers.pipeline.connection_lock import AlreadyRunning, only_one
from providers.scheduling import queue
from providers.scheduling import run as runs
from reporting.models import Connection, SyncRun
from reporting.tenancy.scoping import tenant_scope


class Command(BaseCommand):
    help = "Fetches what is due from the providers, now, in this process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        selection.add_arguments(parser)
        parser.add_argument(
            "--feed", default="", metavar="NAME", help="only this feed, also one that a plain sync leaves out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = selection.days(options)
        connections = selection.connections(options)
        self.check_feed(connections, options["feed"])
        queue.end_lost(timezone.now())  # without a scheduler nothing else would end them
        chosen = [c for c in connections if options["connection"] or c.state != Connection.State.PAUSED]
        results = [self.one(connection, options["feed"], first, last) for connection in chosen]
        if not all(results):
            sys.exit(1)

    def check_feed(self, connections: list[Connection], feed: str) -> None:
        """A feed that one of the connections has; the others are left out by `one`."""
        providers = [registry.get(slug) for slug in sorted({c.provider for c in connections})]
        if feed and not any(feed in {f.name for f in p.feeds} for p in providers):
            known = "; ".join(f"{p.slug}: {', '.join(f.name for f in p.feeds)}" for p in providers)
            raise selection.wrong(f"no such feed “{feed}”. There are {known}")

    def one(self, connection: Connection, feed: str, first: date | None, last: date | None) -> bool:
        if feed and feed not in {f.name for f in registry.get(connection.provider).feeds}:
            return True
        try:
            with only_one(connection):  # before there is a queued run, which a worker would take up
                run = self.queued(connection, feed, first, last)
                self.with_bar(run)
        except AlreadyRunning as error:
            self.stderr.write(str(error))
            return False
        self.tell(run)
        return run.state == SyncRun.State.SUCCEEDED

    def queued(self, connection: Connection, feed: str, first: date | None, last: date | None) -> SyncRun:
        with tenant_scope(connection.tenant_id):
            return SyncRun.objects.create(
                tenant_id=connection.tenant_id, connection=connection, feed=feed, from_day=first, to_day=last
            )

    def with_bar(self, run: SyncRun) -> None:
        """A progress bar on a terminal, nothing elsewhere."""
        with tqdm(unit=" requests", disable=None, leave=False, desc=str(run.connection)) as bar:

            def show(run: SyncRun) -> None:
                bar.total, bar.n = run.requests_total, run.requests_done
                bar.set_postfix_str(run.waiting or f"{run.facts_written:,} facts")

            runs.make(run, show)

    def tell(self, run: SyncRun) -> None:
        name = f"{run.connection.tenant.slug}/{run.connection.slug}"
        self.stdout.write(f"{name}: {run.state}, {run.requests_done} requests, {run.facts_written} facts written")
        for entry in run.errors:
            about = " ".join(str(entry[key]) for key in ("feed", "asset", "from") if key in entry)
            self.stderr.write(f"{name}: {about}{': ' if about else ''}{entry['detail']}")
