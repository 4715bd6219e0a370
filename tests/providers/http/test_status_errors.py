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


def refusal(status: int, provider: str = "callfire", **headers: str) -> SyncError:
    with pytest.raises(SyncError) as raised:
        check_status(registry.get(provider), Answer(status, headers, b"<h1>No</h1>", lambda: None))
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
        ("", None),
    ],
)
def test_the_header_in_each_of_its_forms(text: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": text}) == seconds
