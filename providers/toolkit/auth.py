"""How requests are signed: a small vocabulary. What only one vendor does is in its catalog file.

`sign()` is called anew at each try. Vendors with a log-in have a *session*: what `log_in()` got, kept encrypted with the
connection until it expires or is refused.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from providers.toolkit.requests import Answer, Request

Credentials = Mapping[str, str]
Send = Callable[[Request], Answer]


class Auth:
    """Base: no session."""

    has_session = False

    def sign(self, request: Request, credentials: Credentials, session: Mapping[str, Any], now: datetime) -> Request:
        return request

    def log_in(self, send: Send, credentials: Credentials) -> dict[str, Any]:
        """Opens a session. `send` makes one unsigned request. Raises AskPerson where the credentials are refused."""
        return {}

    def is_fresh(self, session: Mapping[str, Any], now: datetime) -> bool:
        return True


class QueryKey(Auth):
    """The key as a parameter of the address: `?apikey=…`."""

    def __init__(self, parameter: str, credential: str) -> None:
        self.parameter, self.credential = parameter, credential

    def sign(self, request: Request, credentials: Credentials, session: Mapping[str, Any], now: datetime) -> Request:
        return replace(request, params={self.parameter: credentials[self.credential], **request.params})


class Basic(Auth):
    """HTTP Basic (RFC 7617)."""

    def __init__(self, login: str, password: str) -> None:
        self.login, self.password = login, password

    def sign(self, request: Request, credentials: Credentials, session: Mapping[str, Any], now: datetime) -> Request:
        pair = f"{credentials[self.login]}:{credentials[self.password]}".encode()
        return replace(
            request, headers={**request.headers, "Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        )
