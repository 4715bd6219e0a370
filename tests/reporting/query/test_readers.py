"""What a question shows to whom asks it: costs hidden, with a markup, or as the vendor charges them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from reporting.models import CounterReset, Customer, Tenant
from reporting.query import NotShown, ReportQuery
from reporting.query.lineage import parse_lineage
from reporting.query.parameters import parse
from reporting.tenancy.reader import OPERATOR, of_customer
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import TODAY, codes, give, make_asset, make_connection, make_customer, report, tell

# 15 per cent on 23.564220929056 and on 0.1 are 27.0988540684144 and 0.115: the sum is rounded, not its parts.
COSTS = {"2026-01-01": "23.564220929056", "2026-01-02": "0.1", "2025-12-05": "10"}


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """Two videos of one connection, with a markup of 15 per cent."""
    norte = make_customer(alice, cost_view="markup", cost_markup=15)
    link = make_connection(alice, "boom", "247platform")
    for name, plus in (("a", 0), ("b", 1)):
        asset = make_asset(link, name)
        give(asset, norte)
        tell(asset, "cost", {day: Decimal(cost) + plus for day, cost in COSTS.items()})
        tell(asset, "cost", {"2026-01-01 storage": "1.111"}, dimension="cost_type")
        tell(asset, "watch_time", {"2026-01-01": 7200, "2026-01-02": 3600})
    return norte


def sees(customer: Customer, view: str, markup: Any = None) -> Customer:
    with tenant_scope(customer.tenant_id):
        customer.cost_view, customer.cost_markup = view, markup
        customer.save()
    return customer


def test_it_works(alice: Tenant, norte: Customer) -> None:
    """Managers see what the vendor charges, the customer what the tenant chose."""
    vendors, own = (report(alice, bearer, metrics="cost") for bearer in (None, norte))
    assert vendors["totals"] == {"cost": "49.328441858112", "currency": "EUR"}
    assert own["totals"] == {"cost": "56.73", "currency": "EUR"}  # 56.7277081368288
    assert own["rows"] == [{"currency": "EUR", "cost": "56.73"}]
    assert report(alice, sees(norte, "vendor"), metrics="cost")["totals"] == vendors["totals"]
    with pytest.raises(NotShown, match="“cost” is not shown to you"):
        report(alice, sees(norte, "hidden"), metrics="plays,cost")


def test_every_figure_is_the_rounding_of_the_exact_one(alice: Tenant, norte: Customer) -> None:
    answer = report(alice, norte, metrics="cost", group_by="asset", interval="day", compare="previous_period")
    rows = {(row["period"], row["asset"]): row["cost"] for row in answer["rows"]}
    assert rows == {
        ("2026-01-01", "a"): "27.10",
        ("2026-01-01", "b"): "28.25",  # 28.2488540684144
        ("2026-01-02", "a"): "0.12",  # 0.115: a half is rounded away from zero
        ("2026-01-02", "b"): "1.27",  # 1.265
    }
    assert answer["totals"]["cost"] == "56.73"  # not 56.74, which the rows come to
    assert answer["previous"]["totals"]["cost"] == "24.15"


@pytest.mark.parametrize("interval", ["day", "week", "month", "total", "hour"])
def test_rows_of_a_statement_and_rows_of_cells_are_alike(alice: Tenant, norte: Customer, interval: str) -> None:
    """`limit` keeps a report from being made by its statement alone."""
    asked = {"metrics": "cost,watch_time", "group_by": "asset", "interval": interval}
    direct, folded = (report(alice, norte, **asked, **more) for more in ({}, {"limit": 100}))
    assert sorted(direct["rows"], key=str) == sorted(folded["rows"], key=str)


def test_digits_are_those_of_each_currency(alice: Tenant, norte: Customer) -> None:
    """Also where a row's statement rounds."""
    for slug, currency in (("yen", "JPY"), ("dinar", "KWD"), ("none", "")):
        asset = make_asset(make_connection(alice, slug, "247platform", currency=currency), slug)
        give(asset, norte)
        tell(asset, "cost", {"2026-01-01": "100.5555"})
    expected = {"yen": "116", "dinar": "115.639", "none": "115.64"}
    for more in ({"interval": "day"}, {"limit": 50}, {"connection": "yen,dinar,none"}):
        answer = report(alice, norte, metrics="cost", group_by="asset", **more)
        found = {row["connection"]: row["cost"] for row in answer["rows"] if row["connection"] in expected}
        assert found == expected, more
    assert {row["currency"]: row["cost"] for row in report(alice, norte, metrics="cost")["totals_by"]} == {
        "EUR": "56.73",
        "JPY": "116",
        "KWD": "115.639",
        None: "115.64",
    }


def test_ratios_follow(alice: Tenant, norte: Customer) -> None:
    """They are of the exact costs with the markup, rounded once, to the digits of any ratio."""
    vendors, own = (report(alice, bearer, metrics="cost_per_hour_watched")["totals"] for bearer in (None, norte))
    assert vendors["cost_per_hour_watched"] == 8.22140697635200  # 49.328441858112 / 6
    assert own["cost_per_hour_watched"] == 9.45461802280480  # 56.7277081368288 / 6


def test_all_others_and_what_a_split_leaves_over(alice: Tenant, norte: Customer) -> None:
    rows = report(alice, norte, metrics="cost", group_by="asset", limit=1)["rows"]
    assert [(row["asset"], row["cost"]) for row in rows] == [("b", "29.51"), (None, "27.21")]  # 29.5138…, 27.2138…
    rows = report(alice, norte, metrics="cost", group_by="cost_type")["rows"]
    assert [(row["cost_type"], row["cost"]) for row in rows] == [("storage", "2.56"), (None, "54.17")]  # 54.1724…


def test_a_split_of_costs_is_hidden_with_them(alice: Tenant, norte: Customer) -> None:
    sees(norte, "hidden")
    for asked in ({"group_by": "cost_type"}, {"cost_type": "storage"}):
        with pytest.raises(NotShown, match="cost_type"):
            report(alice, norte, metrics="watch_time", **asked)
    for metric in ("cost_per_gb", "cost_per_hour_watched", "billed_credits"):
        with pytest.raises(NotShown, match=metric):
            report(alice, norte, metrics=metric)


def test_credits_can_not_be_marked_up(alice: Tenant, norte: Customer) -> None:
    with pytest.raises(NotShown, match="billed_credits"):
        report(alice, norte, metrics="billed_credits")
    report(alice, sees(norte, "vendor"), metrics="billed_credits")


def test_no_question_goes_without_a_reader(alice: Tenant) -> None:
    with pytest.raises(TypeError):
        parse({"metrics": ["plays"]}, alice)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        parse_lineage({"metrics": ["plays"]}, alice)  # type: ignore[call-arg]
    query = parse({"metrics": ["plays"]}, alice, OPERATOR)
    with pytest.raises(TypeError):
        ReportQuery(query.tenant, query.metrics, query.days, query.today)  # type: ignore[call-arg]


# --- Side doors -------------------------------------------------------------------------------------------------------


def test_the_facts_behind_a_cost_are_the_vendors(alice: Tenant, norte: Customer) -> None:
    """With a markup they are not shown, whichever way the figure is named."""
    cost = {"metrics": ["cost"], "from": ["2026-01-01"], "to": ["2026-01-31"]}
    other = cost | {"metrics": ["plays,cost"], "metric": ["cost"], "row": ["other"], "report_limit": ["1"]}
    ratio = cost | {"metrics": ["cost_per_hour_watched"]}
    with tenant_scope(alice):
        for words in (cost, other | {"group_by": ["asset"]}, ratio):
            with pytest.raises(NotShown):
                parse_lineage(words, alice, of_customer(norte), today=TODAY)
        reader = of_customer(sees(norte, "vendor"))
        lineage = parse_lineage(cost, alice, reader, today=TODAY)
        assert lineage.figure == Decimal("49.328441858112")


def test_amounts_in_notes_are_marked_up(alice: Tenant, norte: Customer) -> None:
    """A split that comes to more than its whole, a counter that went backwards, the reading before the first day."""
    with tenant_scope(alice):
        asset = make_asset(make_connection(alice, "counter", "247platform"), "c")
    give(asset, norte)
    tell(asset, "cost", {"2026-01-01": "1"})
    tell(asset, "cost", {"2026-01-01 storage": "3.333"}, dimension="cost_type")
    tell(asset, "cost", {"2026-01-01": "7.777"}, interval="lifetime")
    with tenant_scope(alice):
        of = {"tenant": alice, "connection": asset.connection, "asset": asset, "metric": "cost"}
        days = {"day_before": "2026-01-01", "day": "2026-01-02", "noticed_at": datetime(2026, 1, 3, tzinfo=UTC)}
        CounterReset.objects.create(**of, **days, old="7.777", new="1.111")
    answer = report(alice, norte, metrics="cost", group_by="cost_type", connection="counter")
    notes = {note["code"]: note for note in answer["notes"]}
    assert (notes["crosscheck_split"]["split"], notes["crosscheck_split"]["figure"]) == ("3.83", "1.15")
    assert notes["counter_reset"]["by"] == "7.67"  # 6.666
    assert notes["opening_reading"]["opening"] == "8.94"
    words = " ".join(note["detail"] for note in answer["notes"])
    assert not any(vendors in words for vendors in ("3.333", "6.666", "7.777"))
    assert codes(report(alice, None, metrics="cost", group_by="cost_type", connection="counter")) >= set(notes)


def test_as_of_a_day_what_is_not_known_stays_unknown(alice: Tenant, norte: Customer) -> None:
    answer = report(alice, norte, metrics="cost,cost_per_hour_watched", as_of="2026-01-10")
    assert answer["totals"]["cost"] is None
