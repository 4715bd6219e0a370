"""Reads the table, and compares with it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pytest
from django.db import connection as database

from reporting.tenancy.scoping import all_tenants
from tests.every_address import table
from tests.every_address.addresses import Key
from tests.every_address.people import Answer, Person
from tests.support.console import console_models

Line = dict[str, str]
KNOWN = {(method, address) for method, address, _ in table.KNOWN_FAULTS}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
ALL_METHODS = (*UNSAFE, "OPTIONS")


def read(text: str) -> dict[Key, Line]:
    """By the first two columns: column → cell. A single cell is meant for all columns; else some may be left out at the end."""
    head, *rows = [line.split() for line in text.strip().splitlines()]
    assert all(len(row) <= len(head) for row in rows), [row for row in rows if len(row) > len(head)]
    columns = head[2:]
    return {
        (row[0], row[1]): dict(zip(columns, row[2:] * len(columns) if len(row) == 3 else row[2:], strict=False))
        for row in rows
    }


class Section(NamedTuple):
    people: dict[str, list[str]]
    lines: dict[Key, Line]
    other: tuple[str, ...] = ()  # columns that are asked with methods that no line names; all where it is empty

    def asked(self) -> Iterator[tuple[str, str, Key]]:
        """Each method of each address, and which line of the table is for it."""
        for address in sorted({address for _, address in self.lines} - {"*"}):
            for method in (one for one in ("GET", *ALL_METHODS) if (one, address) not in KNOWN):
                keys = ((method, address), ("OTHER", address), (method, "*"), ("OTHER", "*"))
                yield method, address, next(key for key in keys if key in self.lines)


SECTIONS = {
    "pages": Section(table.PEOPLE_OF_PAGES, read(table.PAGES)),
    "accounts": Section(table.PEOPLE_OF_ACCOUNTS, read(table.ACCOUNTS)),
    "api": Section(table.PEOPLE_OF_API, read(table.API), table.OTHER_OF_API),
    "console": Section(table.PEOPLE_OF_CONSOLE, read(table.CONSOLE)),
}
PERSONAL = {  # by section
    "pages": Section(table.PEOPLE_OF_PAGES, read(table.PERSONAL_PAGES)),
    "api": Section(table.PEOPLE_OF_API, read(table.PERSONAL_API)),
}
MODELS = read("\n".join(f"model {line}" for line in table.MODELS.strip().splitlines()))
ACTIONS = read(table.ACTIONS)


def named() -> set[Key]:
    lines = {key for section in SECTIONS.values() for key in section.lines}
    return {(method, address) for method, address in lines if method not in ("OTHER", "OPTIONS") and address != "*"}


def named_in_console() -> set[Key]:
    return set(MODELS) | set(ACTIONS)


def faults(person: Person, asked: str, answer: Answer, expected: str, may_write: bool = False) -> Iterator[str]:
    """Whatever is wrong with an answer, as sentences."""
    if answer.status >= 500:
        yield f"{asked} as {person.name}: {answer.status} {answer.error}"
    elif not answer.meets(expected):
        yield f"{asked} as {person.name}: {answer.outcome}, the table says {expected}"
    for word in sorted(word for word in person.unseen if word in answer.body):
        at = answer.body.index(word)
        yield f"{asked} as {person.name}: shows {word}: …{answer.body[max(at - 60, 0) : at + 60]!r}…"
    if answer.wrote and not may_write:
        yield f"{asked} as {person.name}: {answer.outcome}, and it wrote to {', '.join(sorted(answer.wrote))}"


def fingerprints() -> dict[str, str]:
    """What is in each table, in short."""
    models = {model._meta.db_table for model in console_models()} | {"reporting_assignment", "reporting_dailytotal"}
    parts = (
        f"SELECT '{name}', md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM {name} t"
        for name in models
    )
    with all_tenants(), database.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name, digest in after.items() if before[name] != digest}


def nothing(found: Iterable[str]) -> None:
    """Fails with all of them."""
    if found := list(found):
        pytest.fail("\n".join(found), pytrace=False)
