"""`manage.py prune`: deletes old stored answers that a replay can do without. Exit 0 done, 1 a connection was left
alone (being synced, or of no known provider), 2 wrong arguments."""

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from providers.management import selection
from providers.pipeline.connection_lock import AlreadyRunning
from providers.pipeline.prune import prune
from providers.registry import UnknownProvider

MOST_DAYS = 36_500


class Command(BaseCommand):
    help = "Deletes old stored answers that a replay can do without; the figures stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's connections")
        parser.add_argument("--connection", metavar="SLUG", help="only this connection")
        parser.add_argument("--days", type=int, default=400, metavar="N", help="last seen longer ago; 400 unless set")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["days"] <= MOST_DAYS:
            raise selection.wrong(f"--days {options['days']} is not between 0 and {MOST_DAYS}.")
        before = timezone.now() - timedelta(days=options["days"])
        freed = "bytes would be freed" if options["dry_run"] else "bytes freed"
        failed = False
        for connection in selection.connections(options, deleted=True):  # their figures stay, and grow old
            name = f"{connection.tenant.slug}/{connection.slug}"
            try:
                done = prune(connection, before, dry_run=options["dry_run"])
            except (AlreadyRunning, UnknownProvider) as error:
                self.stderr.write(f"{name}: {error}")
                failed = True
                continue
            self.stdout.write(f"{name}: {done.snapshots:,} snapshots, {done.bytes:,} {freed}")
        if failed:
            sys.exit(1)
