"""Who asks: the bearer token that the middleware has found, and what each view wants of it.

The token's tenant is opened by `reporting.tenancy.middleware` around the whole request; here it is only made known to DRF.
A view is shut until its author opens it by name: one without a `scope` is refused to all, and one without `open_to_customers`
is 404 for a customer's token (`base.py` has both).
"""

from typing import TYPE_CHECKING, Any

from django.http import Http404
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from reporting.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it imports this module

READING = ("GET", "HEAD", "OPTIONS")


class TokenAuthentication(BaseAuthentication):
    """`request.auth` becomes the ApiToken; there is no user."""

    def authenticate(self, request: Request) -> tuple[None, ApiToken] | None:
        token = getattr(request._request, "api_token", None)
        if token is not None:
            return None, token
        if request.headers.get("Authorization"):
            raise AuthenticationFailed("This token is unknown or has expired. Make a new one with `manage.py token`.")
        return None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """The default permission of every view: the token has the scope that the view names, and a customer's token asks for
    what is open to customers."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        token, method = request.auth, request.method or ""
        if not isinstance(token, ApiToken):
            return False
        needed = scope_of(view, method)
        if not needed:
            self.message = "This address names no scope, so it is closed."
            return False
        is_there = hasattr(view, method.lower())  # else DRF says that there is no such method
        if is_there and needed not in token.scopes:
            self.message = (
                f"This needs a token with the scope {needed}; this one has {', '.join(token.scopes) or 'none'}."
            )
            return False
        if token.customer_id is not None and not is_open_to_customers(view, method):
            raise Http404
        return True


def scope_of(view: "APIView", method: str) -> str:
    """The view's `scope` to read; to write its `scope_to_write`, which is `manage` unless the view says otherwise."""
    if method in READING:
        return str(getattr(view, "scope", ""))
    return str(getattr(view, "scope_to_write", "manage"))


def is_open_to_customers(view: "APIView", method: str) -> bool:
    """Whether the view's `open_to_customers` names what is asked for: an action of a view set, a method of another view.
    A method that an open view does not have is left to DRF, which says so."""
    opened = getattr(view, "open_to_customers", ())
    verb = "get" if method == "HEAD" else method.lower()
    asked = getattr(view, "action", None) or verb
    is_harmless = method == "OPTIONS" or not hasattr(view, verb)
    return bool(opened) and (asked in opened or is_harmless)


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema describes it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of one tenant, maybe of one customer, with scopes: read, ppv, sync, manage.",
        }
