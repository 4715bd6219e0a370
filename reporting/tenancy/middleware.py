"""Opens the tenant's scope around each request that belongs to one, so that views never do.

A request belongs to a tenant by its address (`/t/{tenant}/…`, for a person with a membership) or by its bearer token
(`/api/…`). Platform staff in `/admin/` see all tenants. Everything else (signing in, static files) has no scope.
A streamed answer is written after this scope has closed: its generator opens its own. So does a view of the API or the
console that waits for something else: it says so by the attribute `opens_own_scope`.

Pages are closed until their author says who may see them (`decorators.py`): one that says nothing is 404 for everybody.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.views.defaults import page_not_found

from reporting.tenancy.access import person_in_tenant, token_of
from reporting.tenancy.decorators import opened_to
from reporting.tenancy.requests import SiteRequest
from reporting.tenancy.scoping import all_tenants, tenant_scope

logger = logging.getLogger(__name__)


class TenantMiddleware:
    """Sets `request.access` (pages) or `request.api_token` (API)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        request.access = request.api_token = None
        path = request.path_info
        if path.startswith("/api/"):
            token = token_of(request.headers.get("Authorization", ""))
            request.api_token = token
            if token is None or opens_own_scope(path):
                return self.get_response(request)
            return self.within(tenant_scope(token.tenant_id), request)
        if path.startswith("/admin/"):
            is_staff = request.user.is_authenticated and request.user.is_staff
            if not is_staff or opens_own_scope(path):
                return self.get_response(request)
            return self.within(all_tenants(), request)
        if path.startswith("/t/"):
            return self.page(request)
        return self.get_response(request)

    def page(self, request: SiteRequest) -> HttpResponse:
        """Another tenant's address is 404, whether that tenant exists or not."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        access = person_in_tenant(request.user, request.path_info.split("/")[2])
        if access is None:
            return page_not_found(request, Http404("no such page"))
        request.access = access
        return self.within(tenant_scope(access.tenant), request)

    def process_view(
        self, request: SiteRequest, view: Callable[..., HttpResponseBase], args: object, kwargs: object
    ) -> None:
        """Called between the scope's opening and the view."""
        if request.access is not None and not opened_to(view):
            logger.error("The page %s is closed: its view does not say who may see it.", request.path_info)
            raise Http404("a closed page")

    def within(self, scope: AbstractContextManager[object], request: HttpRequest) -> HttpResponse:
        """An answer with an error status leaves nothing behind in the database, as an exception would."""
        with scope:
            response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response


def opens_own_scope(path: str) -> bool:
    """Whether the view of this address does without the scope that all others get."""
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    return getattr(getattr(view, "cls", view), "opens_own_scope", False)
