"""Who asks: the bearer token that the middleware has found, and the scopes that each view wants.

The token's tenant is opened by `reporting.tenancy.middleware` around the whole request; here it is only made known to DRF.
"""

from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from reporting.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it imports this module


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
    """A view says what it needs in `scope`, a word; a method that needs another one in `scopes_of_methods`."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return False
        needed = scope_of(view, request.method or "")
        if needed not in token.scopes:
            self.message = (
                f"This needs a token with the scope {needed}; this one has {', '.join(token.scopes) or 'none'}."
            )
            return False
        return True


def scope_of(view: "APIView", method: str) -> str:
    """Writing needs `manage` unless the view says otherwise."""
    default = "read" if method in ("GET", "HEAD", "OPTIONS") else "manage"
    scopes: dict[str, str] = getattr(view, "scopes_of_methods", {})
    return scopes.get(method, getattr(view, "scope", "") or default)


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
