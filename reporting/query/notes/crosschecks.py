"""Figures that should agree, held against each other; where they don't, a note says by how much. Nothing is added or mended.

    crosscheck_account   a connection's account against its assets
    crosscheck_split     the rows of a dimension against the plain figure that they are a split of
    crosscheck_bytes     a platform's bytes against those of the CDN before it, on the same final days

One note at most for each metric and connection. All but the bytes by day is read for the report anyway.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import product

from reporting.metrics import METRICS, SUMMABLE
from reporting.periods import ReportInterval
from reporting.query.arithmetic import counting
from reporting.query.json_figures import plain
from reporting.query.report import Freshness, Note
from reporting.query.selection import CountedCells, Gatherer
from reporting.query.sql.cells import By, Cell

MOST_UNATTRIBUTED = Decimal("0.05")
MOST_BYTES_APART = Decimal("0.1")
ROUNDING = Decimal("0.001")  # vendors round hours and megabytes, each asset's by itself

Sums = dict[tuple[str, int], Decimal]  # (metric, connection)


def crosschecks(gather: Gatherer, counted: CountedCells | None, freshness: Iterable[Freshness]) -> list[Note]:
    """`counted` is what the rows are made of; None where they come as they are."""
    if not gather.sums:
        return []
    notes = [*of_bytes(gather, freshness)]
    if not gather.query.is_of_customers_or_assets:
        notes += of_accounts(gather)
    if counted and gather.query.grouped_dimension and not gather.query.keys:
        notes += of_splits(gather, counted)
    return notes


def of_accounts(gather: Gatherer) -> Iterator[Note]:
    """What no asset accounts for: much of the account's figure, or less than nothing."""
    levels: defaultdict[str, Sums] = defaultdict(dict)
    for cell in gather.plain_figures():
        _add(levels[cell.level], cell)
    for place, account in sorted(levels["account"].items()):
        assets = levels["asset"].get(place)
        if assets is None or _is_unknown(account, assets):
            continue
        left = account - assets
        if left > abs(account) * MOST_UNATTRIBUTED or -left > abs(account) * ROUNDING:
            yield _note(
                gather,
                "crosscheck_account",
                place,
                {"account": account, "assets": assets},
                "{metric} of {connection}: its account says {account}, its assets together {assets}.",
            )


def of_splits(gather: Gatherer, counted: CountedCells) -> Iterator[Note]:
    split, whole = _sums(counted.adding), _sums(gather.of_remainder())
    for place, parts in sorted(split.items()):
        figure = whole.get(place)
        if figure is None or place[0] not in SUMMABLE or _is_unknown(parts, figure):
            continue
        if parts - figure > abs(figure) * ROUNDING:
            yield _note(
                gather,
                "crosscheck_split",
                place,
                {"split": parts, "figure": figure},
                "{metric} of {connection}: the rows by "
                + gather.query.grouped_dimension
                + " add up to {split}, which is "
                "more than {figure}, the figure that they split.",
            )


def of_bytes(gather: Gatherer, freshness: Iterable[Freshness]) -> Iterator[Note]:
    """Of each metric the platform and the CDN that differ most."""
    names = [name for name in gather.sums if METRICS[name].is_split_by_provider]
    links, query = gather.scope.connections, gather.query
    providers = {links[cell.connection].provider for cell in gather.plain_figures() if cell.metric in names}
    if len(providers) < 2 or query.interval in (ReportInterval.HOUR, ReportInterval.MINUTE, ReportInterval.LIFETIME):
        return
    # Two platforms each count their own videos.
    of_cdns = [metric.name for metric in METRICS.values() if metric.is_cdns]
    cdns = {links[cell.connection].provider for cell in _by_day(gather, of_cdns, By())}
    if not cdns & providers or providers <= cdns:
        return
    final = {one.connection: one.final_through for one in freshness}
    cells = _by_day(gather, names, By(ReportInterval.DAY))
    for name in names:
        by_day: defaultdict[str, dict[date, Decimal]] = defaultdict(dict)
        for cell in counting([cell for cell in cells if cell.metric == name], gather.ranks(By())):
            link, day = links[cell.connection], cell.day
            through = final[link.slug]
            if day and through and day <= through and cell.value is not None:
                by_day[link.provider][day] = by_day[link.provider].get(day, Decimal(0)) + cell.value
        if apart := _furthest_apart(by_day, cdns):
            yield _note_of_bytes(name, *apart)


Apart = tuple[str, Decimal, str, Decimal, list[date]]


def _by_day(gather: Gatherer, names: list[str], by: By) -> list[Cell]:
    return gather.cells.sums(names, gather.query.days, by, ReportInterval.DAY, *gather.query.plain)


def _furthest_apart(by_day: Mapping[str, Mapping[date, Decimal]], cdns: Collection[str]) -> Apart | None:
    """Of all pairs of a platform and a CDN: both sums over the days that both have, where they differ by more than a tenth."""
    found: list[tuple[Decimal, Apart]] = []
    for one, other in product(sorted(by_day.keys() - cdns), sorted(by_day.keys() & cdns)):
        days = sorted(by_day[one].keys() & by_day[other].keys())
        first, second = (sum((by_day[name][day] for day in days), Decimal(0)) for name in (one, other))
        largest = max(first, second)
        if not _is_unknown(first, second) and largest > 0 and abs(first - second) > largest * MOST_BYTES_APART:
            found.append((abs(first - second) / largest, (one, first, other, second, days)))
    return max(found)[1] if found else None


def _note_of_bytes(name: str, one: str, first: Decimal, other: str, second: Decimal, days: list[date]) -> Note:
    share = 100 * abs(first - second) / max(first, second)
    words = (
        f"{METRICS[name].label} over the same {len(days)} days: {one} counted {first:,} bytes, {other} {second:,}, which is "
        f"{share:.0f} % apart. What the CDN delivers for the platform is missing in one of them, or it delivers more than that."
    )
    figures = {one: plain(METRICS[name], first), other: plain(METRICS[name], second)}
    return Note("crosscheck_bytes", words, name, {"from": f"{days[0]}", "to": f"{days[-1]}", "figures": figures})


def _note(gather: Gatherer, code: str, place: tuple[str, int], figures: Mapping[str, Decimal], words: str) -> Note:
    name, connection = place
    metric, link, costs = METRICS[name], gather.scope.connections[connection], gather.query.reader.costs
    seen = {key: costs.amount(metric, value, link.currency) for key, value in figures.items()}
    shown = {key: f"{value:,}" for key, value in seen.items()}
    detail = words.format(metric=metric.label, connection=link.slug, **shown)
    told = {key: plain(metric, value) for key, value in seen.items()}
    return Note(code, detail, name, {"connection": link.slug, **told})


def _sums(cells: Iterable[Cell]) -> Sums:
    found: Sums = {}
    for cell in cells:
        _add(found, cell)
    return found


def _add(sums: Sums, cell: Cell) -> None:
    if cell.value is not None:
        place = (cell.metric, cell.connection)
        sums[place] = sums.get(place, Decimal(0)) + cell.value


def _is_unknown(*figures: Decimal) -> bool:
    """As of a day that is long over."""
    return any(figure.is_nan() for figure in figures)
