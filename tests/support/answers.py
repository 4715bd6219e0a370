"""Other bytes than the sandbox sent, put in where the line receives its answers."""

from collections.abc import Callable
from typing import Any

import pytest

from providers.http.transport import Arrived, Transport
from providers.toolkit.requests import Answer, Request

Change = Callable[[Request, Answer], bytes | None]


def answers_change(
    monkeypatch: pytest.MonkeyPatch, change: Change, ask: Callable[[Request], Request] = lambda request: request
) -> None:
    """The line receives what `change` makes of an answer, with success; the answer itself where that is nothing. The vendor is
    asked what `ask` makes of the request."""
    send = Transport.send

    def changed(self: Transport, request: Request, parse: Callable[[bytes], Any]) -> Arrived:
        arrived = send(self, ask(request), parse)
        body = change(request, arrived.answer)
        return arrived if body is None else arrived._replace(answer=Answer(200, {}, body, lambda: parse(body)))

    monkeypatch.setattr(Transport, "send", changed)
