"""`GET /api/v1/providers`: the providers as they are declared, with what a connection to each needs. No figures, no secrets."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from providers import registry
from providers.base import Credential, Feed, Option, Provider


class ProvidersView(APIView):
    """The same for every tenant, so it asks no database."""

    scope = "read"

    @extend_schema(operation_id="providers_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        results = [described(provider) for provider in registry.all_providers().values()]
        return Response({"next": None, "previous": None, "results": results})


def described(provider: Provider) -> dict[str, Any]:
    return {
        "slug": provider.slug,
        "name": provider.name,
        "docs": provider.docs,
        "base_url": provider.base_url,
        "time_zone": provider.time_zone,
        "credentials": [_credential(credential) for credential in provider.credentials],
        "options": [_option(option) for option in provider.options],
        "feeds": [_feed(feed) for feed in provider.feeds],
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
        "type": "list" if option.many else "string",
        "required": option.needed,
        "choices": list(option.choices),
        "default": option.default,
    }


def _feed(feed: Feed) -> dict[str, Any]:
    """`metrics` as `GET metrics` names them; a feed that only finds assets or sessions has none."""
    return {
        "name": feed.name,
        "default": feed.default,
        "per": feed.per,
        "kinds": list(feed.kinds),
        "metrics": sorted({series.metric for series in feed.series} | set(feed.differences)),
    }
