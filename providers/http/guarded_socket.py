"""What requests and urllib3 do not do by themselves, at the socket:

a deadline for a whole answer   they know time-outs between two bytes only: a server that drips one a minute could hold a
                                request, and with it its connection's run, for ever
public addresses only           checked where the socket is opened (`public_address.connect`)

GuardedAdapter -> its pools -> their connections -> Answering: each read waits for what is left of the time
"""

import http.client
import io
import socket
import time
from typing import Any

from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from providers.http.public_address import connect


class Reader(io.RawIOBase):
    """The socket's bytes until the deadline; then TimeoutError, as when none comes."""

    def __init__(self, connection: socket.socket) -> None:
        self.source = connection.makefile("rb", buffering=0)
        self.connection, self.patience = connection, connection.gettimeout()
        self.deadline = time.monotonic() + settings.PROVIDER_DEADLINE_SECONDS

    def readinto(self, buffer: Any) -> int | None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        self.connection.settimeout(left if self.patience is None else min(self.patience, left))
        return self.source.readinto(buffer)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.source.close()
        super().close()


class Answering(http.client.HTTPResponse):
    """Reads the status, the headers and the body through a Reader."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp.close()
        self.fp = io.BufferedReader(Reader(sock))


class Guarded(HTTPConnection):
    """As urllib3's own, but for who opens the socket."""

    response_class = Answering

    def _new_conn(self) -> socket.socket:
        try:
            return connect(self._dns_host, self.port, self.timeout, self.socket_options or [])
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"Connection to {self.host} timed out") from error
        except OSError as error:
            raise NewConnectionError(self, f"Failed to establish a new connection: {error}") from error


class GuardedOverTls(Guarded, HTTPSConnection):
    """The same, with TLS."""


class PlainPool(HTTPConnectionPool):
    ConnectionCls = Guarded


class SafePool(HTTPSConnectionPool):
    ConnectionCls = GuardedOverTls


class GuardedAdapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SafePool}
