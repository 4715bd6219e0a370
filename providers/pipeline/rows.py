"""Steps 2 and 3 of the line: the stored bytes of an answer become rows, which the store takes apart on their way."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from providers.pipeline.plan import Due
from providers.pipeline.replaced_days import ReplacedDays
from providers.toolkit.errors import SyncError, Unreadable
from providers.toolkit.formats import PARSERS
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Reading
from providers.toolkit.rows import AssetSeen, Figure, Row, SessionSeen

LONGEST_KEY = 300  # as Fact.key and Asset.external_id: an index holds no more
LONGEST_ID = 1000

NumberedFigure = tuple[int, int, Decimal | int, str, str]  # series and day, minute, value, key, asset


def read(due: Due, provider: Provider, bodies: Iterable[bytes], reading: Reading) -> Iterator[Row]:
    """The rows of all parts, one part in memory at a time. Raises Unreadable."""
    parse = PARSERS[due.feed.format or provider.format]
    for body in bodies:
        try:
            yield from due.feed.read(parse(body), reading)
        except SyncError:
            raise
        except Exception as error:  # a shape that the reader's author did not think of
            raise Unreadable(f"The reader can't follow this answer: {type(error).__name__}: {error}") from error


@dataclass
class SortedRows:
    """The rows of a reading by what they are: figures stream on, the few assets and sessions are kept."""

    rows: Iterable[Row]
    replaced: ReplacedDays
    assets: list[AssetSeen] = field(default_factory=list)
    sessions: list[SessionSeen] = field(default_factory=list)

    def figures(self) -> Iterator[NumberedFigure]:
        """Those of days that the reading replaces. Raises Unreadable where a name is too long to be kept."""
        number_of = self.replaced.number_of
        for row in self.rows:
            if type(row) is Figure:
                if len(row.key) > LONGEST_KEY or len(row.asset) > LONGEST_ID:
                    raise Unreadable(f"A name is too long to be kept: {row.key or row.asset:.80}…")
                if (number := number_of(row)) is not None:
                    yield number, row.minute, row.value, row.key, row.asset
            elif isinstance(row, AssetSeen):
                self.assets.append(row)
            elif isinstance(row, SessionSeen):
                self.sessions.append(row)
