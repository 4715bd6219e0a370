"""Connections over the API: made, changed, and what their feeds cost.

What is sent goes through the form of the console (`connections/forms.py`), so that one place says what a connection may be.
Credentials and the passwords in them go in and never come out.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.forms import modelform_factory
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from providers import registry
from providers.connections.account import passwords_closed, same_account
from providers.connections.forms import CREDENTIAL, OPTION, ConnectionForm, form_of
from providers.pipeline import chosen_progress, request_costs
from providers.toolkit.provider import Option, Provider
from reporting.api.lists import ConnectionViewSet
from reporting.models import Connection

COLUMNS = (
    "slug", "name", "base_url", "time_zone", "currency", "history_from", "lookback_days", "sync_every", "reread_every",
)  # fmt: skip
KEYS = {*COLUMNS, "provider", "credentials", "options", "feeds"}
SHOWN = {
    "type": "object",
    "properties": {name: {} for name in sorted(KEYS)},
    "description": "As in a provisioning file. What is left out stays as it is, or is the provider's default.",
}


class Connections(ConnectionViewSet):
    parser_classes = [JSONParser]

    def rows(self) -> QuerySet[Connection]:
        found = super().rows()
        return found if self.request.method in ("GET", "HEAD", "OPTIONS") else found.select_for_update()

    @extend_schema(request={"application/json": SHOWN})
    def create(self, request: Request) -> Response:
        """Makes a connection; it is synced within a minute."""
        body = _body(request)
        provider = _provider(body.get("provider"))
        connection = Connection(tenant=self.token.tenant, provider=provider.slug, time_zone=provider.time_zone)
        if Connection.objects.filter(slug=body.get("slug")).exists():
            raise ValidationError({"slug": [f"There is a connection “{body['slug']}” already; choose another slug."]})
        saved = self._save(connection, provider, body)
        headers = {"Location": reverse("connection-detail", args=[saved.pk])}
        return Response(self._shown(saved), status.HTTP_201_CREATED, headers=headers)

    @extend_schema(request={"application/json": SHOWN})
    def partial_update(self, request: Request, pk: int) -> Response:
        """Changes what is named, and wakes a connection that waits for a person."""
        body, connection = _body(request), self.get_object()
        provider = _provider(connection.provider)
        if body.get("provider", provider.slug) != provider.slug:
            raise ValidationError({"provider": ["It is fixed: make a new connection for another provider."]})
        if Connection.objects.filter(slug=body.get("slug")).exclude(pk=connection.pk).exists():
            raise ValidationError({"slug": [f"There is a connection “{body['slug']}” already; choose another slug."]})
        return Response(self._shown(self._save(connection, provider, body)))

    @extend_schema(operation_id="connections_feeds", responses=OpenApiTypes.OBJECT)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def feeds(self, request: Request, pk: int) -> Response:
        """All feeds of the provider: which are chosen, and what each costs in requests a day with the assets that there are."""
        connection, now = self.get_object(), timezone.now()
        _provider(connection.provider)
        costs, budget = request_costs.costs_of(connection, now), request_costs.budget_of(connection, now)
        results = [
            described_feed(cost.feed, cost.is_default)
            | {"chosen": cost.is_chosen, "requests_a_day": round(cost.requests, 2)}
            for cost in costs.feeds
        ]
        shown = {"next": None, "previous": None, "results": results, "requests_a_day": costs.total}
        warnings = [text for text in [budget.warning(costs.total) if budget else ""] if text]
        return Response(shown | {"requests_a_day_left": budget.left if budget else None, "warnings": warnings})

    def _save(self, connection: Connection, provider: Provider, body: Mapping[str, Any]) -> Connection:
        is_new = connection.pk is None
        form = _form(connection, provider, body)
        if not form.is_valid():
            raise ValidationError(_errors(form))
        saved = form.save(commit=False)
        saved.save(update_fields=None if is_new else form.columns())
        chosen_progress.settle(saved, provider)
        return saved

    def _shown(self, connection: Connection) -> dict[str, Any]:
        now = timezone.now()
        others = Connection.objects.filter(provider=connection.provider).exclude(state=Connection.State.DELETED)
        warnings = [
            f"“{twin}” leads to the same account: what both fetch counts twice."
            for twin in same_account(connection, others)
        ]
        if closed := passwords_closed(connection):
            warnings.append(
                f"{closed} passwords of viewers are of another address: they are not sent before they are entered again."
            )
        limit = request_costs.warning(connection, now)
        cost = request_costs.costs_of(connection, now).total
        return dict(self.get_serializer(connection).data) | {
            "requests_a_day": cost,
            "warnings": warnings + ([limit] if limit else []),
        }


def described_feed(feed: Any, is_default: bool) -> dict[str, Any]:
    """`metrics` and `dimensions` as `GET metrics` names them; a feed that only finds assets or sessions has none."""
    return {
        "name": feed.name,
        "default": is_default,
        "per": feed.per,
        "kinds": list(feed.kinds),
        "metrics": sorted({series.metric for series in feed.series} | set(feed.differences)),
        "intervals": list(dict.fromkeys(series.interval for series in feed.series)),
        "dimensions": list(dict.fromkeys(series.dimension for series in feed.series if series.dimension)),
    }


def _body(request: Request) -> Mapping[str, Any]:
    body = request.data
    if not isinstance(body, dict):
        raise ValidationError(["The body is one JSON object."])
    if unknown := sorted(set(body) - KEYS):
        raise ValidationError(
            {name: [f"There is no such key; there are {', '.join(sorted(KEYS))}."] for name in unknown}
        )
    for name in ("credentials", "options"):
        if not isinstance(body.get(name, {}), dict):
            raise ValidationError({name: ["This is an object."]})
    if "feeds" in body and not isinstance(body["feeds"], list):
        raise ValidationError({"feeds": ["This is a list of names or globs."]})
    return body


def _provider(slug: Any) -> Provider:
    try:
        return registry.get(str(slug))
    except registry.UnknownProvider as error:
        raise ValidationError({"provider": [str(error)]}) from None


def _form(connection: Connection, provider: Provider, body: Mapping[str, Any]) -> ConnectionForm:
    """The console's form, filled with what is stored and what was sent."""
    options = body.get("options", connection.options)
    credentials = body.get("credentials", {})
    _only(credentials, [known.name for known in provider.credentials], "credentials")
    _only(options, [*(known.name for known in provider.options), *connection.options], "options")
    data = {name: _text(name, body[name] if name in body else getattr(connection, name)) for name in COLUMNS}
    data |= {CREDENTIAL + name: _text(f"credentials.{name}", value) for name, value in credentials.items()}
    data |= {OPTION + known.name: _option(known, options.get(known.name)) for known in provider.options}
    made: Any = modelform_factory(Connection, form=form_of(provider.slug), fields=(*COLUMNS, "feeds"))
    form: ConnectionForm = made(data, instance=connection)
    form.entries = body.get("feeds")
    return form


def _only(given: Mapping[str, Any], known: list[str], name: str) -> None:
    if unknown := [key for key in given if key not in known]:
        there = ", ".join(known) or "none"
        raise ValidationError({name: {key: [f"There is no such key; there are {there}."] for key in unknown}})


def _text(name: str, value: Any) -> str:
    """As the form takes it; a whole number does for a text, as `cdn` in a provisioning file."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, date | timedelta | str | int)):
        raise ValidationError({name: ["This is a text or a whole number."]})
    return "" if value is None else str(value)


def _option(option: Option, value: Any) -> Any:
    right = (
        value is None
        or (option.is_flag and isinstance(value, bool))
        or (
            option.many and isinstance(value, list) and all(isinstance(word, str) and "," not in word for word in value)
        )
        or (not option.is_flag and not option.many and isinstance(value, str))
    )
    if not right:
        kind = "true or false" if option.is_flag else "a list of texts" if option.many else "a text"
        raise ValidationError({"options": {option.name: [f"This is {kind}."]}})
    return ", ".join(value) if isinstance(value, list) else value or ""


def _errors(form: ConnectionForm) -> dict[str, Any]:
    """By the keys of the body."""
    found: dict[str, Any] = {}
    for name, texts in form.errors.items():
        for prefix, key in ((CREDENTIAL, "credentials"), (OPTION, "options")):
            if name.startswith(prefix):
                found.setdefault(key, {})[name.removeprefix(prefix)] = list(texts)
                break
        else:
            found["non_field_errors" if name == "__all__" else name] = list(texts)
    return found
