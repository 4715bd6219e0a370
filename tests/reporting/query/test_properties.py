"""The report query against a slow and obvious reference, over random tenants and random questions.

`PROPERTY_EXAMPLES=20000 pytest tests/reporting/query/test_properties.py` asks other questions each time, and more of them.
"""

from typing import Any
from unittest.mock import patch

from django.db import transaction
from hypothesis import event, given

from reporting.metrics import METRICS
from reporting.models import Tenant
from reporting.query import NotThere, run, scope
from reporting.query.parameters import WrongParameters, parse
from reporting.query.sql import fact_source
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.reference.ledger import Told, ledger
from tests.reporting.reference.report import Reference
from tests.reporting.reference.worlds import Words, World, build, worlds
from tests.support.factories import TODAY, same_when_written
from tests.support.profiles import profile

BESIDE = ("row_type", "period_start")  # what a row says beside its columns, and the reference too


@profile(60)
@given(worlds())
def test_the_report_is_what_the_facts_say(alice: Tenant, drawn: tuple[World, list[tuple[Words, int | None]]]) -> None:
    world, asked = drawn
    with tenant_scope(alice), transaction.atomic():
        customers = build(alice, world)
        told = ledger()
        for words, bearer in asked:
            compare(alice, words, None if bearer is None else customers[bearer].pk, told)
        transaction.set_rollback(True)


def compare(tenant: Tenant, words: Words, bearer: int | None, told: list[Told]) -> None:
    try:
        query = parse(words, tenant, customer_id=bearer, today=TODAY)
        result = run(query)
    except (WrongParameters, NotThere) as error:
        event(type(error).__name__)
        return
    labels = [column.name for column in result.columns if column.name not in METRICS]
    expected = Reference(query, labels, told).answer()
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
    for name, value in answer.items():
        assert value == getattr(expected, name), f"{name} of {words}, for {bearer}"
