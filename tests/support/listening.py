"""A server on loopback that keeps every byte it is sent: what arrives there has left us."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener(ThreadingHTTPServer):
    """Answers every request with the same few bytes."""

    answer, content_type, status, scheme = b"{}", "application/json", 200, "http"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[str] = []
        self.headers: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def has_heard(self, *secrets: str) -> bool:
        return any(secret in heard for secret in secrets for heard in self.heard)


class Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("utf-8", "replace")
        self.server.heard.append(f"{self.requestline}\n{self.headers}\n{body}")
        self.send_response(self.server.status)
        headers = {"Content-Type": self.server.content_type, "Content-Length": str(len(self.server.answer))}
        for name, value in (headers | self.server.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.answer)

    do_POST = do_GET

    def handle(self) -> None:
        with suppress(OSError):  # whoever asks may hang up: over TLS before anything was said
            super().handle()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Tests are quiet."""


@contextmanager
def listening() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=10)
