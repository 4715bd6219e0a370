"""What passes between a feed and a provider: the request, the circumstances in which it is asked for (`Ask`) or its answer is
read (`Reading`), and the answer. Plain data: nothing here touches the database or the network.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo


class Window(NamedTuple):
    """Days of the provider's calendar, both included."""

    start: date
    end: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    def days(self) -> list[date]:
        return [self.start + timedelta(days=n) for n in range((self.end - self.start).days + 1)]


@dataclass(frozen=True)
class Request:
    """One request, unsigned. `path` is appended to the provider's base; `form` is sent urlencoded, `json` as JSON."""

    path: str
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None


@dataclass(frozen=True)
class AssetRef:
    """The asset that a request is about."""

    external_id: str
    kind: str


@dataclass(frozen=True)
class Ask:
    """The circumstances of asking: everything a feed needs to write its requests."""

    window: Window
    zone: ZoneInfo
    now: datetime
    credentials: Mapping[str, str]
    options: Mapping[str, Any]
    asset: AssetRef | None = None
    access: str = ""  # the viewer's password, for a feed of PPV sessions

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Reading:
    """The circumstances in which a stored answer is read: those of its snapshot, never those of today."""

    window: Window
    zone: ZoneInfo
    fetched_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)
    asset: AssetRef | None = None

    @property
    def day(self) -> date:
        """The day of asking, in the provider's zone."""
        return self.fetched_at.astimezone(self.zone).date()


Document = Any  # lxml element or JSON value
Pages = Generator[Request | list[Request], Document, None]  # for a list of requests the list of their documents


class Answer(NamedTuple):
    """What came back. `document()` parses once; it raises Unreadable."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    document: Callable[[], Document]
