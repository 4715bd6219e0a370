"""What a reader chose on a customer's page: plain data, which the page's form makes and the report reads.

ReportChoice(days, today, interval)      the last 30 days of a page without parameters
"""

from dataclasses import dataclass
from datetime import date

from reporting.periods import Range, ReportInterval

TABLES = ("period", "asset", "parent")  # what the rows of the table are


@dataclass(frozen=True)
class ReportChoice:
    """`today` is the tenant's, or the day of `as_of`; `compare` a name of `COMPARED`; `period` that of the days, where
    they were asked for by name; `metric` the key of a
    HeadlineFigure, empty for the first; `table` is one of TABLES."""

    days: Range
    today: date
    interval: ReportInterval
    compare: str = "previous_period"
    metric: str = ""
    table: str = "period"
    as_of: date | None = None
    period: str = ""
