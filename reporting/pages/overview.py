"""A tenant's first page: its customers and its connections."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.models import Customer
from reporting.reports.lineage_links import LineageLinks
from reporting.reports.overview import Overview
from reporting.tenancy.access import Right
from reporting.tenancy.decorators import for_members
from reporting.tenancy.requests import TenantRequest


@never_cache
@require_safe
@for_members
def overview(request: TenantRequest) -> HttpResponse:
    """The tenant's customers and connections; a customer's member is led to its own report."""
    access = request.access
    if access.customer_id is not None:
        own = Customer.objects.get(pk=access.customer_id)
        return redirect("customer", tenant=access.tenant.slug, customer=own.slug)
    shown = Overview(access.tenant, access.reader)
    links = LineageLinks(access.tenant, shown.days, shown.connections) if Right.FACTS in access.rights else None
    return render(
        request, "reporting/overview.html", {"tenant": access.tenant, "overview": shown, "lineage_links": links}
    )
