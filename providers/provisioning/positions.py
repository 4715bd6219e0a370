"""The line of each key and table of a TOML text, so that an error can name it: tomllib gives the values only.

This is no second parser. It runs over text that tomllib has accepted, so it need not judge anything, only keep count.
"""

import re
import tomllib
from bisect import bisect_left

Path = tuple[str | int, ...]

BLANK = re.compile(r"(?:\s|#[^\n]*)*")
QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'",
    re.DOTALL,
)
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
SCALAR = re.compile(r"[^,\]}#\n]+")  # a number, a date (maybe with a blank in it), true, false


def lines_of(text: str) -> dict[Path, int]:
    """Path of keys and indexes, e.g. ("tenants", 0, "slug") -> line, from 1."""
    return _Scanner(text).run()


def written(path: Path) -> str:
    """As people read it: tenants[0].connections[1].credentials."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.breaks = [match.start() for match in re.finditer("\n", text)]
        self.lengths: dict[Path, int] = {}  # of the arrays of tables
        self.lines: dict[Path, int] = {}

    def run(self) -> dict[Path, int]:
        table: Path = ()
        self.blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.blank()
        return self.lines

    def header(self) -> Path:
        """[table] or [[table]]; returns its path."""
        start, is_array = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        *outer, last = self.key()
        path = (*self.inside(outer, start), last)
        if is_array:
            self.lengths[path] = self.lengths.get(path, 0) + 1
            self.note(path, start)
            path += (self.lengths[path] - 1,)
        self.note(path, start)
        self.at += 2 if is_array else 1
        return path

    def inside(self, keys: list[str], start: int) -> Path:
        """The path that a header's outer keys mean: of an array of tables, its last one."""
        path: Path = ()
        for key in keys:
            path += (key,)
            self.note(path, start)
            if path in self.lengths:
                path += (self.lengths[path] - 1,)
        return path

    def pair(self, table: Path) -> None:
        """key = value"""
        start, path = self.at, table
        for key in self.key():
            path += (key,)
            self.note(path, start)
        self.at += 1  # the sign =
        self.value(path)

    def key(self) -> list[str]:
        """A key, maybe dotted; ends before what follows it."""
        parts = []
        while True:
            self.blank()
            if match := QUOTED.match(self.text, self.at):
                parts.append(tomllib.loads(f"key = {match.group()}")["key"])
            else:
                match = BARE_KEY.match(self.text, self.at)
                assert match
                parts.append(match.group())
            self.at = match.end()
            self.blank()
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def value(self, path: Path) -> None:
        self.blank()
        opening = self.text[self.at]
        if opening == "[":
            self.members("]", path)
        elif opening == "{":
            self.members("}", path)
        else:
            match = QUOTED.match(self.text, self.at) or SCALAR.match(self.text, self.at)
            assert match
            self.at = match.end()

    def members(self, closing: str, path: Path) -> None:
        """The items of an array (values) or an inline table (pairs), commas between."""
        number = 0
        self.at += 1
        self.blank()
        while self.text[self.at] != closing:
            if closing == "]":
                self.note((*path, number), self.at)
                self.value((*path, number))
                number += 1
            else:
                self.pair(path)
            self.blank()
            if self.text[self.at] == ",":
                self.at += 1
                self.blank()
        self.at += 1

    def blank(self) -> None:
        match = BLANK.match(self.text, self.at)
        assert match
        self.at = match.end()

    def note(self, path: Path, start: int) -> None:
        self.lines.setdefault(path, bisect_left(self.breaks, start) + 1)
