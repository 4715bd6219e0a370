"""What several serializers write in the same way: an asset's parent, days, a figure."""

from decimal import Decimal
from typing import Any, TypeAlias

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reporting.metrics import METRICS
from reporting.models import CounterReset, Days, Restatement
from reporting.query.json_figures import Number, plain
from reporting.reports.restatements import RestatementSummary

Related: TypeAlias = "serializers.SlugRelatedField[Any]"


class ParentField(serializers.CharField):
    """The external id of what holds the asset; null where nothing does."""

    def __init__(self, source: str, **options: Any) -> None:
        words = "The external id of what holds the asset, such as an application."
        super().__init__(
            source=f"{source}.external_id", read_only=True, default=None, allow_null=True, help_text=words, **options
        )


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {name: {"type": "string", "format": "date"} for name in ("from", "to")},
        },
    }
)
class DaysSerializerField(serializers.Field):
    """A set of days as a list of ranges, both ends included."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Days) -> list[dict[str, str]]:
        return [{"from": f"{first}", "to": f"{last}"} for first, last in value.ranges]


@extend_schema_field({"type": ["number", "string", "null"]})
class FigureField(serializers.Field):
    """A figure as the report writes it: a number, or a string for money."""

    def __init__(self, **options: Any) -> None:
        super().__init__(source="*", read_only=True, **options)

    def to_representation(self, value: Restatement | CounterReset | RestatementSummary) -> Number | str | None:
        figure: Decimal | None = getattr(value, self.field_name or "")
        return plain(METRICS[value.metric], figure)
