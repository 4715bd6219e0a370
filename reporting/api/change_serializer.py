"""What the summary of restatements shows of its lines."""

from rest_framework import serializers

from reporting.api.serializers import FigureField
from reporting.reports.restatements import RestatementSummary


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
