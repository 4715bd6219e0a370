"""The report query against a slow and obvious reference, over random tenants and random questions.

`PROPERTY_EXAMPLES=20000 pytest tests/reporting/query/test_properties.py` asks other questions each time, and more of them.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any
from unittest.mock import patch

from django.db import transaction
from hypothesis import event, given

from reporting.metrics import METRICS
from reporting.models import Customer, Days, Tenant
from reporting.query import NotShown, NotThere, ReportQuery, ReportResult, run, scope
from reporting.query.parameters import WrongParameters, parse
from reporting.query.sql import fact_source
from reporting.tenancy.reader import OPERATOR, of_customer
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.reference.costs import is_refused
from tests.reporting.reference.ledger import Told, ledger
from tests.reporting.reference.report import Reference
from tests.reporting.reference.worlds import Words, World, build, worlds
from tests.support.factories import TODAY, same_when_written
from tests.support.profiles import profile

BESIDE = ("row_type", "period_start")  # what a row says beside its columns, and the reference too


@profile(40)
@given(worlds())
def test_the_report_is_what_the_facts_say(alice: Tenant, drawn: tuple[World, list[tuple[Words, int | None]]]) -> None:
    world, asked = drawn
    with tenant_scope(alice), transaction.atomic():
        customers = build(alice, world)
        told = ledger()
        for words, bearer in asked:
            compare(alice, words, None if bearer is None else customers[bearer], told)
        transaction.set_rollback(True)


def compare(tenant: Tenant, words: Words, bearer: Customer | None, told: list[Told]) -> None:
    try:
        query = parse(words, tenant, of_customer(bearer) if bearer else OPERATOR, today=TODAY)
    except WrongParameters as error:
        event(type(error).__name__)
        return
    try:
        result = run(query)
    except NotThere as error:
        event(type(error).__name__)
        return
    except NotShown as error:
        event(type(error).__name__)
        assert is_refused(query, bearer), f"{words}, for {bearer}"
        return
    assert not is_refused(query, bearer), f"{words}, for {bearer}"
    labels = [column.name for column in result.columns if column.name not in METRICS]
    expected = Reference(query, labels, told, bearer).answer()
    event("rows" if expected.rows else "no rows")
    same_when_written(result)
    if query.is_of_customers_or_assets:  # the facts of few assets are sought one by one, those of many along the key
        with patch.object(fact_source, "MOST_LOOKUPS", 0), patch.object(scope, "MOST_HELD", 0):
            assert run(query).as_json() == result.as_json()
    beside = (*BESIDE, "previous", "previous_start", "previous_marks") if query.compare else BESIDE
    answer: dict[str, Any] = {
        "rows": [
            {name: row[name] for name in (*beside, *(column.name for column in result.columns))} for row in result.rows
        ],
        "totals": result.totals.figures,
        "currency": result.totals.currency,
        "totals_by": result.totals.by,
        "unattributed": result.unattributed,
        "previous": result.previous[1].figures if result.previous else None,
        "previous_marks": result.previous_marks,
    }
    answer |= {
        "missing": set(missing_in(result, query)),
        "totals_of": result.totals_of,
        "incomplete": {one.connection for one in result.freshness if not one.complete},
    }
    if result.freshness:  # of nothing, nothing is final
        answer["final"] = [row.get("final") for row in result.rows]
        answer["totals_final"] = result.marks.get("final", True)
    for name, value in answer.items():
        assert value == getattr(expected, name), f"{name} of {words}, for {bearer}"
    event("something is missing" if expected.missing else "nothing is missing")


def missing_in(result: ReportResult, query: ReportQuery) -> Iterator[tuple[str, str, frozenset[str], Days | None]]:
    """As its notes tell it: metric, connection, the intervals at which it has the metric, and the days, if not all."""
    for note in result.notes:
        of_totals = note.code == "not_by_this_dimension" and note.more["dimension"] == query.plain[0]
        if note.code == "not_at_this_interval" or of_totals:
            for slug in note.more["connections"]:
                ranges = note.more.get("days", {}).get(slug)
                days = Days((date.fromisoformat(r["from"]), date.fromisoformat(r["to"])) for r in ranges or [])
                intervals = frozenset(note.more.get("intervals", {}).get(slug, ()))
                yield note.metric, slug, intervals, days if ranges else None
