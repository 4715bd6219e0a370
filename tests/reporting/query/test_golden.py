"""Answers in JSON, against what someone has looked at; the same questions as files are in `tests/reporting/exports`."""

import json
from typing import Any

import pytest

from reporting.models import Tenant
from reporting.query import run
from reporting.query.parameters import parse
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.exports.documents import TODAY, make_norte
from tests.reporting.exports.golden import check_golden

FIFTH = {"from": "2026-01-05", "to": "2026-01-05"}
QUESTIONS: dict[str, dict[str, str]] = {
    # 1,112 plays by hour are those of one video of three; of the same day there are 5,048.
    "hours": {"metrics": "plays", "interval": "hour", **FIFTH},
    "day": {"metrics": "plays", "interval": "day", **FIFTH},
    "customers_by_hour": {"metrics": "plays", "interval": "hour", "group_by": "customer", **FIFTH},
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_it_works(alice: Tenant, name: str) -> None:
    make_norte(alice)
    with tenant_scope(alice):
        query = parse({key: [value] for key, value in QUESTIONS[name].items()}, alice, OPERATOR, today=TODAY)
        answer: dict[str, Any] = run(query).as_json()
    check_golden(f"{name}.json.txt", json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
