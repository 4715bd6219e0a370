"""One value of a provisioning file: `env:` and `file:` followed, then read as what its place wants. All raise Wrong.

No text here quotes a value that was followed: somebody may have named the wrong variable, and it may be a secret.
"""

import os
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models

Reader = Callable[[Any, Path], Any]  # the value as TOML gives it, and the file's folder


class Wrong(Exception):
    """What is wrong with a value, and what to do."""


def word(value: Any, folder: Path) -> str:
    """A text. A whole number does for one: `cdn = 158`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Wrong(f"this must be a text, not {_kind(value)}; write it in quotes.")
    text = _followed(value, folder) if is_reference(value) else value
    if "\0" in text:
        raise Wrong("this holds the character NUL, which no text may; take it out.")
    return text


def words(value: Any, folder: Path) -> list[str]:
    """A list of texts. From `env:` or `file:` they come with commas between."""
    if is_reference(value):
        return [part.strip() for part in word(value, folder).split(",") if part.strip()]
    if not isinstance(value, list):
        raise Wrong('this must be a list; write it as ["one", "two"].')
    return [word(member, folder) for member in value]


def flag(value: Any, folder: Path) -> bool:
    """True or false; from `env:` or `file:` as words."""
    said = {"true": True, "false": False}.get(word(value, folder)) if is_reference(value) else value
    if not isinstance(said, bool):
        raise Wrong("this must be true or false, without quotes.")
    return said


def number(value: Any, folder: Path) -> Decimal:
    """A decimal number, as it is written: 12.5 is not a float's 12.5000000001."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = repr(value)
    try:
        found = Decimal(word(value, folder))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Wrong("this must be a number, like 15 or 12.5.")
    return found


def time_zone(value: Any, folder: Path) -> str:
    name = word(value, folder)
    if name in available_timezones():
        return name
    near = [] if is_reference(value) else get_close_matches(name, available_timezones(), 1)
    raise Wrong(f"this is no time zone; write one like {(near or ['Europe/Madrid'])[0]}.")


def currency(value: Any, folder: Path) -> str:
    code = word(value, folder)
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        raise Wrong("this is no currency; write its three letters of ISO 4217, like EUR.")
    return code


def column(model: type[models.Model], name: str) -> Reader:
    """Reads what the model's own column takes, by the column's own rules."""
    field: Any = model._meta.get_field(name)

    def _held(day: date) -> date:
        try:
            field.run_validators(day)
        except ValidationError as error:
            raise Wrong(" ".join(error.messages)) from None
        return day

    def read(value: Any, folder: Path) -> Any:
        if isinstance(field, models.DateField) and isinstance(value, date) and not isinstance(value, datetime):
            return _held(value)
        if isinstance(field, models.DateField) and not isinstance(value, str):
            raise Wrong("this must be a day; write it like 2026-01-31, without quotes and without a time.")
        text = word(value, folder)
        if field.choices and text not in dict(field.flatchoices):
            raise Wrong(f"this must be one of {', '.join(str(choice) for choice, _ in field.flatchoices)}.")
        try:
            return field.clean(text, None)
        except ValidationError as error:
            said = " ".join(error.messages)
            raise Wrong(said.replace(text, "…") if text and is_reference(value) else said) from None

    return read


def is_reference(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("env:", "file:"))


def _followed(value: str, folder: Path) -> str:
    scheme, _, rest = value.partition(":")
    if scheme == "env":
        if rest not in os.environ:
            raise Wrong(f"the environment variable {rest} is not set; set it, then run this again.")
        return os.environ[rest]
    path = folder / rest
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise Wrong(f"the file {path} can't be read ({error.strerror}); relative paths start at this file.") from None
    except ValueError:
        raise Wrong(f"the file {path} is not UTF-8; save it as UTF-8.") from None


def _kind(value: Any) -> str:
    names = {bool: "true or false", float: "a number with a point", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")
