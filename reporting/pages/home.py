"""The start page: leads each person to where their figures are."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.models import Membership, User
from reporting.tenancy.access import memberships_of


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
