"""A provider's feeds as tables for people: one for each metric, what it is split by down, its intervals across."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from providers.toolkit.feeds import Feed, Per
from reporting.metrics import DIMENSIONS, METRICS
from reporting.models.ledger import Interval

NAMED = 3  # metrics in a title
SPOKEN = {Interval.MONTH: "Month", Interval.DAY: "Day", Interval.HOUR: "Hour", Interval.MINUTE: "Minute"}


@dataclass(frozen=True)
class Box:
    """One feed to tick."""

    name: str
    is_ticked: bool
    is_default: bool
    cost: float = 0.0  # requests a day

    @property
    def said(self) -> str:
        if 0 < self.cost < 0.1:
            return "< 0.1"
        return f"{self.cost:,.0f}" if self.cost >= 10 or self.cost.is_integer() else f"{self.cost:.1f}"

    @property
    def exact(self) -> str:
        return f"{self.cost:.4f}"


@dataclass
class FeedRow:
    label: str
    cells: list[list[Box]]

    @property
    def names(self) -> str:
        return " ".join(box.name for cell in self.cells for box in cell)


@dataclass
class FeedTable:
    title: str
    columns: list[str]
    rows: list[FeedRow] = field(default_factory=list)

    @property
    def has_names(self) -> bool:
        return any(self.columns)

    @property
    def ticked(self) -> int:
        return sum(box.is_ticked for row in self.rows for cell in row.cells for box in cell)


def tables(
    feeds: Iterable[Feed], ticked: Iterable[str], defaults: Iterable[str], costs: Mapping[str, float]
) -> list[FeedTable]:
    """In the order of the feeds."""
    ticked, defaults = set(ticked), set(defaults)
    groups: dict[str, list[Feed]] = {}
    for feed in feeds:
        groups.setdefault(title_of(feed), []).append(feed)

    def box(feed: Feed) -> Box:
        return Box(feed.name, feed.name in ticked, feed.name in defaults, costs.get(feed.name, 0.0))

    found = []
    for title, members in groups.items():
        columns = _columns(members)
        rows: dict[str, FeedRow] = {}
        for feed in members:
            label = _label(feed, members)
            row = rows.setdefault(label, FeedRow(label, [[] for _ in columns]))
            row.cells[columns.index(interval_of(feed))].append(box(feed))
        found.append(FeedTable(title, columns, list(rows.values())))
    return found


def title_of(feed: Feed) -> str:
    metrics = [METRICS[name].label for name in dict.fromkeys(series.metric for series in feed.series)]
    if metrics:
        more = f" and {len(metrics) - NAMED} more" if len(metrics) > NAMED else ""
        return ", ".join(metrics[:NAMED]) + more
    return "Pay-per-view sessions" if feed.per is Per.ACCESS else "Finding assets"


def interval_of(feed: Feed) -> str:
    """Its one interval in words; "" where it has several, or none."""
    intervals = {series.interval for series in feed.series}
    return SPOKEN.get(Interval(intervals.pop()), "") if len(intervals) == 1 else ""


def dimension_of(feed: Feed) -> str:
    """Its one dimension; "" where it has none, or several."""
    dimensions = {series.dimension for series in feed.series}
    return dimensions.pop() if len(dimensions) == 1 else ""


def _columns(feeds: list[Feed]) -> list[str]:
    found = {interval_of(feed) for feed in feeds}
    return [name for name in (*SPOKEN.values(), "") if name in found]


def _label(feed: Feed, others: list[Feed]) -> str:
    return ", ".join(_words(feed, others)).capitalize()


def _words(feed: Feed, others: list[Feed]) -> Iterator[str]:
    """What tells it from the others of its table but for the interval."""
    if not feed.series:
        yield feed.name
        return
    dimension = dimension_of(feed)
    yield f"by {DIMENSIONS[dimension].label.lower()}" if dimension else "total"
    if len({tuple(other.kinds) for other in others}) > 1:
        yield "the account" if tuple(feed.kinds) == ("account",) else "each asset"
