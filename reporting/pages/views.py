"""The pages: form -> question -> render. Who may see each is said by its decorator (`reporting/tenancy/decorators.py`)."""

import gzip
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.exports import ExportFailed, buttons
from reporting.exports.customer import customer_document
from reporting.exports.download import download
from reporting.models import Customer, Membership, User
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
from reporting.tenancy.access import Right, memberships_of
from reporting.tenancy.decorators import for_customer, for_members, needs
from reporting.tenancy.requests import TenantRequest

SESSIONS_ON_A_PAGE = 100
CHANGES_ON_A_PAGE = 200
FOR_EVER = "private, max-age=31536000, immutable"


@login_required
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Leads each person to where their figures are; who has several places chooses."""
    user = cast(User, request.user)  # signed in
    places = [(membership, place_of(membership)) for membership in memberships_of(user)]
    if user.is_staff and (user.get_all_permissions() or not places):
        return redirect("admin:index")
    if len(places) == 1:
        return redirect(places[0][1])
    return render(request, "reporting/choose.html", {"places": places})


def place_of(membership: Membership) -> str:
    """The address where a member's figures are."""
    tenant = f"/t/{membership.tenant.slug}/"
    return f"{tenant}c/{membership.customer.slug}/" if membership.customer else tenant


@never_cache
@require_safe
@for_members
def overview(request: TenantRequest) -> HttpResponse:
    """The tenant's customers and connections; a customer's member is led to its own report."""
    access = request.access
    if access.customer_id is not None:
        own = Customer.objects.get(pk=access.customer_id)
        return redirect("customer", tenant=access.tenant.slug, customer=own.slug)
    shown = Overview(access.tenant)
    links = LineageLinks(access.tenant, shown.days, shown.connections) if Right.FACTS in access.rights else None
    return render(
        request, "reporting/overview.html", {"tenant": access.tenant, "overview": shown, "lineage_links": links}
    )


@never_cache
@require_safe
@for_customer
def customer(request: TenantRequest, customer: Customer) -> HttpResponse:
    """A customer's report."""
    access = request.access
    form = ReportForm(request.GET, today=today_in(access.tenant.time_zone))
    report = CustomerReport(access.tenant, customer, form.choice(), access.customer_id)
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
        return render(request, "reporting/too_much.html", context | {"error": error})


@never_cache
@require_safe
@for_customer
def customer_file(request: TenantRequest, customer: Customer, format: str) -> HttpResponseBase:
    """The same report as a file. Where the address is wrong, the page says so; a file for other days would not be noticed."""
    if format not in buttons():
        raise Http404("no such format")
    access = request.access
    asked = request.GET.copy()
    by_asset = asked.pop("table", [""])[-1] == "asset"
    form = ReportForm(asked, today=today_in(access.tenant.time_zone))
    if not form.is_valid():
        return redirect(f"{reverse('customer', args=[access.tenant.slug, customer.slug])}?{request.GET.urlencode()}")
    report = CustomerReport(access.tenant, customer, form.choice(), access.customer_id)
    try:
        document = customer_document(report, by_asset=by_asset, with_sessions=Right.SESSIONS in access.rights)
        return download(document, format, about=customer.slug)
    except (TooMuch, ExportFailed) as error:
        context = {"tenant": access.tenant, "customer": customer, "form": form, "periods": PERIODS, "error": error}
        return render(
            request, "reporting/too_much.html", context, status=507 if isinstance(error, ExportFailed) else 400
        )


@never_cache
@require_safe
@for_customer
@needs(Right.SESSIONS)
def sessions(request: TenantRequest, customer: Customer) -> HttpResponse:
    """A customer's pay-per-view sessions, newest first."""
    access = request.access
    form = SessionsForm(request.GET, today=today_in(access.tenant.time_zone), customer_id=customer.pk)
    days = form.days
    found = sessions_of(SessionFilter(customer_id=customer.pk, first=days.start, last=days.end))
    if form.chosen_access:
        found = found.filter(access=form.chosen_access)
    pages = Paginator(found.select_related("connection", "access__asset"), SESSIONS_ON_A_PAGE)
    context = {
        "tenant": access.tenant,
        "customer": customer,
        "form": form,
        "periods": PERIODS,
        "page": pages.get_page(request.GET.get("page")),
    }
    return render(request, "reporting/sessions.html", context)


@never_cache
@require_safe
@for_customer
def changes(request: TenantRequest, customer: Customer) -> HttpResponse:
    """What was changed in a customer's figures after they were final, the newest days first."""
    access = request.access
    form = DaysForm(request.GET, today=today_in(access.tenant.time_zone))
    lines = summary(restatements_of(customer.pk).filter(day__range=form.days))
    page = Paginator(lines, CHANGES_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"tenant": access.tenant, "customer": customer, "form": form, "periods": PERIODS, "page": page}
    return render(request, "reporting/changes.html", context)


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
