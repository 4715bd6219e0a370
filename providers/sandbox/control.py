"""The sandbox's own addresses: its truth, its faults, its clock, and what it was asked."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from . import ledger
from .accounts import ACCOUNTS
from .wire import Answer, instant, json_answer

if TYPE_CHECKING:
    from .server import Sandbox


def answer(sandbox: "Sandbox", method: str, path: str, query_string: str, body: bytes) -> Answer:
    """Routes a request that is not for a vendor; a wrong one is HTTP 400 and says why."""
    query = dict(parse_qsl(query_string, keep_blank_values=True))
    try:
        sent = json.loads(body) if body else {}
        if not isinstance(sent, dict):
            raise ValueError("the body must be a JSON object")
        return _route(sandbox, method, path.rstrip("/"), query, sent)
    except ValueError as error:
        return json_answer({"error": str(error)}, 400)


def _route(sandbox: "Sandbox", method: str, path: str, query: dict[str, str], sent: dict[str, Any]) -> Answer:
    """The answer of one address; 404 for any other."""
    if (method, path) == ("GET", ""):
        return json_answer({"providers": [f"/{name}" for name in ACCOUNTS["north"]], "accounts": ACCOUNTS})
    if (method, path) == ("GET", "/_ledger"):
        return ledger.answer(sandbox.moment(), query)
    if (method, path) == ("GET", "/_ledger/sessions"):
        return ledger.sessions_answer(sandbox.moment(), query)
    if path == "/_faults" and method in ("GET", "POST", "DELETE"):
        return _faults(sandbox, method, sent)
    if path == "/_clock" and method in ("GET", "POST"):
        if method == "POST":
            _set_clock(sandbox, sent)
        return json_answer({"now": sandbox.clock().isoformat(), "pinned": sandbox.pinned is not None})
    if path == "/_requests" and method in ("GET", "DELETE"):
        return _requests(sandbox, method)
    return json_answer({"error": "Not Found"}, 404)


def _faults(sandbox: "Sandbox", method: str, sent: dict[str, Any]) -> Answer:
    """Lists the faults, after adding one or clearing all."""
    if method == "DELETE":
        sandbox.faults.clear()
    elif method == "POST":
        sandbox.faults.add(**sent)
    return json_answer({"faults": sandbox.faults.list()})


def _set_clock(sandbox: "Sandbox", sent: dict[str, Any]) -> None:
    """`{"now": "2026-01-20T12:00:00Z"}` pins the clock, null lets it run again."""
    text = sent.get("now")
    pinned = instant(text) if isinstance(text, str) else None
    if pinned is None and text is not None:
        raise ValueError(f"now must be an ISO date and time or null, not {text!r}")
    sandbox.pinned = pinned


def _requests(sandbox: "Sandbox", method: str) -> Answer:
    """All requests to vendors since the start, or since DELETE."""
    if method == "DELETE":
        sandbox.requests.clear()
    return json_answer({"requests": [asdict(record) for record in list(sandbox.requests)]})
