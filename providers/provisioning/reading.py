"""A provisioning file and its tables. A mistake is noted with its line and key, and reading goes on, so that a person sees
all of them at once.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any

from django.db import models

from providers.provisioning.positions import Path, lines_of, written
from providers.provisioning.values import Reader, Wrong, column, word


class WrongFile(Exception):
    """The file can't be used; `problems` are sentences for the person who wrote it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass
class Source:
    """One file, and what was found wrong in it."""

    name: str
    folder: FilePath
    lines: dict[Path, int]
    problems: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Of a key that is missing: the line of its table."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def located(self, path: Path, text: str) -> str:
        where = f"{self.name} line {self.line(path)}"
        return f"{where}, {written(path)}: {text}" if path else f"{where}: {text}"

    def stop_if_wrong(self) -> None:
        """Raises WrongFile with every problem so far, in the order of the lines."""
        if self.problems:
            raise WrongFile([text for _, text in sorted(self.problems, key=lambda problem: problem[0])])


def open_file(path: FilePath) -> "Table":
    """The file's outermost table. Raises WrongFile where it can't be read or is no TOML."""
    try:
        text = path.read_text("utf-8-sig").replace("\r\n", "\n")
        values = tomllib.loads(text)
    except OSError as error:
        raise WrongFile([f"{path} can't be read ({error.strerror}); name a file that this user may read."]) from None
    except UnicodeDecodeError:
        raise WrongFile([f"{path.name} is not UTF-8, in which TOML is written; save it as UTF-8."]) from None
    except tomllib.TOMLDecodeError as error:
        raise WrongFile([f"{path.name} is no TOML: {error}."]) from None
    return Table(Source(path.name, path.parent, lines_of(text)), (), values)


class Table:
    """One table of the file. A getter returns None where the key is absent, and where it is wrong, which it notes."""

    def __init__(self, source: Source, path: Path, values: dict[str, Any]) -> None:
        self.source, self.path, self.values = source, path, values

    def problem(self, text: str, key: str | None = None) -> None:
        path = self.path if key is None else (*self.path, key)
        self.source.problems.append((self.source.line(path), self.source.located(path, text)))

    def warn(self, text: str, key: str | None = None) -> None:
        self.source.warnings.append(self.source.located(self.path if key is None else (*self.path, key), text))

    def only(self, *known: str) -> None:
        """Notes every other key, with the one that was probably meant."""
        for key in self.values:
            if key not in known:
                near = get_close_matches(key, known, 1, 0.5)
                hint = f"did you mean {near[0]}?" if near else f"the keys here are {', '.join(known) or 'none'}."
                self.problem(f"unknown key; {hint}", key)

    def require(self, *keys: str) -> None:
        for key in keys:
            if key not in self.values:
                self.problem(f"the key {key} is missing; add {key} = … to this table.")

    def read(self, key: str, reader: Reader = word) -> Any:
        if key not in self.values:
            return None
        try:
            return reader(self.values[key], self.source.folder)
        except Wrong as wrong:
            self.problem(str(wrong), key)
            return None

    def columns(self, model: type[models.Model], *keys: str) -> dict[str, Any]:
        """The given and right ones among `keys`, as the model's own columns want them."""
        found = {key: self.read(key, column(model, key)) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    def table(self, key: str) -> "Table | None":
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.problem(f"this must be a table; write {key} = {{ name = value }}.", key)
            return None
        return Table(self.source, (*self.path, key), value)

    def tables(self, key: str) -> list["Table"]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(member, dict) for member in value):
            names = [part for part in (*self.path, key) if isinstance(part, str)]
            self.problem(f"this must be a list of tables; write [[{'.'.join(names)}]] above each.", key)
            return []
        return [Table(self.source, (*self.path, key, number), member) for number, member in enumerate(value)]


def note_repetitions(tables: Iterable[tuple[Table, object]], what: str) -> None:
    """Notes each table whose identity a table before it has already."""
    first: dict[object, Table] = {}
    for table, identity in tables:
        if identity is None or identity == "":
            continue
        if identity in first:
            line = table.source.line(first[identity].path)
            table.problem(f"this {what} is in line {line} already; keep one of the two.")
        first.setdefault(identity, table)
