"""SQL that is put together from named parts: a slot without a part, or a part without a slot, is an error.

    LINES = Template("SELECT … FROM {facts} f WHERE … {only}")
    LINES.fill(facts=source.relation, only=Sql("AND …"))      -> Sql

A statement is never changed by looking for text in it, so that it means the same however it is written. Slots are filled with
SQL only; values are parameters, `%(tenant)s`, of `cursor.execute`.
"""

from dataclasses import dataclass
from functools import lru_cache
from string import Formatter


class Sql(str):
    """A piece of SQL that is written in our code: never a value, never what somebody typed."""

    __slots__ = ()


NOTHING = Sql("")


class WrongSlots(TypeError):
    """A template got other parts than it has slots for."""


@dataclass(frozen=True)
class Template:
    """A statement, or a part of one, with slots: `{name}`."""

    text: str

    def fill(self, **parts: Sql) -> Sql:
        """Raises WrongSlots where the names of the parts are not exactly the slots, or where a part is no Sql."""
        if slots_of(self.text) != parts.keys():
            raise WrongSlots(f"These parts were given: {sorted(parts)}; the slots are {sorted(slots_of(self.text))}.")
        if wrong := [name for name, part in parts.items() if not isinstance(part, Sql)]:
            raise WrongSlots(f"What was given for {', '.join(wrong)} is no Sql, but maybe a value.")
        return Sql(self.text.format_map(parts))


def joined(parts: "list[Sql]", by: str = " ") -> Sql:
    return Sql(by.join(parts))


@lru_cache(maxsize=1000)
def slots_of(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
