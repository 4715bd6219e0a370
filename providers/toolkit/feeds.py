"""A *feed* is one statistic of a provider that can be asked for: which days and assets one reading of it covers, and which
series of facts it owns.

Its `ask()` is a generator: it yields each request and is sent the answer's document, so that paging reads as a loop; what may
be asked for at once it yields as a list, and is sent a list. Its `read()` turns one page of an answer into rows. Neither
touches the database or the network. `read()` sees no credentials, so that a stored answer can be read again at any time.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from providers.toolkit.requests import Ask, Document, Pages, Reading
from providers.toolkit.rows import Row


class Per(StrEnum):
    """What one reading of a feed is about."""

    CONNECTION = "connection"
    ASSET = "asset"
    ACCESS = "access"


class Cadence(StrEnum):
    """Which days one reading covers."""

    DAY = "day"
    RANGE = "range"  # up to `chunk_days`
    MONTH = "month"  # whole calendar months, up to `chunk_days`
    NOW = "now"  # the state or the lifetime at the moment of asking


class Span(StrEnum):
    """Which days of a series one reading replaces."""

    WINDOW = "window"  # the days asked for
    READING = "reading"  # the day of asking
    LOG = "log"  # from the first to the last day that the answer names; the log may roll (`pipeline/log_days.py`)
    WHOLE_LOG = "whole log"  # the same, of a log that lists all: until then its figures stand instead of differences


class Series(NamedTuple):
    """Facts that a feed owns: what a reading does not name any more is removed within its span."""

    metric: str
    interval: str = "day"
    dimension: str = ""
    span: Span = Span.WINDOW


class Feed:
    """One statistic. A catalog file sets the attributes and writes `ask` and `read`."""

    name: str
    series: Sequence[Series] = ()
    per: Per = Per.ASSET
    kinds: Sequence[str] = ()  # the kinds of assets it can be asked for
    cadence: Cadence = Cadence.RANGE
    chunk_days: int = 92
    default: bool = True
    discovers: bool = False  # it finds assets, and runs before the feeds that need them
    differences: Sequence[str] = ()  # metrics whose day figure is the difference between lifetime readings,
    # unless the answer has a whole log of them (a series of Span.WHOLE_LOG)
    asset_kind: str = (
        ""  # of the assets that its figures name: of a whole connection, or held by the asset that is asked for
    )
    format: str = ""  # where it is not the provider's
    nothing: bytes = b""  # what HTTP 204 stands for, where it is possible that there is nothing; else 204 is no answer
    requests_each: int = 1  # of a reading that is not empty and fits a page, where that is always more
    personal: bool = (
        False  # its answers hold personal data: only who may see such data sees them. Needed for SessionSeen rows
    )

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
