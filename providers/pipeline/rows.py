"""Steps 2 and 3 of the line: the stored bytes of an answer become rows, which the store takes apart on their way."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Protocol

from providers.pipeline.kept_names import KeptNames
from providers.pipeline.plan import Due
from providers.pipeline.replaced_days import ReplacedDays
from providers.toolkit.errors import SyncError, Unreadable
from providers.toolkit.formats import document
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Reading
from providers.toolkit.rows import AssetSeen, Figure, Row, SessionSeen

NumberedFigure = tuple[int, int, Decimal | int, str, str]  # series and day, minute, value, key, asset


class Part(Protocol):
    """A page of an answer, as it is kept."""

    content_type: str
    status: int

    @property
    def body(self) -> bytes: ...


class PagedSession(NamedTuple):
    """A session, and the page that names it."""

    page: int
    seen: SessionSeen


class NumberedSession(NamedTuple):
    """A session, and its number among those of a page with equal start, address and agent."""

    seen: SessionSeen
    number: int


def read(due: Due, provider: Provider, parts: Iterable[Part], reading: Reading) -> Iterator[Row | PagedSession]:
    """The rows of all parts, one part in memory at a time. Raises Unreadable."""
    feed = due.feed
    for number, part in enumerate(parts):
        try:
            page = document(feed.format or provider.format, feed.nothing, part.body, part.content_type, part.status)
            for row in feed.read(page, reading):
                yield PagedSession(number, row) if type(row) is SessionSeen else row
        except SyncError:
            raise
        except Exception as error:  # a shape that the reader's author did not think of
            raise Unreadable(f"The reader can't follow this answer: {type(error).__name__}: {error}") from error


@dataclass
class SortedRows:
    """The rows of a reading by what they are: figures stream on, the few assets and sessions are kept."""

    rows: Iterable[Row | PagedSession]
    replaced: ReplacedDays
    names: KeptNames = field(default_factory=KeptNames)
    assets: list[AssetSeen] = field(default_factory=list)
    sessions: list[NumberedSession] = field(default_factory=list)
    alike: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def figures(self) -> Iterator[NumberedFigure]:
        """Those of days that the reading replaces, with names as they can be kept."""
        number_of, key_of, id_of = self.replaced.number_of, self.names.key, self.names.external_id
        for row in self.rows:
            if type(row) is Figure:
                if (number := number_of(row)) is not None:
                    yield number, row.minute, row.value, key_of(row.key), id_of(row.asset)
            elif isinstance(row, AssetSeen):
                self.assets.append(self.names.asset(row))
            elif isinstance(row, PagedSession):
                self.sessions.append(self._numbered(row))

    def _numbered(self, session: PagedSession) -> NumberedSession:
        """Sessions that one page names twice are two. Of two pages one can't tell: the list may have moved between them, or the
        last page have come again."""
        seen = self.names.session(session.seen)
        self.alike[alike := (session.page, seen.started, seen.ip, seen.user_agent)] += 1
        return NumberedSession(seen, self.alike[alike])
