"""`manage.py sandbox`: the five vendors on this machine, to try everything without credentials."""

import signal
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from providers.sandbox import Sandbox
from providers.sandbox.accounts import ACCOUNTS
from providers.sandbox.vendors import VENDORS


class Command(BaseCommand):
    """Runs until Ctrl-C or SIGTERM; needs no database."""

    help = "The five vendors as a local server; prints its address and the credentials of its two accounts."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=9000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--seed", type=int, default=1, help="other figures for another seed")
        parser.add_argument("--assets", type=int, default=6, help="videos, media and broadcasts of each account")
        parser.add_argument("--rows", type=int, default=40, help="ScaleEngine's rows a day of each account")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {name: options[name] for name in ("port", "host", "seed", "assets", "rows")}
        try:
            sandbox = Sandbox(**wanted)
        except OSError as error:
            raise CommandError(f"The sandbox cannot listen on {wanted['host']}:{wanted['port']}: {error}") from error
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if options["verbosity"]:
            self.stdout.write("\n".join(introduction(sandbox.url)))
            self.stdout.flush()
        with suppress(KeyboardInterrupt):
            sandbox.serve_forever()
        sandbox.stop()


def introduction(url: str) -> list[str]:
    """The address of every vendor, and what opens it."""
    lines = [f"Sandbox on {url} (truth: {url}/_ledger, faults: {url}/_faults). Ctrl-C stops it."]
    for account, providers in ACCOUNTS.items():
        lines.append(f"\nAccount {account}")
        for provider, credentials in providers.items():
            words = [f"{name}={value}" for name, value in credentials.items()]
            lines.append(f"  {url}/{provider}  {' '.join(words)}")
        for name, vendor in VENDORS.items():
            lines += [f"  {name} {option}: {', '.join(values)}" for option, values in vendor.options(account).items()]
            lines += [
                f"  {name} access {each.label}: code={each.media} hash={each.hash}" for each in vendor.accesses(account)
            ]
    return lines
