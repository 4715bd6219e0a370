"""Runs, and the readings that they stored."""

from rest_framework import serializers

from reporting.api.serializers.fields import DaysSerializerField, ParentField, Related
from reporting.models import Snapshot, SnapshotPart, SyncRun


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
