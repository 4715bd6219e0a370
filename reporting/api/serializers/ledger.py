"""What changed in the ledger, and the sessions of viewers."""

from rest_framework import serializers

from reporting.api.serializers.fields import FigureField, ParentField, Related
from reporting.models import CounterReset, PpvSession, Restatement
from reporting.reports.restatements import RestatementSummary


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


class ChangeSerializer(serializers.Serializer[RestatementSummary]):
    """Restatements of one day, connection and metric, added up."""

    day = serializers.DateField()
    connection = serializers.CharField()
    metric = serializers.CharField()
    interval = serializers.CharField()
    dimension = serializers.CharField()
    level = serializers.CharField(help_text="account, asset or playlist; they measure the same thing twice.")
    currency = serializers.CharField(help_text="Of money; empty where it is not known.")
    restatements = serializers.IntegerField()
    figures = serializers.IntegerField(help_text="How many figures were changed, some maybe several times.")
    old = FigureField()
    new = FigureField()
    difference = FigureField()
    first_noticed = serializers.DateTimeField()
    last_noticed = serializers.DateTimeField()
    causes = serializers.ListField(child=serializers.CharField())


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
