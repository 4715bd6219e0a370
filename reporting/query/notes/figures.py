"""Notes on the figures themselves: those that are missing on purpose, partial, provisional, or lifetime readings."""

from collections.abc import Iterator, Mapping

from reporting.metrics import LOGGED, METRICS, SUMMABLE
from reporting.periods import DAY, Range, ReportInterval, label, partial
from reporting.query.arithmetic import BYTES, MONEY, operands
from reporting.query.json_figures import plain
from reporting.query.notes.counter_resets import notes_of_resets
from reporting.query.notes.log_coverage import notes_of_logs
from reporting.query.question import ReportQuery
from reporting.query.report import Freshness, Note
from reporting.query.rows import Subtotal
from reporting.query.scope import Link, Scope
from reporting.query.selection import exact_source
from reporting.query.sql.reader import CellReader
from reporting.query.sql.readings import Reading, Readings
from reporting.tenancy.reader import Costs


def notes_of_figures(
    query: ReportQuery,
    cells: CellReader,
    rows: list[Subtotal],
    totals: Subtotal,
    freshness: list[Freshness],
    readings: Readings,
    present: Mapping[str, set[int]],
) -> list[Note]:
    """`present`: by metric the connections of which something counts in the totals."""
    return [
        *_of_metrics(query, rows, totals),
        *_of_splits(cells.scope, rows, totals),
        *_of_periods(query, freshness),
        *_of_held(freshness),
        *_of_readings(query, cells, readings, present),
    ]


def _of_metrics(query: ReportQuery, rows: list[Subtotal], totals: Subtotal) -> Iterator[Note]:
    for metric in (METRICS[name] for name in query.metrics):
        found = [
            sums[metric.name] for row in (*rows, totals) for sums in (row.sums, row.stand_ins) if metric.name in sums
        ]
        if metric.is_distinct:
            no_cells = exact_source(query.interval, query.days, query.today) is None
            if no_cells or (found and (any(one.is_mixed for one in found) or metric.name not in totals.sums)):
                yield Note(
                    "not_additive",
                    f"{metric.label} are distinct counts, which can't be added up: a figure is shown only where the provider "
                    "gave that very one.",
                    metric.name,
                )
            elif not found:
                yield _no_figures(query, metric.name)
        elif metric.is_ratio and not found:
            above, below = operands(metric)
            words = f"{above.label.lower()} and {below.label.lower()}"
            yield Note("not_reported_together", f"Nothing here reports both {words} in this time.", metric.name)
        elif not found:
            yield _no_figures(query, metric.name)


def _no_figures(query: ReportQuery, metric: str) -> Note:
    by = "" if query.interval in (ReportInterval.TOTAL, ReportInterval.LIFETIME) else f" by {query.interval}"
    return Note("no_figures", f"Nothing reports {METRICS[metric].label.lower()}{by} for {query.days}.", metric)


def _of_splits(scope: Scope, rows: list[Subtotal], totals: Subtotal) -> Iterator[Note]:
    """Totals that are left out because their parts must not be added."""
    for name, one in totals.sums.items():
        if one.is_mixed and name in BYTES:
            yield Note(
                "split_by_provider",
                "Several providers may count the same traffic, so that their bytes are not added: see each provider's own.",
                name,
            )
        if one.is_mixed and name in MONEY:
            yield Note(
                "split_by_currency", "Amounts in several currencies are not added: see each currency's own.", name
            )
            unknown = [link.slug for link in scope.connections.values() if not link.currency]
            if unknown:
                words = f"Amounts of {', '.join(unknown)} have no currency and add to nothing; group by connection."
                yield Note("currency_unknown", words, name)
    if any(row.key.key is None for row in rows):
        yield Note("remainder", "The row without a key is the part of the figures that is not split by this dimension.")


def _of_periods(query: ReportQuery, freshness: list[Freshness]) -> Iterator[Note]:
    for first, held in partial(query.interval, query.days):
        name = label(query.interval, first)
        words = f"{name} is not whole: it holds {held} only."
        yield Note(
            f"partial_{query.interval}", words, more={"period": name, "from": f"{held.start}", "to": f"{held.end}"}
        )
    if query.interval is ReportInterval.LIFETIME or not freshness:
        return
    firsts = [one.final_through + DAY if one.final_through else query.days.start for one in freshness]
    first = max(min(firsts), query.days.start)
    if first <= min(query.days.end, query.today):
        yield Note("provisional", f"Figures from {first} on may still change.", more={"from": f"{first}"})


def _of_held(freshness: list[Freshness]) -> Iterator[Note]:
    """One for each connection."""
    for one in freshness:
        if one.held.first and one.held.last:
            days = Range(one.held.first, one.held.last)
            words = (
                f"The last answer of {one.connection} would take away all its figures of some days ({days}). They are shown as "
                "they were, and go when a second answer says the same."
            )
            yield Note("held", words, more={"connection": one.connection, "from": f"{days.start}", "to": f"{days.end}"})


def _of_readings(
    query: ReportQuery, cells: CellReader, readings: Readings, present: Mapping[str, set[int]]
) -> Iterator[Note]:
    """What lifetime readings say about the figures: as of when, how many of the views a log lists, what came before."""
    if query.interval is ReportInterval.LIFETIME:
        if readings.newest:
            days = Range(min(r.first for r in readings.newest), max(r.last for r in readings.newest))
            words = f"Figures since each asset exists, as last read ({days}); over assets they are added up."
            yield Note("lifetime", words, more={"from": f"{days.start}", "to": f"{days.end}"})
        return
    links = cells.scope.connections
    logging = {one for name in LOGGED for one in present.get(name, ())}
    yield from notes_of_logs(query, cells, readings.newest, logging)
    if query.interval in (ReportInterval.HOUR, ReportInterval.MINUTE):
        return
    costs = query.reader.costs
    named = {operand.name for name in query.metrics for operand in operands(METRICS[name])}
    yield from notes_of_resets(cells.scope, sorted(named & SUMMABLE), query.days, costs, query.moment)
    for reading in readings.openings:
        link = links[reading.connection]
        if reading.value and reading.metric in named and link.history_from <= query.days.end:
            yield _of_opening(link, reading, costs)


def _of_opening(link: Link, reading: Reading, costs: Costs) -> Note:
    metric, slug = METRICS[reading.metric], link.slug
    opening = plain(metric, costs.amount(metric, reading.value, link.currency))
    shown = opening if isinstance(opening, str) else f"{opening:,}"
    words = (
        f"{METRICS[reading.metric].label} of {slug} is known by day only since its first reading on {reading.first}, which "
        f"stood at {shown}; that is not in these figures."
    )
    more = {"connection": slug, "from": f"{reading.first}", "opening": opening}
    return Note("opening_reading", words, reading.metric, more)
