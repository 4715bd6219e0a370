"""HTTP's own words for a failure, where the provider's were none."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from providers.toolkit.errors import AskPerson, NotFound, RateLimited, SessionRefused, TryAgain, UnknownFailure
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Answer

DEFAULT_WAIT = 30.0  # seconds, after a 429 that names none


def check_status(provider: Provider, answer: Answer) -> None:
    """Raises the SyncError that the status means; returns where it is a success."""
    status, name = answer.status, provider.name
    if 200 <= status < 300:
        return
    if status == 429:
        wait = retry_after(answer.headers)
        raise RateLimited(f"{name} asks to wait (429)", retry_after=DEFAULT_WAIT if wait is None else wait)
    if status >= 500:
        raise TryAgain(f"{name} has an error of its own ({status})", retry_after=retry_after(answer.headers))
    if status in (401, 403):
        refused = SessionRefused if provider.auth.has_session else AskPerson
        raise refused(f"{name} refuses the credentials ({status}). Enter them again.")
    if status == 404:
        raise NotFound(f"{name} does not know this (404).")
    raise UnknownFailure(f"{name} answered {status}: {answer.body[:200].decode('utf-8', 'replace')}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or an HTTP date (RFC 9110, 10.2.3)."""
    value = headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
