"""Column types that Django does not have: `numeric` without a scale, and sets of days."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from reporting.models.days import Days


class NumericField(models.Field):
    """PostgreSQL's `numeric` of any precision, as Decimal: a figure keeps exactly the digits the provider sent."""

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def get_internal_type(self) -> str:
        return "NumericField"

    def to_python(self, value: Any) -> Decimal | None:
        return value if value is None or isinstance(value, Decimal) else Decimal(str(value))


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
