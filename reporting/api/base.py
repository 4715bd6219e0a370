"""What the API's views share. Each is shut by default, and says by name what opens it (`authentication.py` holds it):

scope               the scope that reading needs; a view without one is refused to all
scope_to_write      the scope that every other method needs
open_to_customers   the actions (methods, of a view that is no view set) that a customer's token may ask for;
                    to such a token everything else is 404
"""

from datetime import date
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import viewsets
from rest_framework.views import APIView

from reporting.models import ApiToken
from reporting.periods import today_in
from reporting.tenancy.access import reader_of_token
from reporting.tenancy.reader import Reader

LIST = ("list",)
LIST_AND_ROW = ("list", "retrieve")


class TokenView(APIView):
    """A view asked for with a token."""

    scope = ""
    scope_to_write = "manage"
    open_to_customers: tuple[str, ...] = ()

    @property
    def token(self) -> ApiToken:
        token = self.request.auth
        assert isinstance(token, ApiToken)
        return token

    @property
    def reader(self) -> Reader:
        return reader_of_token(self.token)

    @property
    def customer_id(self) -> int | None:
        """The bearer's customer, where it is a token of one."""
        return self.token.customer_id

    @property
    def today(self) -> date:
        return today_in(self.token.tenant.time_zone)


class TenantViewSet(TokenView, viewsets.GenericViewSet):
    """`rows()` is asked inside the tenant's scope. What isn't the tenant's is not among them, so it is 404. Without a scope
    there are no rows (the schema is made so)."""

    model: type[Model]
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return self.rows()

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError
