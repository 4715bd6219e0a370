"""A mail about an error, and the page of DEBUG, say where it happened and quote nothing that somebody typed."""

import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils.log import AdminEmailHandler
from django.views.debug import ExceptionReporter

KEY = "-".join(["k3y", "of", "alice", "4711"])  # pages of errors show lines of the source too


def broken(request: HttpRequest) -> HttpResponse:
    credentials = {"apikey": request.POST["credential_apikey"]}
    raise RuntimeError(f"{len(credentials)} credentials")


urlpatterns = [path("broken/", broken)]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def mails(settings: LazySettings) -> Iterator[None]:
    """An operator who wants to hear of errors, with all that Django can tell."""
    settings.ADMINS = [("Olga", "olga@viewledger.example")]
    handler = AdminEmailHandler(include_html=True)
    logging.getLogger("django.request").addHandler(handler)
    yield
    logging.getLogger("django.request").removeHandler(handler)


def post() -> Any:
    client = Client(raise_request_exception=False)
    return client.post(
        "/broken/", {"credential_apikey": KEY, "name": "Boom"}, headers={"Authorization": f"Bearer {KEY}"}
    )


def test_a_mail_to_the_operators(db: None, mails: None) -> None:
    assert post().status_code == 500
    assert mail.outbox
    whole = "".join(message.message().as_string() + str(message.alternatives) for message in mail.outbox)
    assert "1 credentials" in whole
    assert "credential_apikey" in whole
    assert KEY not in whole


def test_the_page_of_debug(db: None, settings: LazySettings) -> None:
    settings.DEBUG = True
    page = post().content.decode()
    assert "1 credentials" in page
    assert "credential_apikey" in page
    assert KEY not in page


def test_an_error_of_no_request() -> None:
    try:
        kept = KEY
        raise RuntimeError(len(kept))
    except RuntimeError:
        reporter = ExceptionReporter(None, *sys.exc_info())
    assert "kept" in reporter.get_traceback_html()
    assert KEY not in reporter.get_traceback_html() + reporter.get_traceback_text()
