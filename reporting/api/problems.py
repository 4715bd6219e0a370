"""Errors as `application/problem+json` (RFC 9457): type, title, status, detail, and `errors` by field.

`handler` is DRF's; `not_found` and `server_error` are Django's, for what happens outside of its views.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.views import set_rollback

from reporting.query import NotShown, NotThere, TooMuch
from reporting.query.parameters import WrongParameters

TITLES = {
    400: "Wrong request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Server error",
    507: "No room",
}
CONTENT_TYPE = "application/problem+json"
NOT_FOUND = "There is no such thing here."


class Unfound(exceptions.NotFound):
    """404 that names the fields that point to nothing."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = errors
        super().__init__(" ".join(text for texts in errors.values() for text in texts))


class NotForReader(exceptions.PermissionDenied):
    """403 that names the field that asks for what is kept from the bearer."""

    def __init__(self, error: NotShown) -> None:
        self.errors = {error.name: [str(error)]}
        super().__init__(str(error))


class NoRoom(exceptions.APIException):
    """The disk does not take a file that has to be made before it is sent."""

    status_code = 507


@contextmanager
def refusals() -> Iterator[None]:
    """What a report query refuses, by field."""
    try:
        yield
    except WrongParameters as error:
        raise exceptions.ValidationError(error.errors) from None
    except NotThere as error:
        raise Unfound({error.name: [str(error)]}) from None
    except TooMuch as error:
        raise exceptions.ValidationError({"interval": [str(error)]}) from None


def handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """None hands an unexpected error on to Django, which logs it and calls `server_error`."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(NOT_FOUND)
    elif isinstance(error, NotShown):
        error = NotForReader(error)
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    response = problem(error.status_code, _detail(error), _errors(error))
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


def problem(code: int, detail: str, errors: Mapping[str, list[str]] | None = None) -> HttpResponse:
    body: dict[str, Any] = {"type": "about:blank", "title": TITLES.get(code, "Error"), "status": code, "detail": detail}
    if errors:
        body["errors"] = errors
    return HttpResponse(orjson.dumps(body), status=code, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The site's `handler404`."""
    if request.path_info.startswith("/api/"):
        return problem(status.HTTP_404_NOT_FOUND, "There is no such address; /api/docs/ shows those there are.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The site's `handler500`."""
    if request.path_info.startswith("/api/"):
        return problem(status.HTTP_500_INTERNAL_SERVER_ERROR, "Something went wrong here; the server's log says what.")
    return defaults.server_error(request)


def _detail(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return " ".join(f"{name}: {' '.join(texts)}" for name, texts in _errors(error).items())
    return str(error.detail)


def _errors(error: exceptions.APIException) -> dict[str, list[str]]:
    """By field; what belongs to none is under `non_field_errors`."""
    if isinstance(error, Unfound | NotForReader):
        return dict(error.errors)
    if not isinstance(error, exceptions.ValidationError):
        return {}
    detail = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
    return {name: _texts(value) for name, value in detail.items()}


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{name}: {text}" for name, inner in value.items() for text in _texts(inner)]
    return [text for inner in value for text in _texts(inner)] if isinstance(value, list) else [str(value)]
