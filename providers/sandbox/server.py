"""The sandbox as a server: it listens, finds the vendor, lets faults strike, and records the requests."""

import hashlib
import socket
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from . import control
from .faults import Fault, instead
from .vendor import Vendor
from .vendors import VENDORS
from .wire import Answer, Request
from .world import Record, World


class Sandbox(World):
    """The vendors on one port. `with Sandbox() as sandbox: sandbox.url`."""

    def __init__(
        self,
        port: int = 0,
        seed: int = 1,
        assets: int = 6,
        rows: int = 40,
        host: str = "127.0.0.1",
        now: datetime | None = None,
        vendors: Mapping[str, Vendor] = VENDORS,
        **limits: int | None,
    ) -> None:
        """`smartstream_limit=None` lifts SmartSTREAM's limit, a number replaces it; so for each vendor that has one."""
        known = {f"{name}_limit": name for name, vendor in vendors.items() if vendor.limit is not None}
        if unknown := set(limits) - set(known):
            raise TypeError(f"no vendor has {', '.join(sorted(unknown))}, only {', '.join(known)}")
        super().__init__(vendors, seed, assets, rows, now, {known[name]: limit for name, limit in limits.items()})
        self._thread: Thread | None = None
        self._server = _Server((host, port), self)
        self.host, self.port = host, int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def serve_forever(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def start(self) -> Self:
        """Serves from a thread that ends with the process."""
        self._thread = Thread(target=self.serve_forever, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops listening and hangs up on who is still connected."""
        if self._thread:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.hang_up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def respond(self, method: str, target: str, headers: Any, body: bytes) -> tuple[Answer, Fault | None]:
        """The answer to a request, and the fault that is to spoil its sending."""
        started, parts = time.monotonic(), urlsplit(target)
        name, _, path = unquote(parts.path).lstrip("/").partition("/")
        vendor = self.vendors.get(name)
        if vendor is None:
            return control.answer(self, method, parts.path, parts.query, body), None
        request = Request(name, method, f"/{path}", parts.query, headers, body, self.moment())
        request.settings, request.wait = self.faults.settings(), self.limiters[name].wait
        request.repeats = lambda: bool(self.faults.pick(name, target, "repeated_page"))
        request.empties = lambda: bool(self.faults.pick(name, target, "emptied"))
        fault = self.faults.pick(name, target)
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        answer = (instead(fault, request, vendor.failure) if fault else None) or vendor.answer(request)
        digest = hashlib.sha256(request.credential.encode()).hexdigest()[:12] if request.credential else ""
        text = body[:2000].decode(errors="replace")
        self.requests.append(Record(name, method, request.target, started, digest, answer.status, text))
        return answer, fault


class _Server(ThreadingHTTPServer):
    """Remembers its connections, so that a stopped sandbox is really gone."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.connections: set[socket.socket] = set()
        self.is_gone = False
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        self.is_gone = True
        for connection in list(self.connections):
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is not worth a traceback; anything else is a defect of the sandbox."""
        if not self.is_gone and not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections that stay open; an answer leaves in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def _serve(self) -> None:
        """One request and its answer, spoiled where a fault wants it so."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer, fault = self.server.sandbox.respond(self.command, self.path, self.headers, body)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if isinstance(answer.body, bytes):
            self._send(answer.body, fault.kind if fault else "", fault.seconds if fault else 0)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in answer.body:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_DELETE = do_PUT = _serve

    def _send(self, body: bytes, spoiled: str, seconds: float) -> None:
        """The body, or what a fault leaves of it: a third is missing, announced (cut_body) or not (malformed); or byte by byte
        (drip)."""
        shown = body[: len(body) * 2 // 3] if spoiled in ("cut_body", "malformed") else body
        self.send_header("Content-Length", str(len(shown if spoiled == "malformed" else body)))
        if spoiled == "cut_body":
            self.close_connection = True
        self.end_headers()
        for number in range(len(shown) if spoiled == "drip" else 0):
            self.wfile.write(shown[number : number + 1])
            self.wfile.flush()
            time.sleep(seconds)
        self.wfile.write(b"" if spoiled == "drip" else shown)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are kept in `Sandbox.requests`; the console stays free."""
        return
