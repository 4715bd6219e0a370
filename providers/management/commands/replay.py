"""`manage.py replay`: facts again from the snapshots, no network."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from providers.management import selection
from providers.pipeline.connection_lock import AlreadyRunning
from providers.pipeline.replay import replay


class Command(BaseCommand):
    help = "Reads the stored answers again and makes the facts what they say, without any network."

    def add_arguments(self, parser: ArgumentParser) -> None:
        selection.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = selection.days(options)
        unreadable = 0
        for connection in selection.connections(options):
            try:
                done = replay(connection, first, last)
            except AlreadyRunning as error:
                self.stderr.write(str(error))
                unreadable += 1
                continue
            unreadable += done.unreadable
            skipped = (
                f", {done.skipped} left out (their feed is gone, or they are of several applications at once)"
                if done.skipped
                else ""
            )
            self.stdout.write(
                f"{connection.tenant.slug}/{connection.slug}: {done.snapshots} snapshots read, "
                f"{done.facts_written} facts written, {done.unreadable} unreadable{skipped}"
            )
        if unreadable:
            sys.exit(1)
