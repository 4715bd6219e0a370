"""Steps 2 and 3 of the line: the stored bytes of an answer become rows, which the store takes apart on their way."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

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


def read(due: Due, provider: Provider, parts: Iterable[Part], reading: Reading) -> Iterator[Row]:
    """The rows of all parts, one part in memory at a time. Raises Unreadable."""
    feed = due.feed
    for part in parts:
        try:
            page = document(feed.format or provider.format, feed.nothing, part.body, part.content_type, part.status)
            rows = feed.read(page, reading)
            yield from rows if due.access is None else _numbered(rows)
        except SyncError:
            raise
        except Exception as error:  # a shape that the reader's author did not think of
            raise Unreadable(f"The reader can't follow this answer: {type(error).__name__}: {error}") from error


def _numbered(rows: Iterable[Row]) -> Iterator[Row]:
    """Sessions that one page names twice are two. Of two pages one can't tell: the list may have moved between them."""
    seen: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        if isinstance(row, SessionSeen):
            seen[who := (row.started, row.ip, row.user_agent)] += 1
            yield row._replace(number=seen[who])
        else:
            yield row


@dataclass
class SortedRows:
    """The rows of a reading by what they are: figures stream on, the few assets and sessions are kept."""

    rows: Iterable[Row]
    replaced: ReplacedDays
    names: KeptNames = field(default_factory=KeptNames)
    assets: list[AssetSeen] = field(default_factory=list)
    sessions: list[SessionSeen] = field(default_factory=list)

    def figures(self) -> Iterator[NumberedFigure]:
        """Those of days that the reading replaces, with names as they can be kept."""
        number_of, key_of, id_of = self.replaced.number_of, self.names.key, self.names.external_id
        for row in self.rows:
            if type(row) is Figure:
                if (number := number_of(row)) is not None:
                    yield number, row.minute, row.value, key_of(row.key), id_of(row.asset)
            elif isinstance(row, AssetSeen):
                self.assets.append(self.names.asset(row))
            elif isinstance(row, SessionSeen):
                self.sessions.append(self.names.session(row))
