"""What the API does with providers: which there are, asking for a run, ending one, and trying a connection's credentials.

A customer's token gets 404 for all but the first: customers do not see how figures are fetched.
"""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from providers import registry
from providers.connection_api import described_feed
from providers.connections.check import try_credentials
from providers.pipeline.plan import Calendar
from providers.scheduling import queue
from providers.toolkit.errors import SyncError
from providers.toolkit.provider import Credential, Option, Provider
from reporting.api.base import TenantViewSet, TokenView
from reporting.api.serializers.runs import SyncRunSerializer
from reporting.models import Connection, SyncRun
from reporting.periods import EARLIEST
from reporting.tenancy.scoping import tenant_scope

TRIED = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}, "error": {"type": "string"}, "detail": {"type": "string"}},
    "required": ["ok"],
}
TOO_EARLY = f"The earliest day that is fetched is {EARLIEST}."
UNDER_WAY = [SyncRun.State.QUEUED, SyncRun.State.RUNNING]


class ProvidersView(TokenView):
    """The same for every tenant, so it asks no database."""

    scope = "read"
    open_to_customers = ("get",)

    @extend_schema(operation_id="providers_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        results = [described(provider) for provider in registry.all_providers().values()]
        return Response({"next": None, "previous": None, "results": results})


class Conflict(exceptions.APIException):
    """409: the state of things does not allow it now."""

    status_code = status.HTTP_409_CONFLICT


class RunAsked(serializers.Serializer[Any]):
    """What a run may be narrowed to; its context has the connection."""

    feed = serializers.CharField(required=False, allow_blank=True, help_text="Also one that a plain sync leaves out.")
    vars()["from"] = serializers.DateField(
        required=False, allow_null=True, help_text="Just the days from … to, which leaves the progress alone."
    )
    to = serializers.DateField(required=False, allow_null=True)

    def validate_feed(self, name: str) -> str:
        try:
            provider = registry.get(self.context["connection"].provider)
        except registry.UnknownProvider as error:
            raise serializers.ValidationError(str(error)) from None
        known = [feed.name for feed in provider.feeds]
        if name and name not in known:
            raise serializers.ValidationError(f"{provider.name} has no feed “{name}”; there are {', '.join(known)}.")
        return name

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(self.initial_data) - set(self.fields):
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), "There are only feed, from and to."))
        calendar = Calendar.of(self.context["connection"], timezone.now())
        first, last = said.get("from") or calendar.history_from, said.get("to") or calendar.today
        if early := {name: TOO_EARLY for name in ("from", "to") if said.get(name) and said[name] < EARLIEST}:
            raise serializers.ValidationError(early)
        if said.get("from") and first > calendar.today:
            raise serializers.ValidationError({"from": f"{first} is in the future: there it is {calendar.today}."})
        if first > last:
            wrong = "to" if said.get("to") else "from"
            raise serializers.ValidationError({wrong: f"The first day, {first}, is after the last, {last}."})
        return said


class ConnectionAction(TenantViewSet):
    model = Connection
    serializer_class = SyncRunSerializer  # OPTIONS asks for one

    def rows(self) -> QuerySet[Connection]:
        return Connection.objects.exclude(state=Connection.State.DELETED)


class AskForRun(ConnectionAction):
    scope = scope_to_write = "sync"
    parser_classes = [JSONParser, FormParser, MultiPartParser]  # many clients call an empty body a form
    schema_of_request = {"application/json": RunAsked}

    @extend_schema(operation_id="connections_sync", request=schema_of_request, responses={202: SyncRunSerializer})
    def sync(self, request: Request, pk: int) -> Response:
        """Queues a run: of all that is due, or of one feed, or of just these days. One at a time for each connection."""
        connection = Connection.objects.select_for_update().get(pk=self.get_object().pk)
        asked = RunAsked(data=request.data, context={"connection": connection})
        asked.is_valid(raise_exception=True)
        if other := SyncRun.objects.filter(connection=connection, state__in=UNDER_WAY).first():
            raise Conflict(f"Run {other.pk} of this connection is {other.state} already. Wait for it, or cancel it.")
        if connection.state == Connection.State.NEEDS_ATTENTION:  # it waited for a person: here is one
            connection.state, connection.state_message = Connection.State.ACTIVE, ""
            connection.save(update_fields=["state", "state_message"])
        said = asked.validated_data
        run = queue.queue(connection, said.get("feed") or "", said.get("from"), said.get("to"))
        headers = {"Location": reverse("sync-run-detail", args=[run.pk])}
        return Response(SyncRunSerializer(run).data, status.HTTP_202_ACCEPTED, headers=headers)


class TryCredentials(ConnectionAction):
    """Waits for the provider, outside of any transaction."""

    opens_own_scope = True
    scope = scope_to_write = "manage"

    @extend_schema(operation_id="connections_test", request=None, responses={(200, "application/json"): TRIED})
    def test(self, request: Request, pk: int) -> Response:
        """Tries the credentials with one real request; nothing of it is stored."""
        with tenant_scope(self.token.tenant_id):
            connection = self.get_object()
        try:
            try_credentials(connection)
        except (SyncError, registry.UnknownProvider) as error:
            return Response({"ok": False, "error": type(error).__name__, "detail": str(error)})
        return Response({"ok": True})


class CancelRun(TenantViewSet):
    model = SyncRun
    serializer_class = SyncRunSerializer  # OPTIONS asks for one
    scope = scope_to_write = "sync"

    def rows(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("connection").select_for_update(of=("self",))

    @extend_schema(operation_id="sync_runs_cancel", request=None, responses=SyncRunSerializer)
    def cancel(self, request: Request, pk: int) -> Response:
        """A queued run ends at once, a running one after the requests that are in flight."""
        run = self.get_object()
        if run.state not in UNDER_WAY:
            raise Conflict(f"Run {run.pk} has ended: {run.state}.")
        run.cancel_requested = True
        if run.state == SyncRun.State.QUEUED:
            run.state, run.finished_at = SyncRun.State.CANCELLED, timezone.now()
        run.save(update_fields=["cancel_requested", "state", "finished_at"])
        return Response(SyncRunSerializer(run).data)


def described(provider: Provider) -> dict[str, Any]:
    return {
        "slug": provider.slug,
        "name": provider.name,
        "docs": provider.docs,
        "base_url": provider.base_url,
        "time_zone": provider.time_zone,
        "credentials": [_credential(credential) for credential in provider.credentials],
        "options": [_option(option) for option in provider.options],
        "feeds": [described_feed(feed, feed.is_default({})) for feed in provider.feeds],
    }


def _credential(credential: Credential) -> dict[str, Any]:
    return {
        "name": credential.name,
        "label": credential.label,
        "help": credential.help,
        "secret": credential.secret,
        "required": credential.needed,
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "label": option.label,
        "help": option.help,
        "type": "boolean" if option.is_flag else "list" if option.many else "string",
        "required": option.needed,
        "choices": list(option.choices),
        "default": option.default,
    }
