"""What each list shows of a row. Only named fields: secrets have none here."""

from decimal import Decimal
from typing import Any, TypeAlias

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reporting.metrics import METRICS
from reporting.models import (
    ApiToken,
    Asset,
    Connection,
    CounterReset,
    Customer,
    Days,
    PpvSession,
    Restatement,
    Snapshot,
    SnapshotPart,
    SyncRun,
)
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


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    class Meta:
        model = Customer
        fields = ["id", "slug", "name", "created_at"]


class ConnectionSerializer(serializers.ModelSerializer[Connection]):
    """A customer's token sees what belongs to reading a report, and nothing of how it is fetched."""

    FOR_CUSTOMERS = ("id", "slug", "name", "provider", "time_zone", "currency", "last_success")

    class Meta:
        model = Connection
        fields = [
            "id",
            "slug",
            "name",
            "provider",
            "base_url",
            "time_zone",
            "currency",
            "history_from",
            "lookback_days",
            "sync_every",
            "reread_every",
            "options",
            "feeds",
            "state",
            "state_message",
            "last_success",
            "failures",
            "failing_since",
            "created_at",
        ]

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        token = getattr(self.context.get("request"), "auth", None)
        if isinstance(token, ApiToken) and token.customer_id is not None:
            return {name: field for name, field in fields.items() if name in self.FOR_CUSTOMERS}
        return fields


class AssetSerializer(serializers.ModelSerializer[Asset]):
    connection: Related = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    vars()["parent"] = ParentField("parent")  # fields have a `parent` of their own
    customer = serializers.CharField(
        source="customer_slug", read_only=True, allow_null=True, help_text="Whose it is today."
    )
    gone_since = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the provider began not to know it any more."
    )

    class Meta:
        model = Asset
        fields = [
            "id",
            "connection",
            "parent",
            "external_id",
            "kind",
            "title",
            "status",
            "customer",
            "gone_since",
            "modified_at",
            "created_at",
        ]


class SyncRunSerializer(serializers.ModelSerializer[SyncRun]):
    connection: Related = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    requests_a_minute = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Since it began, waits included."
    )
    seconds_left = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="At this rate, while it runs; as far as the requests are known."
    )

    class Meta:
        model = SyncRun
        fields = [
            "id",
            "connection",
            "state",
            "feed",
            "from_day",
            "to_day",
            "queued_at",
            "started_at",
            "finished_at",
            "requests_done",
            "requests_total",
            "requests_a_minute",
            "seconds_left",
            "facts_written",
            "waiting",
            "errors",
            "notes",
            "cancel_requested",
        ]


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


class SnapshotPartSerializer(serializers.ModelSerializer[SnapshotPart]):
    class Meta:
        model = SnapshotPart
        fields = ["number", "request", "status", "content_type", "fetched_at", "milliseconds", "size", "sha256"]


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    connection: Related = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    vars()["parent"] = ParentField("asset.parent")
    asset: Related = serializers.SlugRelatedField(slug_field="external_id", read_only=True)
    lost = DaysSerializerField(help_text="Days whose figures it would take away, where it is held for that.")

    class Meta:
        model = Snapshot
        fields = [
            "id",
            "connection",
            "run",
            "feed",
            "parent",
            "asset",
            "access_id",
            "from_day",
            "to_day",
            "fetched_at",
            "last_seen_at",
            "times_seen",
            "content_hash",
            "state",
            "error",
            "lost",
            "notes",
            "reader_version",
            "time_zone",
            "options",
        ]


class SnapshotDetailSerializer(SnapshotSerializer):
    parts = SnapshotPartSerializer(many=True, read_only=True)

    class Meta(SnapshotSerializer.Meta):
        fields = [*SnapshotSerializer.Meta.fields, "parts"]


@extend_schema_field({"type": ["number", "string", "null"]})
class FigureField(serializers.Field):
    """A figure as the report writes it: a number, or a string for money."""

    def __init__(self, **options: Any) -> None:
        super().__init__(source="*", read_only=True, **options)

    def to_representation(self, value: Restatement | CounterReset | RestatementSummary) -> Number | str | None:
        figure: Decimal | None = getattr(value, self.field_name or "")
        return plain(METRICS[value.metric], figure)


class RestatementSerializer(serializers.ModelSerializer[Restatement]):
    connection: Related = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    vars()["parent"] = ParentField("asset.parent")
    asset: Related = serializers.SlugRelatedField(slug_field="external_id", read_only=True)
    old = FigureField()
    new = FigureField()

    class Meta:
        model = Restatement
        fields = [
            "id",
            "connection",
            "parent",
            "asset",
            "metric",
            "interval",
            "dimension",
            "key",
            "day",
            "minute",
            "old",
            "old_since",
            "new",
            "noticed_at",
            "cause",
            "snapshot",
        ]


class CounterResetSerializer(serializers.ModelSerializer[CounterReset]):
    connection: Related = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    vars()["parent"] = ParentField("asset.parent")
    asset: Related = serializers.SlugRelatedField(slug_field="external_id", read_only=True)
    old = FigureField()
    new = FigureField()

    class Meta:
        model = CounterReset
        fields = [
            "id",
            "connection",
            "parent",
            "asset",
            "metric",
            "day_before",
            "old",
            "day",
            "new",
            "noticed_at",
            "snapshot",
        ]


class PpvSessionSerializer(serializers.ModelSerializer[PpvSession]):
    connection = serializers.CharField(source="connection_slug", read_only=True)
    asset = serializers.CharField(read_only=True, help_text="The external id.")
    asset_title = serializers.CharField(read_only=True)
    access = serializers.CharField(source="access_label", read_only=True, help_text="Its label, never its password.")

    class Meta:
        model = PpvSession
        fields = [
            "id",
            "connection",
            "asset",
            "asset_title",
            "access",
            "ip",
            "country",
            "user_agent",
            "place",
            "started_at",
            "is_future",
            "number",
            "left_activations",
        ]
