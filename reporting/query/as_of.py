"""The report as of a day: its figures as they were at the end of that day, so that one that was sent can be shown again.

`FactSource.as_of` gives the facts of that moment, from today's and from what was recorded of later changes. What it can't
know is NaN on its way through the sums, so that whatever holds it becomes NaN too; here that becomes None, with a note.
Assignments, titles and a connection's settings are today's.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection as database

from reporting.ledger.planner import many_rows
from reporting.ledger.sql_template import Sql, Template
from reporting.metrics import Metric
from reporting.models import Days, DaysField
from reporting.periods import DAY, Range
from reporting.query.question import ReportQuery
from reporting.query.report import Figures, Freshness, Note
from reporting.query.rows import Subtotal
from reporting.query.scope import Link, Scope
from reporting.query.sql.cells import By, Cell
from reporting.query.sql.reader import CellReader

RANGES_NAMED = 3

UNKNOWN_DAYS = Template("""
    SELECT connection_id, range_agg(daterange(day, day, '[]')) FROM ({lines}) l WHERE value = 'NaN' GROUP BY connection_id
""")

# The last reading that there was, equal ones too where the last of them came before. What was pruned since is not seen.
READINGS_THEN = Sql("""
    SELECT c.id, (%(moment)s AT TIME ZONE c.time_zone)::date, c.lookback_days,
           (SELECT max(r.finished_at) FROM reporting_syncrun r WHERE r.tenant_id = %(tenant)s AND r.connection_id = c.id
            AND r.state = 'succeeded' AND r.finished_at <= %(moment)s),
           min(s.from_day), max((CASE WHEN s.last_seen_at <= %(moment)s THEN s.last_seen_at ELSE s.fetched_at END
                                 AT TIME ZONE c.time_zone)::date)
    FROM reporting_connection c
    LEFT JOIN reporting_snapshot s ON s.tenant_id = %(tenant)s AND s.connection_id = c.id AND s.state = 'read'
        AND s.fetched_at <= %(moment)s
    WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(connections)s)
    GROUP BY c.id
""")


class KnownThen(NamedTuple):
    """What is known of a connection's readings up to the moment; its days are the provider's."""

    day: date
    lookback_days: int
    last_success: datetime | None
    first_day: date | None
    read_on: date | None


def is_unknown(cell: Cell) -> bool:
    return any(part is not None and part.is_nan() for part in (cell.value, cell.over))


def known(figures: Figures) -> Figures:
    """NaN is None: a figure that holds something unknown is unknown."""
    return {name: None if value is None or value.is_nan() else value for name, value in figures.items()}


def unknown_of(row: Subtotal, metrics: Iterable[Metric]) -> frozenset[str]:
    figures = {metric.name: row.figure(metric) for metric in metrics}
    return frozenset(name for name, value in figures.items() if value is not None and value.is_nan())


def unknown_days(cells: CellReader) -> dict[int, Days]:
    """By connection, the days of figures that were read here and are not known."""
    found: dict[int, Days] = {}
    for answer, values in zip(cells.asked.values(), cells.questions, strict=True):
        if any(map(is_unknown, answer)):
            source = cells.source(values)
            lines = cells.lines_of_facts(source, By(), newest=values["intervals"] == ["lifetime"])
            with database.cursor() as cursor, many_rows(cursor):
                cursor.execute(UNKNOWN_DAYS.fill(lines=lines), {**values, **source.values})
                for connection, days in cursor.fetchall():
                    told = DaysField().from_db_value(days, None, None)
                    found[connection] = found.get(connection, Days()) | (told or Days())
    return found


def notes_of_unknown(query: ReportQuery, scope: Scope, unknown: dict[int, Days]) -> Iterator[Note]:
    """One for each connection."""
    for link in scope.connections.values():
        if days := unknown.get(link.id):
            named = [f"{Range(*one)}" for one in days.ranges[:RANGES_NAMED]]
            rest = [f"{len(days.ranges) - RANGES_NAMED} times more"] if len(days.ranges) > RANGES_NAMED else []
            words = (
                f"What {link.slug} said of {', '.join(named + rest)} is not known as of {query.as_of}: it was fetched or "
                "changed later, before it was final. Figures that hold it are left out."
            )
            more = {"connection": link.slug, "from": f"{days.first}", "to": f"{days.last}", "days": len(days)}
            yield Note("not_known_then", words, more=more)


def freshness_then(
    scope: Scope, days: Range, moment: datetime, unknown: dict[int, Days], freshness: Iterable[Freshness]
) -> list[Freshness]:
    """How far figures reached then, as far as it can be said today: no day that is unknown was final, nor one within the
    lookback of the last reading before the moment, nor one that is not final today. `freshness` is today's, as if no reading
    were held."""
    values: dict[str, Any] = {
        "tenant": scope.tenant_id,
        "connections": list(scope.connections),
        "moment": moment,
    }
    with database.cursor() as cursor:
        cursor.execute(READINGS_THEN, values)
        then = {row[0]: KnownThen(*row[1:]) for row in cursor.fetchall()}
    today = {one.connection: one for one in freshness}
    return [
        _freshness(today[link.slug], link, days, unknown.get(link.id, Days()), then[link.id])
        for link in scope.connections.values()
    ]


def _freshness(today: Freshness, link: Link, days: Range, unknown: Days, then: KnownThen) -> Freshness:
    """Nothing of how the connection is doing today."""
    wanted = Days([(max(days.start, link.history_from), min(days.end, then.day))])
    if then.read_on is None or then.first_day is None:
        return Freshness(link.slug, then.last_success, None, None, False, missing=wanted)
    last = then.read_on - max(then.lookback_days, 1) * DAY
    if unknown.first:
        last = min(last, unknown.first - DAY)
    final = min(today.final_through, last) if today.final_through else None
    complete = today.complete and not unknown and then.read_on >= min(days.end, then.day)
    covered_from = max(then.first_day, link.history_from)
    final = final if final and final >= covered_from else None
    missing = wanted - Days([(days.start, then.read_on)])
    return Freshness(link.slug, then.last_success, covered_from, final, complete, missing=missing)
