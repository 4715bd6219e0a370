"""What each list can be filtered by. Slugs and words may be several, comma-separated."""

from typing import Any

import django_filters as filters
from django.db.models import Model, QuerySet
from rest_framework import serializers

from reporting.ledger.holdings import held_by
from reporting.models import (
    GONE,
    Asset,
    Connection,
    CounterReset,
    Customer,
    Interval,
    PpvSession,
    Programme,
    Restatement,
    Snapshot,
    SyncRun,
)
from reporting.query.costs import refuse_metrics
from reporting.reports.ppv_sessions import SessionFilter
from reporting.tenancy.access import reader_of_token


class Words(filters.BaseInFilter, filters.CharFilter):
    """`a,b`: any of them."""

    def __init__(self, field_name: str | None = None, **options: Any) -> None:
        super().__init__(field_name=field_name, lookup_expr="in", **options)


class CustomerFilter(filters.FilterSet):
    slug = Words()

    class Meta:
        model = Customer
        fields: list[str] = []


class ConnectionFilter(filters.FilterSet):
    slug = Words()
    provider = Words()
    state = filters.MultipleChoiceFilter(choices=Connection.State.choices)

    class Meta:
        model = Connection
        fields: list[str] = []


class AssetFilter(filters.FilterSet):
    connection = Words("connection__slug")
    parent = Words("parent__external_id", help_text="External ids of what holds the asset.")
    programme = Words("programme__slug", help_text="Slugs of the programmes that the asset is a copy of.")
    external_id = filters.CharFilter()
    kind = filters.MultipleChoiceFilter(choices=Asset.Kind.choices)
    customer = Words("customer_slug")
    gone = filters.BooleanFilter(method="by_gone", help_text="Whether it is no longer at the provider.")

    class Meta:
        model = Asset
        fields: list[str] = []

    def by_gone(self, queryset: QuerySet[Asset], name: str, value: bool) -> QuerySet[Asset]:
        return queryset.filter(GONE if value else ~GONE)


class ProgrammeFilter(filters.FilterSet):
    slug = Words()

    class Meta:
        model = Programme
        fields: list[str] = []


class SyncRunFilter(filters.FilterSet):
    connection = Words("connection__slug")
    state = filters.MultipleChoiceFilter(choices=SyncRun.State.choices)

    class Meta:
        model = SyncRun
        fields: list[str] = []


class SnapshotFilter(filters.FilterSet):
    connection = Words("connection__slug")
    feed = Words()
    asset = filters.CharFilter("asset__external_id")
    parent = Words("asset__parent__external_id", help_text="External ids of what holds the asset.")
    run = filters.NumberFilter("run_id")
    state = filters.MultipleChoiceFilter(choices=Snapshot.State.choices)
    vars()["from"] = filters.DateFilter("to_day", lookup_expr="gte", help_text="Its days overlap with those from … to.")
    to = filters.DateFilter("from_day", lookup_expr="lte")

    class Meta:
        model = Snapshot
        fields: list[str] = []


class ChangeFilter(filters.FilterSet):
    """What restatements and counter resets have in common."""

    connection = Words("connection__slug")
    asset = filters.CharFilter("asset__external_id")
    parent = Words("asset__parent__external_id", help_text="External ids of what holds the asset.")
    customer = filters.CharFilter(
        method="by_customer", help_text="Slugs; of its assets, on the days they were its own."
    )
    metric = Words(method="by_metric")
    vars()["from"] = filters.DateFilter("day", lookup_expr="gte")
    to = filters.DateFilter("day", lookup_expr="lte")
    noticed_from = filters.DateFilter(
        "noticed_at", lookup_expr="date__gte", help_text="Noticed on this day (UTC) or later."
    )

    def by_customer(self, queryset: QuerySet[Model], name: str, value: str) -> QuerySet[Model]:
        return queryset.filter(held_by("asset", customer__slug__in=value.split(",")))

    def by_metric(self, queryset: QuerySet[Model], name: str, value: list[str]) -> QuerySet[Model]:
        """An empty list would read like “no cost was corrected”."""
        if self.request is not None:
            refuse_metrics(reader_of_token(self.request.auth), value, name)
        return queryset.filter(metric__in=value)


class RestatementFilter(ChangeFilter):
    interval = filters.MultipleChoiceFilter(choices=Interval.choices)
    dimension = Words()
    cause = filters.MultipleChoiceFilter(choices=Restatement.Cause.choices)

    class Meta:
        model = Restatement
        fields: list[str] = []


class CounterResetFilter(ChangeFilter):
    class Meta:
        model = CounterReset
        fields: list[str] = []


class SessionFilterSet(filters.FilterSet):
    """The fields of `reports.ppv_sessions.SessionFilter`, which does the filtering for the API and the pages alike."""

    asset = Words(help_text="External ids.")
    access = Words(help_text="Labels.")
    customer = Words(help_text="Slugs.")
    country = Words(help_text="ISO 3166 alpha-2; ZZ where it is unknown.")
    ip = Words(help_text="Addresses, in any spelling: 192.0.2.5 finds ::ffff:192.0.2.5, too.")
    vars()["from"] = filters.DateFilter(help_text="A day of the provider's calendar, included.")
    to = filters.DateFilter(help_text="Included.")

    class Meta:
        model = PpvSession
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset

    def wanted(self) -> SessionFilter:
        """Raises ValidationError by field."""
        if not self.form.is_valid():
            raise serializers.ValidationError(self.form.errors)
        said = self.form.cleaned_data
        return SessionFilter(
            customers=tuple(said["customer"] or ()),
            assets=tuple(said["asset"] or ()),
            accesses=tuple(said["access"] or ()),
            countries=tuple(said["country"] or ()),
            ips=tuple(said["ip"] or ()),
            first=said["from"],
            last=said["to"],
        )
