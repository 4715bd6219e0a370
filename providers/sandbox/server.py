"""The sandbox as a server: it listens, finds the vendor, lets the faults have their way, and keeps a list of requests."""

import hashlib
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from . import control
from .faults import Fault, Faults, instead
from .truth import Moment
from .vendors.boomstream import api as boomstream
from .vendors.callfire import api as callfire
from .vendors.platform247 import api as platform247
from .vendors.scaleengine import api as scaleengine
from .vendors.smartstream import api as smartstream
from .vendors.smartstream.gate import Limiter
from .wire import Answer, Request

PROVIDERS: dict[str, Callable[[Request], Answer]] = {
    "247platform": platform247.answer,
    "boomstream": boomstream.answer,
    "smartstream": smartstream.answer,
    "callfire": callfire.answer,
    "scaleengine": scaleengine.answer,
}


@dataclass
class Record:
    """One request to a vendor: `path` with its query, `started` on the monotonic clock, a digest of the credential."""

    provider: str
    method: str
    path: str
    started: float
    digest: str
    status: int
    body: str = ""


class Sandbox:
    """The five vendors on one port. `with Sandbox() as sandbox: sandbox.url`."""

    def __init__(
        self,
        port: int = 0,
        seed: int = 1,
        assets: int = 6,
        rows: int = 40,
        host: str = "127.0.0.1",
        now: datetime | None = None,
        smartstream_limit: int | None = 50,
    ) -> None:
        self.seed, self.assets, self.rows = seed, assets, rows
        self.pinned = now.astimezone(UTC) if now else None
        self.requests: deque[Record] = deque(maxlen=100_000)
        self.faults = Faults(seed)
        self.limiter = Limiter(smartstream_limit)
        self._thread: Thread | None = None
        self._server = _Server((host, port), self)
        self.host, self.port = host, int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def clock(self) -> datetime:
        """The sandbox's time, in UTC: pinned, or the machine's."""
        return self.pinned or datetime.now(UTC)

    def moment(self) -> Moment:
        """The world as it is now; one request sees one moment."""
        return Moment(self.seed, self.assets, self.rows, self.clock(), self.faults.restated())

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
        if name not in PROVIDERS:
            return control.answer(self, method, parts.path, parts.query, body), None
        request = Request(name, method, f"/{path}", parts.query, headers, body, self.moment(), shape=self.faults.shape)
        request.wait = self.limiter.wait
        request.repeats = lambda: bool(self.faults.pick(name, target, repeated_page=True))
        fault = self.faults.pick(name, target)
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        answer = (instead(fault, request) if fault else None) or PROVIDERS[name](request)
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
