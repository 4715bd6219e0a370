"""How a file is to be written, beside what is asked: the words of an address or a command line -> Options.

    parsed({"metrics": ["plays"], "paper": ["letter"]}, "pdf", parse) -> what `parse` makes of the rest, and the Options

Each word is for one format; with another one it is refused, as it would change nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reporting.query.parameters import COMMA, WrongParameters

Asked = TypeVar("Asked")
Words = Mapping[str, Sequence[str]]

ESCAPES = ("formulas", "none")
PAPERS = ("a4", "letter")
SHEETS = ("summary", "report", "notes", "status", "definitions")
SHEETS_OF_PAGES = ("summary", "report", "period", "asset", "programme", "parent", "country", "sessions", *SHEETS[2:])
OF_FORMAT = {"escape": "csv", "sheets": "xlsx", "paper": "pdf"}  # every option, and the format that it is for
OF_PAGES = ("sheets", "paper")


@dataclass(frozen=True)
class Options:
    """`escapes`: what looks like a formula gets an apostrophe; `has_mark`: begins with a byte-order mark, by which Excel knows
    UTF-8; `sheets`: the names of those to write, in any order, all where there are none; `paper`: one of PAPERS."""

    escapes: bool = True
    has_mark: bool = False
    sheets: tuple[str, ...] = ()
    paper: str = PAPERS[0]

    def has_sheet(self, *names: str) -> bool:
        """Whether it is asked for by one of its names."""
        return not self.sheets or any(name in self.sheets for name in names)


def parsed(parameters: Words, format: str, parse: Callable[[Words], Asked]) -> tuple[Asked, Options]:
    """Raises WrongParameters, which names every wrong one, of the question and of the options."""
    errors: dict[str, list[str]] = {}
    asked: list[Asked] = []
    options = Options()
    try:
        options = options_of(parameters, format)
    except WrongParameters as error:
        errors |= error.errors
    try:
        asked.append(parse({name: words for name, words in parameters.items() if name not in OF_FORMAT}))
    except WrongParameters as error:
        errors |= error.errors
    if errors:
        raise WrongParameters(errors)
    return asked[0], options


def options_of(parameters: Words, format: str) -> Options:
    """Of the API and the command."""
    return Reader(parameters, format, SHEETS, tuple(OF_FORMAT)).options()


def options_of_page(parameters: Words, format: str) -> Options:
    """Of a page's download, which is opened by a person: a spreadsheet must know UTF-8, and may run nothing."""
    options = Reader(parameters, format, SHEETS_OF_PAGES, OF_PAGES).options()
    return Options(has_mark=format == "csv", sheets=options.sheets, paper=options.paper)


class Reader:
    """`offered`: the options that there are here."""

    def __init__(self, parameters: Words, format: str, sheets: Sequence[str], offered: Collection[str]) -> None:
        self.parameters, self.format, self.sheets, self.offered = parameters, format, sheets, offered
        self.errors: dict[str, list[str]] = {}

    def options(self) -> Options:
        """Raises WrongParameters."""
        for name in OF_FORMAT:
            self.refuse_what_is_for_others(name)
        options = Options(
            escapes=self.one_of("escape", ESCAPES) != "none",
            sheets=self.among("sheets", self.sheets),
            paper=self.one_of("paper", PAPERS),
        )
        if self.errors:
            raise WrongParameters(self.errors)
        return options

    def words(self, name: str) -> tuple[str, ...]:
        found = (word.strip() for text in self.parameters.get(name, ()) for word in COMMA.split(text))
        return tuple(dict.fromkeys(word for word in found if word))

    def refuse_what_is_for_others(self, name: str) -> None:
        if name not in self.parameters:
            return
        if name not in self.offered:
            self.wrong(name, "It is for programs: ask the API for the file, or the command.")
        elif self.format != OF_FORMAT[name]:
            self.wrong(name, f"It is for the format {OF_FORMAT[name]}, not for {self.format}.")

    def one_of(self, name: str, allowed: Sequence[str]) -> str:
        words = self.among(name, allowed)
        if len(words) > 1:
            self.wrong(name, "Give one value.")
        return words[0] if words else allowed[0]

    def among(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        words = self.words(name)
        for word in words:
            if word not in allowed:
                self.wrong(name, f"“{word}” is none of {listed(allowed)}.")
        return tuple(word for word in words if word in allowed)

    def wrong(self, name: str, text: str) -> None:
        self.errors.setdefault(name, []).append(text)


def listed(words: Iterable[str]) -> str:
    return ", ".join(words)
