"""Who may see a page below `/t/{tenant}/`: a decorator on its view. Without one of the first three a page is 404 for everybody.

    @for_tenant       managers, analysts and platform staff
    @for_customer     these, and the members of the customer in the address; the view gets the Customer
    @for_members      whoever may enter the tenant, members of any customer too: the view itself shows each only what is theirs
    @needs(Right.…)   below one of these: only who has the right

The view gets a `TenantRequest`; its `access` has the tenant, so the address's `tenant` is not handed on. Who may not see a page
gets 404, as if it did not exist.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404

from reporting.models import Customer
from reporting.tenancy.access import Access, Right
from reporting.tenancy.requests import TenantRequest

P = ParamSpec("P")
Page = Callable[..., HttpResponseBase]
TenantPage = Callable[Concatenate[TenantRequest, P], HttpResponseBase]
CustomerPage = Callable[Concatenate[TenantRequest, Customer, P], HttpResponseBase]


def for_tenant(view: TenantPage[P]) -> Page:
    @wraps(view)
    def page(request: TenantRequest, tenant: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.access.sees_all_customers:
            raise Http404("not for customers")
        return view(request, *args, **kwargs)

    return _opened(page, "tenant")


def for_customer(view: CustomerPage[P]) -> Page:
    @wraps(view)
    def page(request: TenantRequest, tenant: str, customer: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, _customer_of(request.access, customer), *args, **kwargs)

    return _opened(page, "customer")


def for_members(view: TenantPage[P]) -> Page:
    @wraps(view)
    def page(request: TenantRequest, tenant: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return _opened(page, "members")


def needs(right: Right) -> Callable[[Callable[Concatenate[TenantRequest, P], HttpResponseBase]], TenantPage[P]]:
    def decorate(view: TenantPage[P]) -> TenantPage[P]:
        @wraps(view)
        def page(request: TenantRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if right not in request.access.rights:
                raise Http404("not without the right")
            return view(request, *args, **kwargs)

        return page

    return decorate


def opened_to(view: Page) -> str:
    """Whom the view is opened to, in a word; empty where it does not say. Decorators around it hand the word on."""
    return getattr(view, "opened_to", "")


def _opened(page: Page, audience: str) -> Page:
    page.__dict__["opened_to"] = audience  # `wraps` copies it to the decorators around
    return page


def _customer_of(access: Access, slug: str) -> Customer:
    """Another customer is 404 for a customer's member."""
    found = Customer.objects.filter(slug=slug)
    if access.customer_id is not None:
        found = found.filter(pk=access.customer_id)
    return get_object_or_404(found)
