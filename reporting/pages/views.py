"""Step 6, pages: form -> query -> render. Who may see what was settled by the middleware (`request.access`); here only that
a customer's member sees that customer alone."""

import gzip
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.exports import ExportFailed
from reporting.exports.customer import customer_document
from reporting.exports.download import download
from reporting.models import Customer, Membership
from reporting.pages.forms import INTERVALS, PERIODS, DaysForm, ReportForm, SessionsForm
from reporting.periods import today_in
from reporting.query import TooMuch
from reporting.reports import charts
from reporting.reports.customer import CustomerReport
from reporting.reports.lineage_links import LineageLinks
from reporting.reports.overview import Overview
from reporting.reports.ppv_sessions import SessionFilter
from reporting.reports.ppv_sessions import sessions as sessions_of
from reporting.reports.restatements import restatements_of, summary
from reporting.tenancy.access import memberships_of

SESSIONS_ON_A_PAGE = 100
CHANGES_ON_A_PAGE = 200
DOWNLOADS = {"pdf": "PDF", "xlsx": "Excel", "csv": "CSV"}
FOR_EVER = "private, max-age=31536000, immutable"


@login_required
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Leads each person to where their figures are; who has several places chooses."""
    if request.user.is_staff:
        return redirect("admin:index")
    places = [(membership, place_of(membership)) for membership in memberships_of(request.user)]  # type: ignore[arg-type]
    if len(places) == 1:
        return redirect(places[0][1])
    return render(request, "reporting/choose.html", {"places": places})


def place_of(membership: Membership) -> str:
    """The address where a member's figures are."""
    tenant = f"/t/{membership.tenant.slug}/"
    return f"{tenant}c/{membership.customer.slug}/" if membership.customer else tenant


@never_cache
@require_safe
def overview(request: HttpRequest, tenant: str) -> HttpResponse:
    """The tenant's customers and connections; a customer's member is led to its own report."""
    access = request.access  # type: ignore[attr-defined]
    if not access.sees_all_customers:
        return redirect("customer", tenant=tenant, customer=Customer.objects.get(pk=access.customer_id).slug)
    shown = Overview(access.tenant)
    links = LineageLinks(access.tenant, shown.days, shown.connections)
    return render(
        request, "reporting/overview.html", {"tenant": access.tenant, "overview": shown, "lineage_links": links}
    )


@never_cache
@require_safe
def customer(request: HttpRequest, tenant: str, customer: str) -> HttpResponse:
    """A customer's report."""
    owner, access = customer_of(request, customer), request.access  # type: ignore[attr-defined]
    form = ReportForm(request.GET, today=today_in(access.tenant.time_zone))
    report = CustomerReport(access.tenant, owner, form, access.customer_id)
    context = {
        "tenant": access.tenant,
        "customer": owner,
        "form": form,
        "report": report,
        "periods": PERIODS,
        "intervals": INTERVALS,
        "bundle": f"/t/{tenant}/{charts.bundle_name()}",
        "downloads": DOWNLOADS,
        "lineage_links": report.lineage_links if access.sees_all_customers else None,
    }
    try:
        return render(request, "reporting/customer.html", context)
    except TooMuch as error:
        return render(request, "reporting/too_much.html", context | {"error": error})


@never_cache
@require_safe
def customer_file(request: HttpRequest, tenant: str, customer: str, format: str) -> HttpResponseBase:
    """The same report as a file. Where the address is wrong, the page says so; a file for other days would not be noticed."""
    if format not in DOWNLOADS:
        raise Http404("no such format")
    owner, access = customer_of(request, customer), request.access  # type: ignore[attr-defined]
    asked = request.GET.copy()
    by_asset = asked.pop("table", [""])[-1] == "asset"
    form = ReportForm(asked, today=today_in(access.tenant.time_zone))
    if not form.is_valid():
        return redirect(f"{reverse('customer', args=[tenant, customer])}?{request.GET.urlencode()}")
    report = CustomerReport(access.tenant, owner, form, access.customer_id)
    try:
        return download(customer_document(report, by_asset=by_asset), format, about=owner.slug)
    except (TooMuch, ExportFailed) as error:
        context = {"tenant": access.tenant, "customer": owner, "form": form, "periods": PERIODS, "error": error}
        return render(
            request, "reporting/too_much.html", context, status=507 if isinstance(error, ExportFailed) else 400
        )


@never_cache
@require_safe
def sessions(request: HttpRequest, tenant: str, customer: str) -> HttpResponse:
    """A customer's pay-per-view sessions, newest first."""
    owner, access = customer_of(request, customer), request.access  # type: ignore[attr-defined]
    form = SessionsForm(request.GET, today=today_in(access.tenant.time_zone), customer_id=owner.pk)
    days = form.days
    found = sessions_of(SessionFilter(customer_id=owner.pk, first=days.start, last=days.end))
    if form.chosen_access:
        found = found.filter(access=form.chosen_access)
    pages = Paginator(found.select_related("connection", "access__asset"), SESSIONS_ON_A_PAGE)
    context = {
        "tenant": access.tenant,
        "customer": owner,
        "form": form,
        "periods": PERIODS,
        "page": pages.get_page(request.GET.get("page")),
    }
    return render(request, "reporting/sessions.html", context)


@never_cache
@require_safe
def changes(request: HttpRequest, tenant: str, customer: str) -> HttpResponse:
    """What was changed in a customer's figures after they were final, the newest days first."""
    owner, access = customer_of(request, customer), request.access  # type: ignore[attr-defined]
    form = DaysForm(request.GET, today=today_in(access.tenant.time_zone))
    lines = summary(restatements_of(owner.pk).filter(day__range=form.days))
    page = Paginator(lines, CHANGES_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"tenant": access.tenant, "customer": owner, "form": form, "periods": PERIODS, "page": page}
    return render(request, "reporting/changes.html", context)


@require_safe
def vega(request: HttpRequest, tenant: str, version: str) -> HttpResponse:
    """The bundle that draws charts in the browser. Its name changes with its content."""
    if f"vega-{version}.js" != charts.bundle_name():
        raise Http404("another version")
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    body = charts.bundle() if takes_gzip else gzip.decompress(charts.bundle())
    headers: dict[str, Any] = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if takes_gzip:
        headers["Content-Encoding"] = "gzip"
    return HttpResponse(body, content_type="text/javascript; charset=utf-8", headers=headers)


def customer_of(request: HttpRequest, slug: str) -> Customer:
    """Another customer is 404 for a customer's member, as if it did not exist."""
    access = request.access  # type: ignore[attr-defined]
    visible = Customer.objects.all() if access.sees_all_customers else Customer.objects.filter(pk=access.customer_id)
    return get_object_or_404(visible, slug=slug)
