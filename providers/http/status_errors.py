"""HTTP's own words for a failure, where the provider's were none."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from providers.toolkit.errors import AskPerson, NotFound, RateLimited, SessionRefused, TryAgain, UnknownFailure
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Answer

DEFAULT_WAIT = 30.0  # seconds, after a 429 that names none


def check_status(provider: Provider, answer: Answer, base_url: str = "") -> None:
    """Raises the SyncError that the status means; returns where it is a success. `base_url` is the address that was asked."""
    status, name = answer.status, provider.name
    if 200 <= status < 300:
        return
    if status == 429:
        wait = retry_after(answer.headers)
        raise RateLimited(f"{name} asks to wait (429)", retry_after=DEFAULT_WAIT if wait is None else wait)
    if status >= 500:
        raise TryAgain(f"{name} has an error of its own ({status})", retry_after=retry_after(answer.headers))
    if status == 403 and _is_firewall(answer):
        raise TryAgain(f"A firewall before {name} refuses us for now (403)", retry_after=retry_after(answer.headers))
    if status in (401, 403):
        refused = SessionRefused if provider.auth.has_session else AskPerson
        raise refused(f"{name} refuses the credentials ({status}). Enter them again.")
    if status == 404:
        raise NotFound(f"{name} does not know this (404).")
    if 300 <= status < 400 and (elsewhere := _moved_to(answer, base_url or provider.base_url)):
        raise AskPerson(f"{name} has moved to {elsewhere} ({status}). Check with the vendor, then enter that address.")
    raise UnknownFailure(f"{name} answered {status}: {answer.body[:200].decode('utf-8', 'replace')}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, maybe with a fraction, or an HTTP date (RFC 9110, 10.2.3); None for anything else."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def _is_firewall(answer: Answer) -> bool:
    """A 403 that is not the vendor's API speaking: it says when to come back, or is a page for people."""
    beginning = answer.body[:200].lstrip().lower()
    is_page = "html" in answer.headers.get("Content-Type", "").lower() or beginning.startswith(
        (b"<!doctype html", b"<html")
    )
    return is_page or bool(answer.headers.get("Retry-After"))


def _moved_to(answer: Answer, base_url: str) -> str:
    """Scheme and host of a redirect that leads to others than were asked; its path and query may hold a key."""
    try:
        here, there = urlsplit(base_url), urlsplit(urljoin(base_url, answer.headers.get("Location", "")))
        is_other = (here.scheme, here.hostname, here.port) != (there.scheme, there.hostname, there.port)
        host = f"{there.hostname}:{there.port}" if there.port else there.hostname
    except ValueError:
        return ""
    return f"{there.scheme}://{host}" if is_other and there.hostname else ""
