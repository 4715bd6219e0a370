"""What `middleware.py` adds to a request, for those who read it afterwards."""

from django.http import HttpRequest

from reporting.models import ApiToken, User
from reporting.tenancy.access import Access


class SiteRequest(HttpRequest):
    """Any request: `access` is there on a tenant's pages, `api_token` in the API."""

    access: Access | None
    api_token: ApiToken | None


class TenantRequest(SiteRequest):
    """A request for a tenant's page, by somebody who may enter."""

    user: User
    access: Access
