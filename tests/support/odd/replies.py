"""An answer as bytes and headers; a sandbox that gives an odd one in the place of its own, and the way to ask it without
a socket."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from providers.sandbox import Sandbox
from providers.sandbox.faults import Fault
from providers.sandbox.wire import Answer

PAGES = {"page", "offset", "FirstResult"}
MOST_ROWS = 30
LOG_INS = ("/api/identify/", "/api/authenticate/", "/auth-token/")


@dataclass(frozen=True)
class Reply:
    """`breaks_off`: the connection is closed before the announced length has come. `query` is what was asked for."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    breaks_off: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    first_body: bytes = b""  # of the first page, where this is a later one

    def saying(self, body: bytes, **changes: Any) -> "Reply":
        return replace(self, body=body, **changes)


Spoil = Callable[[Reply], Reply | None]  # None: it has no way to be so


class OddSandbox(Sandbox):
    """What `spoil` makes of each answer but those to log-ins is sent; `spoiled` counts them."""

    spoil: Spoil | None = None
    spoiled = 0
    first_bodies: dict[Any, bytes] = {}
    shortened: dict[str, tuple[Answer, Fault | None]] | None = (
        None  # answers of addresses, made once; long lists are cut
    )

    def good(self, method: str, target: str, headers: Any, body: bytes) -> tuple[Answer, Fault | None]:
        if self.shortened is None or method != "GET" or self.faults.list():
            return super().respond(method, target, headers, body)
        if target not in self.shortened:
            answer, fault = super().respond(method, target, headers, body)
            if "/aggregations" in target and answer.status == 200:
                assert isinstance(answer.body, bytes)
                answer = replace(answer, body=json.dumps(json.loads(answer.body)[:MOST_ROWS]).encode())
            self.shortened[target] = answer, fault
        return self.shortened[target]

    @contextmanager
    def odd(self, spoil: Spoil, fault: str = "") -> Iterator[None]:
        """Answers are so within the block; or as a fault of the sandbox's own makes them."""
        self.spoil, self.spoiled, self.first_bodies = spoil, 0, {}
        if fault:
            self.faults.add(kind=fault)
        try:
            yield
        finally:
            self.spoil = None
            self.faults.clear()

    def respond(self, method: str, target: str, headers: Any, body: bytes) -> tuple[Answer, Fault | None]:
        answer, fault = self.good(method, target, headers, body)
        parts = urlsplit(target)
        if self.spoil is None or any(path in parts.path for path in LOG_INS) or parts.path.startswith("/_"):
            return answer, fault
        whole = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
        query = dict(parse_qsl(parts.query))
        asked = (parts.path, *sorted((name, value) for name, value in query.items() if name not in PAGES))
        first = self.first_bodies.setdefault(asked, whole)
        good = Reply(whole, answer.content_type, answer.status, answer.headers, query=query, first_body=first)
        reply = self.spoil(good)
        if reply is None:
            return answer, fault
        self.spoiled += 1
        sent = Answer(reply.body, reply.content_type, reply.status, dict(reply.headers))
        return sent, Fault(0, "cut_body") if reply.breaks_off else fault


class WithoutSocket(HTTPAdapter):
    """Answers of `sandbox`, as requests and urllib3 would have read them from a socket."""

    sandbox: ClassVar[Sandbox]

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        target = request.path_url
        answer, fault = self.sandbox.respond(request.method or "GET", target, request.headers, body)
        whole = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(whole)), **answer.headers}
        raw = urllib3.HTTPResponse(
            io.BytesIO(whole[: len(whole) * 2 // 3] if fault and fault.kind == "cut_body" else whole),
            headers=headers,
            status=answer.status,
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)
