"""The list of facts, each with the reading it came from. ModelAdmin can't show rows with a composite key.

Tenant and metric are asked for first: with them a page is read along the primary key, however many facts there are.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from reporting.admin.base import TenantChoiceField
from reporting.metrics import DIMENSIONS, METRICS
from reporting.models import Connection, Fact, Interval, Tenant

PAGE = 100
STORED = [(metric.name, metric.label) for metric in METRICS.values() if metric.is_stored]


class FactsForm(forms.Form):
    tenant = forms.ModelChoiceField(Tenant.objects.none(), widget=UnfoldAdminSelectWidget)
    metric = forms.ChoiceField(choices=STORED, widget=UnfoldAdminSelectWidget)
    interval = forms.ChoiceField(choices=Interval.choices, initial="day", widget=UnfoldAdminSelectWidget)
    dimension = forms.ChoiceField(
        required=False,
        choices=[("", "none"), *((d.name, d.label) for d in DIMENSIONS.values())],
        widget=UnfoldAdminSelectWidget,
    )
    connection = TenantChoiceField(
        Connection.objects.none(), required=False, empty_label="all", widget=UnfoldAdminSelectWidget
    )
    asset = forms.CharField(required=False, label="Asset's external id", widget=UnfoldAdminTextInputWidget)
    parent = forms.CharField(required=False, label="External id of what holds it", widget=UnfoldAdminTextInputWidget)
    from_day = forms.DateField(required=False, label="From", widget=UnfoldAdminSingleDateWidget)
    to_day = forms.DateField(required=False, label="To", widget=UnfoldAdminSingleDateWidget)
    page = forms.IntegerField(required=False, min_value=1, max_value=1000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        connections = Connection.objects.select_related("tenant").order_by("tenant__name", "name")
        self.fields["tenant"].queryset = Tenant.objects.all()  # type: ignore[attr-defined]
        self.fields["connection"].queryset = connections  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        tenant, connection = cleaned.get("tenant"), cleaned.get("connection")
        if tenant and connection and connection.tenant_id != tenant.pk:
            self.add_error("connection", f"“{connection}” belongs to {connection.tenant}. Choose one of {tenant}.")
        return cleaned

    def facts(self) -> QuerySet[Fact]:
        """Newest first, in the order of the key."""
        asked = self.cleaned_data
        found = Fact.objects.filter(
            tenant=asked["tenant"],
            metric=asked["metric"],
            interval=asked["interval"],
            dimension=asked["dimension"],
            day__gte=asked["from_day"] or date.min,
            day__lte=asked["to_day"] or date.max,
        )
        if asked["connection"]:
            found = found.filter(connection=asked["connection"])
        if asked["asset"]:
            found = found.filter(asset__external_id=asked["asset"])
        if asked["parent"]:
            found = found.filter(asset__parent__external_id=asked["parent"])
        return found.select_related("asset__parent", "connection").order_by("-day", "-minute", "-asset_id", "-key")


def facts(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("reporting.view_fact"):
        raise PermissionDenied
    asked = "tenant" in request.GET
    form = FactsForm(request.GET if asked else None)
    rows: list[Fact] = []
    page = 1
    if asked and form.is_valid():
        page = form.cleaned_data["page"] or 1
        rows = list(form.facts()[(page - 1) * PAGE : page * PAGE + 1])  # one more tells whether there is a next page
    for row in rows:
        row.clock = f"{row.minute // 60:02}:{row.minute % 60:02}"  # type: ignore[attr-defined]
    context = {
        **admin.site.each_context(request),
        "title": "Facts",
        "form": form,
        "rows": rows[:PAGE],
        "asked": asked and form.is_valid(),
        "previous": _address(request, page - 1) if page > 1 else "",
        "next": _address(request, page + 1) if len(rows) > PAGE else "",
    }
    return TemplateResponse(request, "admin/reporting/facts.html", context)


def _address(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return "?" + query.urlencode()
