"""The tables of programmes and of rules that put assets into them: what they mean, and how they are put into the database.

A programme that an asset names and no table has is made, with its slug as its name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from providers.provisioning.reading import Table, note_repetitions
from providers.provisioning.report import Report
from providers.provisioning.values import Wrong, column, word
from reporting.ledger.programmes import apply_rule
from reporting.models import Connection, Programme, ProgrammeRule, Tenant
from reporting.models.programmes import check_tags
from reporting.query.question import OF_NOTHING


@dataclass
class ProgrammeEntry:
    table: Table
    slug: str
    values: dict[str, Any]


@dataclass
class ProgrammeRuleEntry:
    table: Table
    programme: str
    connection: str
    parent: str
    pattern: str
    values: dict[str, Any]

    @property
    def identity(self) -> tuple[str, ...]:
        return self.programme, self.connection, self.parent, self.pattern


# --- Reading ----------------------------------------------------------------------------------------------------------


def read_programmes(tenant: Table) -> list[ProgrammeEntry]:
    entries = [_programme(table) for table in tenant.tables("programmes")]
    note_repetitions(((entry.table, entry.slug) for entry in entries), "programme")
    return entries


def read_programme_rules(tenant: Table) -> list[ProgrammeRuleEntry]:
    entries = [_rule(table) for table in tenant.tables("programme_rules")]
    note_repetitions(((entry.table, entry.identity) for entry in entries if entry.pattern), "rule")
    return entries


def _programme(table: Table) -> ProgrammeEntry:
    table.only("slug", "name", "tags")
    table.require("slug", "name")
    values = table.columns(Programme, "name")
    if (tags := _tags(table)) is not None:
        values["tags"] = tags
    return ProgrammeEntry(table, table.read("slug", slug) or "", values)


def _tags(table: Table) -> dict[str, str] | None:
    given = table.table("tags")
    if given is None:
        return None
    tags = {name: given.read(name) for name in given.values}
    found = {name: value for name, value in tags.items() if value is not None}
    try:
        check_tags(found)
    except ValidationError as error:
        table.problem(" ".join(error.messages), "tags")
    return found


def _rule(table: Table) -> ProgrammeRuleEntry:
    table.only("programme", "connection", "parent", "pattern", "priority")
    table.require("programme", "pattern")
    return ProgrammeRuleEntry(
        table,
        table.read("programme", slug) or "",
        table.read("connection") or "",
        table.read("parent", column(ProgrammeRule, "parent")) or "",
        table.read("pattern", column(ProgrammeRule, "pattern")) or "",
        table.columns(ProgrammeRule, "priority"),
    )


def slug(value: Any, folder: Path) -> str:
    """Of a programme."""
    if word(value, folder) == OF_NOTHING:
        raise Wrong("in reports - means assets that are in no programme; choose another slug.")
    return str(column(Programme, "slug")(value, folder))


# --- Writing ----------------------------------------------------------------------------------------------------------


def write_programmes(
    tenant: Tenant, entries: Iterable[ProgrammeEntry], named: Iterable[str], report: Report
) -> dict[str, Programme]:
    """Those of the file, and those that its assets and rules name; by slug."""
    found = {programme.slug: programme for programme in Programme.objects.filter(tenant=tenant)}
    wanted = {entry.slug: entry.values for entry in entries}
    wanted |= {name: {} if name in found else {"name": name} for name in named if name and name not in wanted}
    for name, values in wanted.items():
        row = found.setdefault(name, Programme(tenant=tenant, slug=name))
        if row.pk is None or values:
            report.put(f"programme {tenant.slug}/{name}", row, values)
    return found


def write_rules(
    tenant: Tenant, entries: Iterable[ProgrammeRuleEntry], programmes: dict[str, Programme], report: Report
) -> Iterator[ProgrammeRule]:
    """Gives those that were made or changed, which are to be applied."""
    for entry in entries:
        key = {
            "programme": programmes[entry.programme],
            "connection": Connection.objects.get(slug=entry.connection) if entry.connection else None,
            "parent": entry.parent,
            "pattern": entry.pattern,
        }
        row = ProgrammeRule.objects.filter(**key).first() or ProgrammeRule(tenant=tenant, **key)
        if report.put(f"programme rule {tenant.slug}/{entry.programme} “{entry.pattern}”", row, entry.values):
            yield row


def apply_rules(tenant: Tenant, rules: Iterable[ProgrammeRule], report: Report) -> None:
    for rule in rules:
        if put := apply_rule(rule):
            report.say("move", f"{len(put)} assets of {tenant.slug} to the programmes that the rules now name")
