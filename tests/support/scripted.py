"""A vendor that answers with these very bytes: status line, headers and body, in order; the last of them ever after."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit


class Said(NamedTuple):
    """One answer. Its length is that of the body, unless the headers say something else."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str | bytes] = {}


class Scripted:
    """Where it stands, and what it was asked."""

    def __init__(self, answers: list[Said]) -> None:
        self.answers, self.asked, self.url = answers, [], ""  # type: tuple[list[Said], list[str], str]

    def next(self, path: str) -> Said:
        self.asked.append(urlsplit(path).path)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@contextmanager
def scripted(*answers: Said) -> Iterator[Scripted]:
    vendor = Scripted(list(answers))

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = vendor.next(self.path)
            self.send_response(said.status)
            headers = {"Content-Length": str(len(said.body)), "Connection": "close"} | dict(said.headers)
            head = b"".join(
                name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("latin-1")) + b"\r\n"
                for name, value in headers.items()
                if value != ""
            )
            self.flush_headers()
            self.wfile.write(head + b"\r\n" + said.body)

        do_POST = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        vendor.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield vendor
        finally:
            server.shutdown()
