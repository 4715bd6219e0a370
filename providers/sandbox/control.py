"""The sandbox's own addresses: its truth, its faults, its clock, and what it was asked."""

import json
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from . import ledger
from .vendor_accounts import NAMES
from .wire import Answer, instant, json_answer
from .world import World


def answer(world: World, method: str, path: str, query_string: str, body: bytes) -> Answer:
    """Routes a request that is not for a vendor; a wrong one is HTTP 400 and says why."""
    query = dict(parse_qsl(query_string, keep_blank_values=True))
    try:
        sent = json.loads(body) if body else {}
        if not isinstance(sent, dict):
            raise ValueError("the body must be a JSON object")
        return _route(world, method, path.rstrip("/"), query, sent)
    except ValueError as error:
        return json_answer({"error": str(error)}, 400)


def _route(world: World, method: str, path: str, query: dict[str, str], sent: dict[str, Any]) -> Answer:
    """The answer of one address; 404 for any other."""
    if (method, path) == ("GET", ""):
        known = {
            account: {name: one.credentials()[account] for name, one in world.vendors.items()} for account in NAMES
        }
        return json_answer({"providers": [f"/{name}" for name in world.vendors], "accounts": known})
    if (method, path) == ("GET", "/_ledger"):
        return ledger.answer(world.vendors, world.moment(), query)
    if (method, path) == ("GET", "/_ledger/sessions"):
        return ledger.sessions_answer(world.vendors, world.moment(), query)
    if path == "/_faults" and method in ("GET", "POST", "DELETE"):
        return _faults(world, method, sent)
    if path == "/_clock" and method in ("GET", "POST"):
        if method == "POST":
            _set_clock(world, sent)
        return json_answer({"now": world.clock().isoformat(), "pinned": world.pinned is not None})
    if path == "/_requests" and method in ("GET", "DELETE"):
        return _requests(world, method)
    return json_answer({"error": "Not Found"}, 404)


def _faults(world: World, method: str, sent: dict[str, Any]) -> Answer:
    """Lists the faults, after adding one or clearing all."""
    if method == "DELETE":
        world.faults.clear()
    elif method == "POST":
        world.faults.add(**sent)
    return json_answer({"faults": world.faults.list()})


def _set_clock(world: World, sent: dict[str, Any]) -> None:
    """`{"now": "2026-01-20T12:00:00Z"}` pins the clock, null lets it run again."""
    text = sent.get("now")
    pinned = instant(text) if isinstance(text, str) else None
    if pinned is None and text is not None:
        raise ValueError(f"now must be an ISO date and time or null, not {text!r}")
    world.pinned = pinned


def _requests(world: World, method: str) -> Answer:
    """All requests to vendors since the start, or since DELETE."""
    if method == "DELETE":
        world.requests.clear()
    return json_answer({"requests": [asdict(record) for record in list(world.requests)]})
