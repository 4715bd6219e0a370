"""Figures of a statement with a reader's markup, rounded to the digits of their connection's currency.

`Costs.amount` does the same to a sum; here it is done where the rows of a statement are those of the report. PostgreSQL's
`round()` rounds a half away from zero, as that does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from reporting.currencies import USUAL, digits_of
from reporting.ledger.sql_template import Sql
from reporting.metrics import METRICS
from reporting.query.scope import Link
from reporting.tenancy.reader import Costs


def marked_up(figures: Mapping[str, str], costs: Costs, links: Iterable[Link]) -> tuple[Sql, dict[str, Any]]:
    """`figures`: of each metric the expression of its figure. Returns them as a list, in their order, with the parameters that
    it needs. The statement has a `connection_id`."""
    if not any(costs.marks_up(METRICS[name]) for name in figures):
        return Sql(", ".join(figures.values())), {}
    digits, values = _digits(links)
    shown = (
        f"round({figure} * %(factor)s, {digits})" if costs.marks_up(METRICS[name]) else figure
        for name, figure in figures.items()
    )
    return Sql(", ".join(shown)), values | {"factor": costs.factor}


def _digits(links: Iterable[Link]) -> tuple[str, dict[str, Any]]:
    """The digits of a line's currency, by its connection. Most currencies have two."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for link in links:
        found[digits_of(link.currency)].append(link.id)
    odd = {digits: ids for digits, ids in found.items() if digits != USUAL}
    if not odd:
        return str(USUAL), {}
    cases = " ".join(f"WHEN connection_id = ANY(%(of_{digits}_digits)s) THEN {digits}" for digits in odd)
    return f"CASE {cases} ELSE {USUAL} END", {f"of_{digits}_digits": ids for digits, ids in odd.items()}
