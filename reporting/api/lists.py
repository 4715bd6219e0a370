"""The lists of a tenant's things. A token of one customer sees its own, and nothing of how figures are fetched.

Each view set is a queryset, a serializer and a filter, and names what of it is open to customers (`base.py`).
"""

from typing import Any

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from reporting.api import filters
from reporting.api.base import LIST, LIST_AND_ROW, TenantViewSet
from reporting.api.pagination import ByNumber, BySlug, ByStart
from reporting.api.serializers import ledger, runs, tenancy
from reporting.ledger.holdings import assets_of
from reporting.models import (
    Asset,
    Assignment,
    Connection,
    CounterReset,
    Customer,
    PpvSession,
    Programme,
    Restatement,
    Snapshot,
    SnapshotPart,
    SyncRun,
)
from reporting.reports.ppv_sessions import sessions
from reporting.reports.raw_answers import as_file
from reporting.reports.restatements import resets_of, restatements_of, summary


class CustomerViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    model = Customer
    scope = "read"
    open_to_customers = LIST_AND_ROW
    serializer_class: type[BaseSerializer[Any]] = tenancy.CustomerSerializer
    filterset_class = filters.CustomerFilter
    pagination_class = BySlug

    def rows(self) -> QuerySet[Customer]:
        found = Customer.objects.all()
        return found if self.customer_id is None else found.filter(pk=self.customer_id)


class ConnectionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    model = Connection
    scope = "read"
    open_to_customers = LIST_AND_ROW
    serializer_class: type[BaseSerializer[Any]] = tenancy.ConnectionSerializer
    filterset_class = filters.ConnectionFilter
    pagination_class = BySlug

    def rows(self) -> QuerySet[Connection]:
        found = Connection.objects.exclude(state=Connection.State.DELETED)
        if self.customer_id is None:
            return found
        return found.filter(pk__in=assets_of(self.customer_id, self.today).values("connection_id"))


class AssetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    model = Asset
    scope = "read"
    open_to_customers = LIST_AND_ROW
    serializer_class: type[BaseSerializer[Any]] = tenancy.AssetSerializer
    filterset_class = filters.AssetFilter

    def rows(self) -> QuerySet[Asset]:
        """A customer's: those that are, or once were, its own."""
        holder = Assignment.objects.filter(
            Q(from_day__isnull=True) | Q(from_day__lte=self.today),
            Q(to_day__isnull=True) | Q(to_day__gte=self.today),
            asset=OuterRef("pk"),
        )
        found: QuerySet[Asset] = Asset.objects.all()
        if self.customer_id is not None:
            found = assets_of(self.customer_id, self.today)
            holder = holder.filter(customer=self.customer_id)
        found = found.select_related("connection", "parent", "programme")
        return found.annotate(customer_slug=Subquery(holder.order_by().values("customer__slug")[:1]))


class ProgrammeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """The works that assets are copies of. By the slug, or by the id where no programme has such a slug."""

    model = Programme
    scope = "read"
    open_to_customers = LIST_AND_ROW
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    serializer_class: type[BaseSerializer[Any]] = tenancy.ProgrammeSerializer
    filterset_class = filters.ProgrammeFilter
    pagination_class = BySlug

    def rows(self) -> QuerySet[Programme]:
        """A customer's: those of the assets that are, or once were, its own."""
        found = Programme.objects.all()
        if self.customer_id is None:
            return found
        copies = assets_of(self.customer_id, self.today).exclude(kind=Asset.Kind.ACCOUNT)
        return found.filter(pk__in=copies.values("programme_id"))

    def get_object(self) -> Programme:
        word, rows = self.kwargs["pk"], self.filter_queryset(self.get_queryset())
        by_id = rows.filter(pk=word) if word.isdecimal() and len(word) < 19 else rows.none()
        if found := rows.filter(slug=word).first() or by_id.first():
            return found
        raise NotFound


class SyncRunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    model = SyncRun
    scope = "read"
    serializer_class: type[BaseSerializer[Any]] = runs.SyncRunSerializer
    filterset_class = filters.SyncRunFilter

    def rows(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("connection")


class RestatementViewSet(mixins.ListModelMixin, TenantViewSet):
    """What providers changed afterwards, in figures of final days."""

    model = Restatement
    scope = "read"
    open_to_customers = (*LIST, "summary")
    serializer_class = ledger.RestatementSerializer
    filterset_class = filters.RestatementFilter

    def rows(self) -> QuerySet[Restatement]:
        return restatements_of(self.reader)

    @extend_schema(responses=ledger.ChangeSerializer(many=True))
    @action(detail=False, pagination_class=ByNumber)
    def summary(self, request: Request) -> Response:
        """Added up by day, connection and metric, the newest days first: by how much, and how many figures."""
        lines = summary(self.filter_queryset(self.get_queryset()), self.reader)
        shown = ledger.ChangeSerializer(self.paginate_queryset(lines), many=True)  # type: ignore[arg-type]
        return self.get_paginated_response(shown.data)


class CounterResetViewSet(mixins.ListModelMixin, TenantViewSet):
    """Lifetime counters that went backwards: a reading lower than the one before it."""

    model = CounterReset
    scope = "read"
    open_to_customers = LIST
    serializer_class = ledger.CounterResetSerializer
    filterset_class = filters.CounterResetFilter

    def rows(self) -> QuerySet[CounterReset]:
        return resets_of(self.reader)


class PpvSessionViewSet(mixins.ListModelMixin, TenantViewSet):
    model = PpvSession
    scope = "ppv"
    open_to_customers = LIST
    serializer_class = ledger.PpvSessionSerializer
    filterset_class = filters.SessionFilterSet
    pagination_class = ByStart

    def rows(self) -> QuerySet[PpvSession]:
        asked = filters.SessionFilterSet(self.request.query_params, PpvSession.objects.none())
        return sessions(asked.wanted(), self.reader, self.today)


class SnapshotViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """What was fetched, as it came, scrubbed of secrets."""

    model = Snapshot
    scope = "read"
    filterset_class = filters.SnapshotFilter

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return runs.SnapshotDetailSerializer if self.action == "retrieve" else runs.SnapshotSerializer

    def rows(self) -> QuerySet[Snapshot]:
        found = Snapshot.objects.select_related("connection", "asset__parent")
        if self.action != "retrieve":
            return found
        return found.prefetch_related(Prefetch("parts", SnapshotPart.objects.defer("compressed")))

    @extend_schema(
        parameters=[OpenApiParameter("part", int, description="From 1, which is also meant where it is left out.")],
        responses={(200, "*/*"): OpenApiResponse(OpenApiTypes.BINARY, description="The part as it came, scrubbed.")},
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def body(self, request: Request, pk: str) -> HttpResponse:
        """The answer of a personal feed, like a list of sessions, needs the scope `ppv`."""
        snapshot = self.get_object()
        if snapshot.is_personal and "ppv" not in self.token.scopes:
            raise PermissionDenied("This answer holds personal data: its body needs a token with the scope ppv.")
        word = request.query_params.get("part", "1")
        if not (word.isascii() and word.isdigit() and len(word) < 10):
            raise ValidationError({"part": [f"“{word}” is no number of a part; parts count from 1."]})
        part = SnapshotPart.objects.select_related("base").filter(snapshot=snapshot, number=int(word)).first()
        if part is None:
            raise NotFound(f"This snapshot has no part {word}.")
        return as_file(part)
