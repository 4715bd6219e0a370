"""A fact in the words of our ledger, and which of them are wanted.

Said without an interval, a dimension or an asset, it is what a plain sync fetches. What is asked for by name adds what
a plain sync leaves out.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .truth import FIRST_DAY, Moment, days


class Wanted(NamedTuple):
    """The days, both included; interval, dimension ("" is plain), asset and metric where they are asked for by name."""

    first: date
    last: date
    interval: str | None = None
    dimension: str | None = None
    asset: str | None = None
    metric: str | None = None

    def may(self, interval: str, dimension: str = "") -> bool:
        """Whether facts of this kind are wanted at all."""
        return self.interval in (None, interval) and self.dimension in (None, dimension)

    @property
    def by_name(self) -> bool:
        """Whether the unusual ones are wanted too."""
        return (self.interval, self.dimension, self.asset) != (None, None, None)


class Fact(NamedTuple):
    """One number, as DESIGN has it: its day and minute are in the provider's calendar."""

    provider: str
    account: str
    asset: str
    metric: str
    value: int | Decimal
    day: date
    interval: str = "day"
    dimension: str = ""
    key: str = ""
    minute: int = 0

    def shown(self) -> dict[str, str | int]:
        """As JSON: the value is a string, so that no digit is lost."""
        value = f"{self.value:f}" if isinstance(self.value, Decimal) else str(self.value)
        return {**self._asdict(), "day": self.day.isoformat(), "value": value}


def within(moment: Moment, provider: str, wanted: Wanted) -> Iterator[date]:
    return days(max(wanted.first, FIRST_DAY), min(wanted.last, moment.today(provider)))
