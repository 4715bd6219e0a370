"""The footer of each page of a PDF, so that a page alone can't mislead: filters, time zones, up to which day it is final."""

from reporting.exports.document import Document, Source
from reporting.reports.formatting import day

MOST_SOURCES = 4


def footer(document: Document) -> list[str]:
    asked = " · ".join(f"{name}: {words}" for name, words in document.asked)
    return [line for line in (asked, _zones(document.sources), _freshness(document.sources)) if line]


def _zones(sources: list[Source]) -> str:
    by_zone: dict[str, list[str]] = {}
    for source in sources:
        by_zone.setdefault(source.connection.time_zone, []).append(source.connection.name)
    if len(by_zone) == 1:
        return f"Days in {next(iter(by_zone))}"
    zones = [f"{zone} ({', '.join(names)})" for zone, names in by_zone.items()]
    return f"Days of each source's own calendar: {_cut(zones)}" if zones else ""


def _freshness(sources: list[Source]) -> str:
    """The last final day of each source; once where all are the same."""
    finals = {source.connection.name: _final(source) for source in sources}
    if len(set(finals.values())) == 1:
        words = next(iter(finals.values()))
        return words[:1].upper() + words[1:]
    return _cut([f"{name} {words}" for name, words in finals.items()])


def _final(source: Source) -> str:
    through = source.freshness.final_through
    words = f"complete through {day(through)}" if through else "no day complete yet"
    if source.freshness.held:
        return f"{words}, an answer of some days held"
    if source.freshness.missing:
        return f"{words}, some days not fetched"
    return words if source.freshness.complete else f"{words}, some figures missing"


def _cut(words: list[str]) -> str:
    left = len(words) - MOST_SOURCES
    return "; ".join(words[:MOST_SOURCES]) + (f"; and {left} more" if left > 0 else "")
