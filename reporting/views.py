"""Pages: form -> query -> render."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reporting.access import memberships_of


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Leads each person to where their figures are."""
    if request.user.is_staff:
        return redirect("admin:index")
    memberships = memberships_of(request.user)
    return redirect("/t/" + memberships[0].tenant.slug + "/") if memberships else redirect("account_logout")
