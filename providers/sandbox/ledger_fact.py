"""A fact in the words of our ledger, and which facts a question is about.

A question that names no interval, dimension or asset is about what a plain sync fetches; one that names them also gets
what a plain sync leaves out.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .truth import FIRST_DAY, Moment, days


class FactFilter(NamedTuple):
    """The days, both included; interval, dimension ("" is plain), asset and metric where they are named."""

    first: date
    last: date
    interval: str | None = None
    dimension: str | None = None
    asset: str | None = None
    metric: str | None = None

    def allows(self, interval: str, dimension: str = "") -> bool:
        """Whether facts of this kind are asked for at all."""
        return self.interval in (None, interval) and self.dimension in (None, dimension)

    @property
    def by_name(self) -> bool:
        """Whether those that a plain sync leaves out are asked for too."""
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
    parent: str = ""  # what holds the asset, where external ids are unique within it only

    def shown(self) -> dict[str, str | int]:
        """As JSON: the value is a string, so that no digit is lost."""
        value = f"{self.value:f}" if isinstance(self.value, Decimal) else str(self.value)
        return {**self._asdict(), "day": self.day.isoformat(), "value": value}


def days_asked(moment: Moment, provider: str, asked: FactFilter) -> Iterator[date]:
    """The days of a question that have figures."""
    return days(max(asked.first, FIRST_DAY), min(asked.last, moment.today(provider)))
