"""The words of an address or a command line -> ReportQuery. Every wrong one is named at once, by its field.

    parse({"metrics": ["plays,watch_time"], "period": ["last_30_days"]}, tenant) -> ReportQuery

Several values of a parameter are comma-separated or repeated; a comma that belongs to a value is written `\\,`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from reporting.comparisons import COMPARED, compared
from reporting.metrics import DIMENSIONS, METRICS
from reporting.models import Tenant
from reporting.periods import (
    FIRST_DAY,
    LAST_DAY,
    NAMED,
    Range,
    ReportInterval,
    named,
    periods,
    today_in,
)
from reporting.query.question import GROUPS, LIMITED_PER, ReportQuery
from reporting.query.report import columns_of

DEFAULT_PERIOD = "last_30_days"
MAX_PERIODS = 10_000
MAX_SLOTS = {ReportInterval.HOUR: (24, 100_000), ReportInterval.MINUTE: (1440, 100_000)}  # of a day, of a report
MAX_YEARS = 100
DAYS_AT_MOST = 36_525  # in a hundred years
MAX_LIMIT = 100_000
COMMA = re.compile(r"(?<!\\),")

FILTERS = (*GROUPS, *DIMENSIONS)
PARAMETERS = (
    "metrics",
    "from",
    "to",
    "period",
    "interval",
    "group_by",
    "compare",
    "order_by",
    "limit",
    "limit_per",
    "as_of",
    *FILTERS,
)


class WrongParameters(ValueError):
    """`errors`: the field -> what is wrong with it and what it may be."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(f"{name}: {' '.join(texts)}" for name, texts in self.errors.items()))


def parse(
    parameters: Mapping[str, Sequence[str]],
    tenant: Tenant,
    *,
    customer_id: int | None = None,
    today: date | None = None,
) -> ReportQuery:
    """Raises WrongParameters. `customer_id`: the one customer that the bearer sees."""
    return Parser(parameters, today or today_in(tenant.time_zone)).query(tenant, customer_id)


class Parser:
    def __init__(self, parameters: Mapping[str, Sequence[str]], today: date) -> None:
        self.parameters, self.today = parameters, today
        self.errors: dict[str, list[str]] = {}

    def query(self, tenant: Tenant, customer_id: int | None) -> ReportQuery:
        self.refuse_unknown()
        metrics = self.among("metrics", METRICS)
        if not metrics and "metrics" not in self.errors:
            self.wrong("metrics", f"Name at least one metric: {_list(METRICS)}.")
        interval = ReportInterval(self.one_of("interval", tuple(ReportInterval), ReportInterval.TOTAL))
        as_of = self.as_of()
        groups = self.groups()
        filters = self.filters(groups)
        days = self.days(interval)
        query = ReportQuery(
            tenant=tenant,
            metrics=metrics,
            days=days,
            today=self.today,
            interval=interval,
            group_by=groups,
            filters=filters,
            compare=self.compare(days),
            period=self.one_of("period", NAMED) if "period" not in self.errors else "",
            order_by=self.order(metrics, interval, groups),
            limit=self.limit(),
            limit_per=self.limit_per(),
            customer_id=customer_id,
            as_of=as_of,
        )
        if self.errors:
            raise WrongParameters(self.errors)
        return query

    # --- Words --------------------------------------------------------------------------------------------------------

    def wrong(self, name: str, text: str) -> None:
        self.errors.setdefault(name, []).append(text)

    def words(self, name: str) -> tuple[str, ...]:
        """All values, each once, in their order."""
        found = (word.strip() for text in self.parameters.get(name, ()) for word in COMMA.split(text))
        return tuple(dict.fromkeys(word.replace("\\,", ",") for word in found if word))

    def word(self, name: str) -> str:
        words = self.words(name)
        if len(words) > 1:
            self.wrong(name, "Give one value.")
        return words[0] if words else ""

    def one_of(self, name: str, allowed: Iterable[str], default: str = "") -> str:
        word = self.word(name)
        if word and word not in allowed:
            self.wrong(name, f"“{word}” is none of {_list(allowed)}.")
            return default
        return word or default

    def among(self, name: str, allowed: Iterable[str]) -> tuple[str, ...]:
        words = self.words(name)
        for word in words:
            if word not in allowed:
                self.wrong(name, f"“{word}” is none of {_list(allowed)}.")
        return tuple(word for word in words if word in allowed)

    def refuse_unknown(self) -> None:
        for name, values in self.parameters.items():
            if name not in PARAMETERS:
                self.wrong(name, f"There is no such parameter. There are {_list(PARAMETERS)}.")
            elif any("\0" in value for value in values):
                self.wrong(name, "There is a NUL character in it.")

    # --- Fields -------------------------------------------------------------------------------------------------------

    def groups(self) -> tuple[str, ...]:
        groups = self.among("group_by", FILTERS)
        if len([name for name in groups if name in DIMENSIONS]) > 1:
            self.wrong("group_by", "Group by one dimension at most: figures are not stored by two at once.")
        return groups

    def filters(self, groups: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        filters = {name: self.words(name) for name in FILTERS if self.words(name)}
        if "country" in filters:
            filters["country"] = tuple(word.upper() for word in filters["country"])
        grouped = [name for name in groups if name in DIMENSIONS][:1]
        dimensions = dict.fromkeys(grouped + [name for name in filters if name in DIMENSIONS])
        if len(dimensions) > 1:
            self.wrong(
                list(dimensions)[-1],
                f"Use one dimension at most, in groups and filters together, not {_list(dimensions)}.",
            )
        return filters

    def days(self, interval: ReportInterval) -> Range:
        start, end = self.day("from"), self.day("to")
        period = self.one_of("period", NAMED)
        if period and (start or end):
            self.wrong("period", "Give either a period, or from and to.")
        if not (start or end):
            days = named(period or DEFAULT_PERIOD, self.today)
        elif start is None and interval is not ReportInterval.LIFETIME and "from" not in self.errors:
            self.wrong("from", "Give the first day too.")
            return Range(self.today, self.today)
        else:
            days = Range(start or end or self.today, end or max(self.today, start or self.today))
        if days.start > days.end:
            self.wrong("from", f"The first day, {days.start}, is after the last, {days.end}.")
        elif interval not in (ReportInterval.TOTAL, ReportInterval.LIFETIME) and (most := too_many(interval, days)):
            self.wrong("interval", f"That makes more than {most:,} periods. Ask for fewer days, or longer periods.")
        elif days.days > DAYS_AT_MOST:
            self.wrong("from", f"{days} is more than {MAX_YEARS} years. Ask for fewer.")
        return days

    def day(self, name: str) -> date | None:
        word = self.word(name)
        try:
            day = date.fromisoformat(word) if len(word) in (0, len("2026-01-31")) else None
        except ValueError:
            day = None
        if word and day is None:
            self.wrong(name, f"“{word}” is no day. Write it as YYYY-MM-DD, like 2026-01-31.")
        elif day and not FIRST_DAY <= day <= LAST_DAY:
            self.wrong(name, f"{word} is out of reach: days are those from {FIRST_DAY} to {LAST_DAY}.")
            return None
        return day

    def as_of(self) -> date | None:
        """From here on it is today: the last 30 days are those before it."""
        day = self.day("as_of")
        if day and day > self.today:
            self.wrong("as_of", f"{day} is still to come; today is {self.today}.")
        elif day:
            self.today = day
        return day

    def compare(self, days: Range) -> str:
        how = self.one_of("compare", COMPARED)
        if how and days.start <= days.end:
            try:
                compared(days, how, self.today, "".join(self.words("period")))
            except ValueError as error:
                self.wrong("compare", str(error))
        return how

    def order(self, metrics: tuple[str, ...], interval: ReportInterval, groups: tuple[str, ...]) -> tuple[str, ...]:
        columns = [column.name for column in columns_of(metrics, interval, groups, [])]
        words = self.words("order_by")
        for word in words:
            if word.removeprefix("-") not in columns:
                self.wrong("order_by", f"“{word}” is none of {_list(columns)}; a minus before it sorts downwards.")
        return words

    def limit(self) -> int | None:
        word = self.word("limit")
        if not word:
            return None
        if not (word.isascii() and word.isdigit() and len(word) < 10 and 1 <= int(word) <= MAX_LIMIT):
            self.wrong("limit", f"“{word}” is no number of rows from 1 to {MAX_LIMIT}.")
            return None
        return int(word)

    def limit_per(self) -> str:
        word = self.one_of("limit_per", LIMITED_PER)
        if word and not self.words("limit"):
            self.wrong("limit_per", "Give the limit too: how many rows each period has.")
        return word


def too_many(interval: ReportInterval, days: Range) -> int:
    """How many periods a report may have, where these are more; else 0. Of hours and minutes more may be asked for: they have
    rows only where something was reported."""
    slots, most = MAX_SLOTS.get(interval, (0, MAX_PERIODS))
    number = slots * days.days or sum(1 for _ in islice(periods(interval, days), most + 1))
    return most if number > most else 0


def _list(words: Iterable[Any]) -> str:
    return ", ".join(str(word) for word in words)
