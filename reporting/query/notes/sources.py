"""Sources that the figures lack, by name, and why: not at this interval, not by this dimension, not read yet, failing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reporting.metrics import DIMENSIONS, METRICS
from reporting.models import Days
from reporting.periods import Range
from reporting.query.finality import is_awaited
from reporting.query.missing import AT_INTERVAL, BY_DIMENSION, FIRST_READING, Missing, present_in
from reporting.query.report import Freshness, Note, ranges_as_json, stamp
from reporting.query.selection import CountedCells, Gatherer

WORDS = {name: f"by {name}" for name in ("minute", "hour", "day", "week", "month")}
WORDS |= {"lifetime": "as lifetime figures", "total": "for a range of days"}
RANGES_NAMED = 3


def notes_of_sources(
    gather: Gatherer,
    counted: CountedCells | None,
    in_all: CountedCells,
    missing: Iterable[Missing],
    freshness: Iterable[Freshness],
) -> Iterator[Note]:
    """`counted` is what the rows are made of; None where they are the rows of a statement."""
    elsewhere = [one for one in missing if one.reason != FIRST_READING]  # of these the readings tell more
    yield from notes_of_missing(gather, elsewhere)
    if counted is not None and gather.query.grouped_dimension:
        yield from _of_rows(gather, counted, in_all)
    yield from _of_reading(gather, freshness)


def notes_of_missing(gather: Gatherer, missing: Iterable[Missing]) -> Iterator[Note]:
    """One for each metric and reason."""
    missing = list(missing)
    for metric in gather.query.metrics:
        of_it = [one for one in missing if one.metric == metric]
        if at_others := [one for one in of_it if one.reason == AT_INTERVAL]:
            yield _of_intervals(gather, metric, at_others)
        if plain := [one.connection for one in of_it if one.reason == BY_DIMENSION]:
            dimension = gather.query.plain[0]
            yield _of_dimension(gather, metric, dimension, plain, "Their figures are not included.")
        if later := {one.connection for one in of_it if one.reason == FIRST_READING}:
            slugs = sorted(gather.scope.connections[one].slug for one in later)
            words = f"{METRICS[metric].label} of {_list(slugs)}: what came before the first reading is not included."
            yield Note("opening_reading", words, metric, {"connections": slugs})


def _of_intervals(gather: Gatherer, metric: str, missing: Sequence[Missing]) -> Note:
    slugs = {one: gather.scope.connections[one.connection].slug for one in missing}
    missing = sorted(missing, key=lambda one: slugs[one])
    named = [f"{slugs[one]} ({_only(one)})" for one in missing]
    words = f"{METRICS[metric].label} {WORDS[gather.query.interval]}: not reported by {_list(named)}. "
    more: dict[str, object] = {
        "connections": list(dict.fromkeys(slugs[one] for one in missing)),
        "intervals": {slugs[one]: list(one.intervals) for one in missing},
    }
    if in_part := {slugs[one]: ranges_as_json(one.days) for one in missing if one.days is not None}:
        more["days"] = in_part
    return Note(AT_INTERVAL, words + "These figures are not included.", metric, more)


def _only(one: Missing) -> str:
    """`by day only`; of what has a part of it at the interval asked for: `in part, on 2026-01-05`."""
    words = f"{_list([WORDS[interval] for interval in one.intervals])} only"
    return words if one.days is None else f"in part {words}, on {said(one.days)}"


def _of_rows(gather: Gatherer, counted: CountedCells, in_all: CountedCells) -> Iterator[Note]:
    """Of whose figures no row has a key: what adds up is in the row without one."""
    dimension = gather.query.grouped_dimension
    if dimension == gather.query.plain[0]:  # the totals are of this split, too
        return
    split, plain = present_in(counted), present_in(in_all)
    whole = present_in(CountedCells(gather.of_remainder()))
    for metric in gather.metrics:
        of_it = whole[metric.name] if metric.sums else plain[metric.name]
        if lacking := of_it - split[metric.name]:
            where = f"in the row without a {dimension}" if metric.sums else "in no row"
            yield _of_dimension(gather, metric.name, dimension, lacking, f"Their figures are {where}.")


def _of_dimension(gather: Gatherer, metric: str, dimension: str, connections: Iterable[int], where: str) -> Note:
    slugs = sorted(gather.scope.connections[one].slug for one in connections)
    words = f"{METRICS[metric].label} by {DIMENSIONS[dimension].label.lower()}: not reported by {_list(slugs)}. {where}"
    return Note(BY_DIMENSION, words, metric, {"dimension": dimension, "connections": slugs})


def _of_reading(gather: Gatherer, freshness: Iterable[Freshness]) -> Iterator[Note]:
    """Days of the report that were not read, of connections that would have figures in it."""
    by_slug = {link.slug: link for link in gather.scope.connections.values()}
    for one in freshness:
        if not one.missing or not is_awaited(by_slug[one.connection], one):
            continue
        days, first, last = said(one.missing), one.missing.first, one.missing.last
        more: Mapping[str, object] = {"connection": one.connection, "from": f"{first}", "to": f"{last}"}
        if one.fails:
            since = stamp(one.failing_since)
            words = f"{one.connection} can't be read{f' since {since}' if since else ''}: its figures of {days} are missing."
            yield Note("failing", words, more={**more, "since": since, "error": one.error})
        else:
            words = f"{one.connection} is not fetched yet for {days}: its figures of these days are missing."
            yield Note("not_fetched", words, more=more)


def said(days: Days) -> str:
    """A few ranges by name, and how many more there are."""
    named = [f"{Range(*one)}" for one in days.ranges[:RANGES_NAMED]]
    rest = len(days.ranges) - RANGES_NAMED
    return _list(named + ([f"{rest} times more"] if rest > 0 else []))


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
