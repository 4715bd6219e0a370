"""`manage.py report`: the report query, on a terminal or into a file. Exit 2 with one clear line for wrong parameters."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from reporting.exports import EXPORTS, FOR_TERMINALS
from reporting.management.commands.token import tenant_named, wrong
from reporting.metrics import METRICS
from reporting.query import NotThere, TooMuch
from reporting.query.parameters import PARAMETERS, WrongParameters, parse
from reporting.query.result import ReportResult
from reporting.scoping import tenant_scope

HELP = {
    "metrics": f"one or more, comma-separated: {', '.join(METRICS)}",
    "from": "first day, YYYY-MM-DD",
    "to": "last day, included",
    "period": "instead of from and to, e.g. last_30_days",
    "interval": "total, month, week, day, hour, minute, lifetime",
    "group_by": "customer, connection, provider, asset, and at most one dimension",
    "compare": "previous_period or previous_year",
    "order_by": "columns; -plays sorts downwards",
    "limit": "rows; the rest becomes one row “other”",
}


def as_json(result: ReportResult) -> Iterator[bytes]:
    yield orjson.dumps(result.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


WRITERS = FOR_TERMINALS | {"json": as_json} | {name: export.write for name, export in EXPORTS.items()}


class Command(BaseCommand):
    help = "Prints a report, or writes it into a file."

    def run_from_argv(self, argv: list[str]) -> None:
        """`--order-by -plays` means a value, which argparse would take for an option."""
        joined = argv[:2]
        for word in argv[2:]:
            if joined[-1] in ("--order-by", "--order_by") and not word.startswith("--"):
                joined[-1] += f"={word}"
            else:
                joined.append(word)
        super().run_from_argv(joined)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--format", choices=sorted(WRITERS), default="table")
        parser.add_argument("--output", type=Path, metavar="FILE", help="standard output unless given")
        for name in PARAMETERS:
            flags = dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}"))
            parser.add_argument(
                *flags,
                dest=f"query_{name}",
                action="append",
                metavar=name.upper(),
                help=HELP.get(name, "only these; comma-separated or repeated"),
            )

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_named(options["tenant"])
        parameters = {name: options[f"query_{name}"] for name in PARAMETERS if options[f"query_{name}"]}
        try:
            with tenant_scope(tenant):
                result = parse(parameters, tenant).run()
        except (WrongParameters, NotThere, TooMuch) as error:
            raise wrong(str(error)) from None
        self.write(WRITERS[options["format"]](result), options["output"])

    def write(self, pieces: Iterator[bytes], output: Path | None) -> None:
        if output is None:
            for piece in pieces:
                self.stdout.write(piece.decode(), ending="")
            return
        try:
            with output.open("wb") as file:
                file.writelines(pieces)
        except OSError as error:
            raise wrong(f"--output {output} can't be written: {error.strerror}.") from None
