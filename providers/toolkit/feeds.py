"""What a catalog file is written with: a provider, its credentials and options, its feeds, and the rows that they read.

A *feed* is one kind of question to a provider. Its `ask()` is a generator: it yields each request and is sent the answer's
document, so that paging reads as a loop; what may be asked for at once it yields as a list, and is sent a list. Its `read()`
turns one page of an answer into rows. Neither touches the database or the network. `read()` sees no credentials, so that a
stored answer can be read again at any time.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from providers.http.rate_limit import Limit
from providers.toolkit.auth import Auth
from providers.toolkit.rows import AssetSeen as AssetSeen  # a catalog file finds all its words here
from providers.toolkit.rows import Figure as Figure
from providers.toolkit.rows import Row as Row
from providers.toolkit.rows import SessionSeen as SessionSeen

# --- What is asked ----------------------------------------------------------------------------------------------------


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
    """The asset that a question is about."""

    external_id: str
    kind: str


@dataclass(frozen=True)
class Ask:
    """The circumstances of a question: everything a feed needs to write its requests."""

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

# --- Feeds ------------------------------------------------------------------------------------------------------------


class Per(StrEnum):
    """What one reading of a feed is about."""

    CONNECTION = "connection"
    ASSET = "asset"
    ACCESS = "access"


class Every(StrEnum):
    """Which days one reading covers."""

    DAY = "day"
    RANGE = "range"  # up to `chunk_days`
    MONTH = "month"  # whole calendar months, up to `chunk_days`
    NOW = "now"  # the state or the lifetime at the moment of asking


class Span(StrEnum):
    """Which days of a series one reading replaces."""

    WINDOW = "window"  # the days asked for
    READING = "reading"  # the day of asking
    REPORTED = "reported"  # from the first to the last day that the answer names


class Series(NamedTuple):
    """Facts that a feed owns: what a reading does not name any more is removed within its span."""

    metric: str
    interval: str = "day"
    dimension: str = ""
    span: Span = Span.WINDOW


class Feed:
    """One kind of question. A catalog file sets the attributes and writes `ask` and `read`."""

    name: str
    series: Sequence[Series] = ()
    per: Per = Per.ASSET
    kinds: Sequence[str] = ()  # the kinds of assets it can be asked for
    every: Every = Every.RANGE
    chunk_days: int = 92
    default: bool = True
    discovers: bool = False  # it finds assets, and runs before the feeds that need them
    differences: Sequence[str] = ()  # metrics whose day figure is the difference between lifetime readings
    asset_kind: str = ""  # of the assets that its figures name, where it is asked for a whole connection
    format: str = ""  # where it is not the provider's
    personal: bool = False  # its answers hold personal data: their bodies need the scope `ppv`

    def ask(self, ask: Ask) -> Pages:
        """Yields requests, or lists of them, is sent their documents. Raises Incomplete, Unreadable."""
        raise NotImplementedError

    def read(self, document: Document, reading: Reading) -> Iterator[Row]:
        """The rows of one page. Raises Unreadable where no rule covers what it finds."""
        raise NotImplementedError

    def is_default(self, options: Mapping[str, Any]) -> bool:
        """True where a plain sync asks for it."""
        return self.default

    def kinds_for(self, options: Mapping[str, Any]) -> Sequence[str]:
        """The kinds of assets that a plain sync asks for."""
        return self.kinds


# --- Providers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Credential:
    """A field of the credentials form. `needed=False`: it may be left out (see the provider's `check_credentials`)."""

    name: str
    label: str
    secret: bool = True
    needed: bool = True
    help: str = ""


@dataclass(frozen=True)
class Option:
    """A setting of a connection that is no secret. `many` options are lists of words; `choices` are the words it may be,
    any where there are none."""

    name: str
    label: str
    many: bool = False
    needed: bool = False
    help: str = ""
    default: Any = None
    choices: Sequence[str] = ()


class Answer(NamedTuple):
    """What came back. `document()` parses once; it raises Unreadable."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    document: Callable[[], Document]


class Provider:
    """One vendor, declared. Attributes first; a method only where the vendor is odd."""

    slug: str
    name: str
    docs: str
    base_url: str
    time_zone: str
    format: str  # "json" or "xml"
    auth: Auth
    credentials: Sequence[Credential]
    options: Sequence[Option] = ()
    feeds: Sequence[Feed]
    volatile: Sequence[str] = ()  # top-level fields of an answer that change without meaning anything
    limit: Limit | None = None
    in_flight: int = 4  # requests at the same time, within the limit
    reader_version: int = 1  # raised when `read` gives other rows for the same bytes

    def failure(self, answer: Answer) -> None:
        """Raises the error that the vendor's own words mean; returns where the answer is no failure in its own words.

        Called for every answer, before the HTTP status is looked at.
        """

    def account(self, credentials: Mapping[str, str], options: Mapping[str, Any]) -> AssetSeen | None:
        """The asset on which account-level figures hang, if the vendor gives any."""
        return None

    def check_credentials(self, credentials: Mapping[str, str]) -> str:
        """One sentence where the credentials can't work as they are, else nothing."""
        for wanted in self.credentials:
            if wanted.needed and not credentials.get(wanted.name):
                return f"the credential {wanted.name} is missing"
        return ""

    def feed(self, name: str) -> Feed:
        """Raises KeyError where it has no such feed."""
        return {feed.name: feed for feed in self.feeds}[name]

    def secrets(self, credentials: Mapping[str, str]) -> list[str]:
        """The values that must never be seen."""
        hidden = {c.name for c in self.credentials if c.secret}
        return [value for name, value in credentials.items() if name in hidden and value]
