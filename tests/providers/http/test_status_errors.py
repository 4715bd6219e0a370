"""HTTP's own words: what each status means for the run, and how long it asks to wait."""

from datetime import UTC, datetime

import pytest
import time_machine

from providers import registry
from providers.http.status_errors import DEFAULT_WAIT, check_status, retry_after
from providers.toolkit.errors import (
    AskPerson,
    NotFound,
    RateLimited,
    SessionRefused,
    SyncError,
    TryAgain,
    UnknownFailure,
)
from providers.toolkit.requests import Answer


def refusal(status: int, provider: str = "callfire", body: bytes = b"<no/>", **headers: str) -> SyncError:
    with pytest.raises(SyncError) as raised:
        check_status(registry.get(provider), Answer(status, headers, body, lambda: None))
    return raised.value


def test_it_works() -> None:
    for status in (200, 204, 299):
        check_status(registry.get("callfire"), Answer(status, {}, b"", lambda: None))


@pytest.mark.parametrize(
    ("status", "provider", "error"),
    [
        (302, "callfire", UnknownFailure),
        (400, "callfire", UnknownFailure),
        (401, "callfire", AskPerson),
        (403, "callfire", AskPerson),
        (401, "smartstream", SessionRefused),
        (404, "callfire", NotFound),
        (429, "callfire", RateLimited),
        (500, "callfire", TryAgain),
        (503, "callfire", TryAgain),
    ],
)
def test_what_a_status_means(status: int, provider: str, error: type[SyncError]) -> None:
    said = refusal(status, provider)
    assert type(said) is error
    assert str(status) in str(said)


def test_how_long_it_asks_to_wait() -> None:
    """As RFC 9110 has it: seconds or a date; a 429 that says nothing means some time all the same."""
    for status in (429, 503):
        said = refusal(status, **{"Retry-After": "7"})
        assert isinstance(said, TryAgain)
        assert said.retry_after == 7
    silent, down = refusal(429), refusal(503)
    assert isinstance(silent, TryAgain)
    assert isinstance(down, TryAgain)
    assert (silent.retry_after, down.retry_after) == (DEFAULT_WAIT, None)


@time_machine.travel(datetime(2026, 3, 10, 12, tzinfo=UTC), tick=False)
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Tue, 10 Mar 2026 12:01:30 GMT", 90),
        ("Tue, 10 Mar 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1.5", 1.5),
        ("²", None),
        ("٣", None),
        ("9" * 400, None),
        ("Tue, 10 Mar 2026 12:01:30 -0000", 90),
        ("Tue, 10 Mar 99999 12:01:30 GMT", None),
        ("", None),
    ],
)
def test_the_header_in_each_of_its_forms(text: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": text}) == seconds


@pytest.mark.parametrize("provider", ["callfire", "smartstream"])
def test_a_firewall_is_not_the_vendor(provider: str) -> None:
    """Who enters the credentials again after such an answer changes nothing."""
    for said in (
        refusal(403, provider, **{"Retry-After": "60"}),
        refusal(403, provider, b"Denied", **{"Content-Type": "text/html; charset=utf-8"}),
        refusal(403, provider, b"\n<!DOCTYPE html><title>Attention required</title>"),
    ):
        assert type(said) is TryAgain
    assert type(refusal(403, "callfire", b'{"error": "no"}', **{"Content-Type": "application/json"})) is AskPerson


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://elsewhere.example/v2/?apikey=s3cret", "https://elsewhere.example"),
        ("http://www.callfire.com/api/1.1/", "http://www.callfire.com"),
        ("//cdn.example:8443/x", "https://cdn.example:8443"),
        ("https://user:s3cret@elsewhere.example/", "https://elsewhere.example"),
    ],
)
def test_a_redirect_to_another_address_is_a_persons_business(location: str, named: str) -> None:
    said = refusal(302, **{"Location": location})
    assert type(said) is AskPerson
    assert f"moved to {named} (302)" in str(said)
    assert "s3cret" not in str(said)


@pytest.mark.parametrize(
    "location", ["", "/api/1.2/", "https://www.callfire.com/other", "http://[", "https://x:99999999/"]
)
def test_any_other_redirect_is_an_unknown_failure(location: str) -> None:
    assert type(refusal(302, **{"Location": location})) is UnknownFailure
