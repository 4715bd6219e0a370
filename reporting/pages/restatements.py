"""What providers changed in a customer's figures after they were final."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.ledger.holdings import held_by
from reporting.models import Customer
from reporting.pages.forms import PERIODS, DaysForm
from reporting.periods import today_in
from reporting.reports.restatements import restatements_of, summary
from reporting.tenancy.decorators import for_customer
from reporting.tenancy.requests import TenantRequest

CHANGES_ON_A_PAGE = 200


@never_cache
@require_safe
@for_customer
def changes(request: TenantRequest, customer: Customer) -> HttpResponse:
    """What was changed in a customer's figures after they were final, the newest days first."""
    access = request.access
    form = DaysForm(request.GET, today=today_in(access.tenant.time_zone))
    own = held_by("asset", customer=customer)
    lines = summary(restatements_of(access.reader).filter(own, day__range=form.days), access.reader)
    page = Paginator(lines, CHANGES_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"tenant": access.tenant, "customer": customer, "form": form, "periods": PERIODS, "page": page}
    return render(request, "reporting/changes.html", context)
