"""A customer's report: the page, the same as a file, and the bundle that draws its charts."""

import gzip
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.exports import ExportFailed, buttons
from reporting.exports.customer import customer_document
from reporting.exports.download import download
from reporting.exports.options import OF_FORMAT, options_of_page
from reporting.models import Customer
from reporting.pages.forms import INTERVALS, PERIODS, ReportForm
from reporting.periods import today_in
from reporting.query import TooMuch
from reporting.query.parameters import WrongParameters
from reporting.reports import charts
from reporting.reports.customer import CustomerReport
from reporting.tenancy.access import Right
from reporting.tenancy.decorators import for_customer, for_members
from reporting.tenancy.requests import TenantRequest

FOR_EVER = "private, max-age=31536000, immutable"


@never_cache
@require_safe
@for_customer
def customer(request: TenantRequest, customer: Customer) -> HttpResponse:
    """A customer's report."""
    access = request.access
    form = ReportForm(request.GET, today=today_in(access.tenant.time_zone))
    report = CustomerReport(access.tenant, customer, form.choice(), access.reader)
    context = {
        "tenant": access.tenant,
        "customer": customer,
        "form": form,
        "report": report,
        "periods": PERIODS,
        "intervals": INTERVALS,
        "bundle": f"/t/{access.tenant.slug}/{charts.bundle_name()}",
        "downloads": buttons(),
        "lineage_links": report.lineage_links if Right.FACTS in access.rights else None,
    }
    try:
        return render(request, "reporting/customer.html", context)
    except TooMuch as error:
        return render(request, "reporting/too_much.html", context | {"error": error}, status=400)


@never_cache
@require_safe
@for_customer
def customer_file(request: TenantRequest, customer: Customer, format: str) -> HttpResponseBase:
    """The same report as a file. Where the address is wrong, the page says so; a file for other days would not be noticed.
    Viewers' addresses are in it where they are asked for (`personal_data=true`) by who may see them."""
    if format not in buttons():
        raise Http404("no such format")
    access = request.access
    asked = request.GET.copy()
    table, personal = asked.pop("table", [""])[-1], asked.pop("personal_data", [""])[-1]
    if personal not in ("", "true") or (personal and not access.reader.sees_personal_data):
        raise PermissionDenied("Viewers' addresses are personal data.")
    words = {name: asked.pop(name) for name in OF_FORMAT if name in asked}
    form = ReportForm(asked, today=today_in(access.tenant.time_zone))
    if not form.is_valid():
        return redirect(f"{reverse('customer', args=[access.tenant.slug, customer.slug])}?{request.GET.urlencode()}")
    report = CustomerReport(access.tenant, customer, form.choice(), access.reader)
    try:
        options = options_of_page(words, format)
        has_sessions = Right.SESSIONS in access.rights
        document = customer_document(report, table=table, with_sessions=has_sessions, with_addresses=bool(personal))
        return download(replace(document, options=options), format, about=customer.slug)
    except (TooMuch, ExportFailed, WrongParameters) as error:
        context = {"tenant": access.tenant, "customer": customer, "form": form, "periods": PERIODS, "error": error}
        return render(
            request, "reporting/too_much.html", context, status=507 if isinstance(error, ExportFailed) else 400
        )


@require_safe
@for_members
def vega(request: TenantRequest, version: str) -> HttpResponse:
    """The bundle that draws charts in the browser. Its name changes with its content."""
    if f"vega-{version}.js" != charts.bundle_name():
        raise Http404("another version")
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    body = charts.bundle() if takes_gzip else gzip.decompress(charts.bundle())
    headers: dict[str, Any] = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if takes_gzip:
        headers["Content-Encoding"] = "gzip"
    return HttpResponse(body, content_type="text/javascript; charset=utf-8", headers=headers)
