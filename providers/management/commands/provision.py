"""`manage.py provision FILE.toml [--dry-run]`: makes or updates tenants and all that is theirs, from a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from providers.provisioning.reading import WrongFile
from providers.provisioning.writing import provision


class Command(BaseCommand):
    help = (
        "Creates or updates tenants, users, customers, connections, assets and rules from a TOML file (see "
        "docs/commands.md). All or nothing; a second run changes nothing. Exit 0, or 2 where the file is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the TOML file; paths in it are relative to its folder")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = provision(options["file"], options["dry_run"])
        except WrongFile as error:
            text = "\n".join(error.problems)
            raise CommandError(f"{text}\nNothing was changed.", returncode=2) from None
        for warning in report.warnings:
            self.stderr.write(f"warning: {warning}")
        for line in report.lines:
            self.stdout.write(line)
        if options["dry_run"]:
            self.stdout.write(f"A dry run: nothing was changed. It would be {report.summary}")
        elif not report.lines:
            self.stdout.write(f"Nothing changed: {report.summary}")
        else:
            self.stdout.write(report.summary)
