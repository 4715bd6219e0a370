"""A customer's pay-per-view sessions: viewers' personal data."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.models import Customer
from reporting.pages.forms import PERIODS, SessionsForm
from reporting.periods import today_in
from reporting.query import NotShown
from reporting.reports.ppv_sessions import FUTURE, SessionFilter
from reporting.reports.ppv_sessions import sessions as sessions_of
from reporting.tenancy.access import Right
from reporting.tenancy.decorators import for_customer, needs
from reporting.tenancy.requests import TenantRequest

SESSIONS_ON_A_PAGE = 100


@never_cache
@require_safe
@for_customer
@needs(Right.SESSIONS)
def sessions(request: TenantRequest, customer: Customer) -> HttpResponse:
    """A customer's pay-per-view sessions, newest first."""
    access = request.access
    form = SessionsForm(request.GET, today=today_in(access.tenant.time_zone), customer_id=customer.pk)
    days = form.days
    ips = (form.chosen_ip,) if form.chosen_ip else ()
    wanted = SessionFilter(customers=(customer.slug,), ips=ips, first=days.start, last=days.end)
    try:
        found = sessions_of(wanted, access.reader, form.today)
    except NotShown as error:
        raise PermissionDenied(str(error)) from None
    if form.chosen_access:
        found = found.filter(access=form.chosen_access)
    pages = Paginator(found.select_related("connection", "access__asset"), SESSIONS_ON_A_PAGE)
    context = {
        "tenant": access.tenant,
        "customer": customer,
        "form": form,
        "periods": PERIODS,
        "future": FUTURE,
        "is_masked": not access.reader.sees_personal_data,
        "page": pages.get_page(request.GET.get("page")),
    }
    return render(request, "reporting/sessions.html", context)
