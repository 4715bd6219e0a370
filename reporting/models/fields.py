"""Column types that Django does not have: `numeric` without a scale, ranges of days, sealed secrets."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range


class NumericField(models.Field):
    """PostgreSQL's `numeric` of any precision, as Decimal: a figure keeps exactly the digits the provider sent."""

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def get_internal_type(self) -> str:
        return "NumericField"

    def to_python(self, value: Any) -> Decimal | None:
        return value if value is None or isinstance(value, Decimal) else Decimal(str(value))


class Days:
    """A set of days as non-overlapping ranges, both ends included: `Days([(date(2026,1,1), date(2026,1,31))])`."""

    __slots__ = ("ranges",)

    def __init__(self, ranges: Iterable[tuple[date, date]] = ()) -> None:
        self.ranges: list[tuple[date, date]] = []
        for start, end in sorted(r for r in ranges if r[0] <= r[1]):
            if self.ranges and start <= self.ranges[-1][1] + timedelta(days=1):
                self.ranges[-1] = (self.ranges[-1][0], max(end, self.ranges[-1][1]))
            else:
                self.ranges.append((start, end))

    def __or__(self, other: "Days") -> "Days":
        return Days([*self.ranges, *other.ranges])

    def __sub__(self, other: "Days") -> "Days":
        left = self.ranges
        for cut_start, cut_end in other.ranges:
            pieces = []
            for start, end in left:
                pieces.append((start, min(end, cut_start - timedelta(days=1))))
                pieces.append((max(start, cut_end + timedelta(days=1)), end))
                if end < cut_start or start > cut_end:
                    pieces[-2:] = [(start, end)]
            left = [piece for piece in pieces if piece[0] <= piece[1]]
        return Days(left)

    def __and__(self, other: "Days") -> "Days":
        return self - (self - other)

    def __contains__(self, day: date) -> bool:
        return any(start <= day <= end for start, end in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Days) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return hash(tuple(self.ranges))

    def __len__(self) -> int:
        return sum((end - start).days + 1 for start, end in self.ranges)

    def __repr__(self) -> str:
        return "Days(" + ", ".join(f"{start}..{end}" for start, end in self.ranges) + ")"

    @property
    def first(self) -> date | None:
        return self.ranges[0][0] if self.ranges else None

    @property
    def last(self) -> date | None:
        return self.ranges[-1][1] if self.ranges else None


class DaysField(models.Field):
    """A set of days, stored as PostgreSQL's `datemultirange`."""

    def db_type(self, connection: Any) -> str:
        return "datemultirange"

    def get_internal_type(self) -> str:
        return "DaysField"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Days | None:
        if value is None:
            return None
        # PostgreSQL hands back the canonical form [from, to).
        return Days([(r.lower, r.upper - timedelta(days=1)) for r in value])

    def get_prep_value(self, value: Any) -> Multirange | None:
        if value is None:
            return None
        return Multirange([Range(start, end + timedelta(days=1), "[)") for start, end in value.ranges])
