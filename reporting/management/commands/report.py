"""`manage.py report`: the report query, on a terminal or into a file. Exit 2 with one clear line for wrong parameters."""

import os
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from reporting.comparisons import COMPARED
from reporting.exports import EXPORTS, FOR_TERMINALS, ExportFailed
from reporting.exports.options import ESCAPES, OF_FORMAT, PAPERS, SHEETS, parsed
from reporting.exports.plain import document_of
from reporting.management.commands.token import customer_named, tenant_named, wrong
from reporting.metrics import METRICS
from reporting.query import GROUPS, NotShown, NotThere, TooMuch, run
from reporting.query.json_figures import dumps
from reporting.query.parameters import PARAMETERS, WrongParameters, parse
from reporting.query.report import ReportResult
from reporting.tenancy.reader import OPERATOR, of_customer
from reporting.tenancy.scoping import tenant_scope

HELP = {
    "metrics": f"one or more, comma-separated: {', '.join(METRICS)}",
    "from": "first day, YYYY-MM-DD",
    "to": "last day, included",
    "period": "instead of from and to, e.g. last_30_days",
    "interval": "total, month, week, day, hour, minute, lifetime",
    "group_by": f"{', '.join(GROUPS)}, and at most one dimension",
    "programme": "only the copies of these (slugs); - for assets that are in no programme",
    "parent": "only what these hold (external ids of applications); - for assets that nothing holds",
    "compare": ", ".join(COMPARED),
    "order_by": "columns; -plays sorts downwards",
    "as_of": "a day: figures as they were at its end",
    "limit": "rows; the rest becomes one row",
    "limit_per": "period: as many rows in each",
    "escape": f"of csv: {' or '.join(ESCAPES)}; with none, texts that look like formulas stay as they are",
    "sheets": f"of xlsx: {', '.join(SHEETS)}; all unless given",
    "paper": f"of pdf: {' or '.join(PAPERS)}",
}


def as_json(result: ReportResult) -> Iterator[bytes]:
    yield dumps(result.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


PLAIN = FOR_TERMINALS | {"json": as_json}


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
        parser.add_argument("--format", choices=sorted(PLAIN | EXPORTS), default="table")
        words = "as this customer sees it: its figures only, and its view of costs (--customer is a filter)"
        parser.add_argument("--as-customer", "--as_customer", metavar="SLUG", help=words)
        parser.add_argument("--output", type=Path, metavar="FILE", help="standard output unless given")
        for name in (*PARAMETERS, *OF_FORMAT):
            flags = dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}"))
            parser.add_argument(
                *flags,
                dest=f"query_{name}",
                action="append",
                metavar=name.upper(),
                help=HELP.get(name, "only these; comma-separated or repeated"),
            )

    def handle(self, *args: Any, **options: Any) -> None:
        format, output = options["format"], options["output"]
        export = EXPORTS.get(format)
        if export and export.is_binary and output is None and self.is_for_reading():
            raise wrong(f"--format {format} makes no text: say --output FILE, or send it into another program.")
        tenant = tenant_named(options["tenant"])
        parameters = {name: options[f"query_{name}"] for name in (*PARAMETERS, *OF_FORMAT) if options[f"query_{name}"]}
        try:
            with tenant_scope(tenant):
                customer = customer_named(options["as_customer"], tenant)
                reader = of_customer(customer) if customer else OPERATOR
                question, written = parsed(parameters, format, partial(parse, tenant=tenant, reader=reader))
                result = run(question)
                document = replace(document_of(result, tenant, customer), options=written) if export else None
        except (WrongParameters, NotShown, NotThere, TooMuch) as error:
            raise wrong(str(error)) from None
        try:
            self.write(export.write(document) if export and document else PLAIN[format](result), output)
        except ExportFailed as error:
            raise CommandError(str(error)) from None

    def is_for_reading(self) -> bool:
        """Whether what is written to standard output meets the eyes of a person, or a stream of text only."""
        return self.stdout.isatty() or not hasattr(self.stdout, "buffer")

    def write(self, pieces: Iterable[bytes], output: Path | None) -> None:
        if output is None:
            for piece in pieces:
                self.print(piece)
            return
        try:
            write_whole(pieces, output)
        except OSError as error:
            raise wrong(f"--output {output} can't be written: {error.strerror}.") from None

    def print(self, piece: bytes) -> None:
        if hasattr(self.stdout, "buffer"):
            self.stdout.flush()
            self.stdout.buffer.write(piece)  # type: ignore[attr-defined]
            self.stdout.buffer.flush()  # type: ignore[attr-defined]
        else:
            self.stdout.write(piece.decode(), ending="")


def write_whole(pieces: Iterable[bytes], output: Path) -> None:
    """The file is there when all of it is; what was there before stays until then. Pipes and devices are just written."""
    if output.exists() and not output.is_file():
        with output.open("wb") as file:
            file.writelines(pieces)
        return
    draft = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            file.writelines(pieces)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
