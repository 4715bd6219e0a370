"""What the statements of the report query give: cells, added up as far as one connection and level go."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from reporting.periods import ReportInterval


class Cell(NamedTuple):
    """`day` is the first of its period (None: of the whole range). `asset` is 0 where assets are added up already, `programme`
    where they are in none, `parent` where nothing holds them, and each where it is not asked for; `alone` is the asset whose
    very figure it is, `over` a ratio's denominator."""

    metric: str
    day: date | None
    minute: int
    connection: int
    level: str
    customer: int
    programme: int
    parent: int
    asset: int
    key: str
    value: Decimal | None
    over: Decimal | None
    alone: int | None


class By(NamedTuple):
    """What the cells are grouped by, besides connection and level."""

    interval: ReportInterval = ReportInterval.TOTAL
    customer: bool = False
    programme: bool = False
    parent: bool = False
    asset: bool = False
    key: bool = False


def stored_interval(interval: ReportInterval) -> str:
    """The interval of the facts that a report reads: one only, so that the same views never count twice."""
    return (
        interval.value if interval in (ReportInterval.HOUR, ReportInterval.MINUTE, ReportInterval.LIFETIME) else "day"
    )
