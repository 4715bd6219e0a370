"""A comparison: each row beside its own place in the earlier range, and what makes the two unlike."""

from datetime import UTC, datetime
from typing import Any

import pytest

from reporting.models import Tenant
from tests.support.factories import (
    codes,
    cover,
    make_asset,
    make_connection,
    make_restatement,
    report,
    tell,
)

TWO_DAYS = {"from_": "2026-01-03", "to": "2026-01-04", "compare": "previous_period"}


def beside(answer: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [(*(row[name] for name in names), row["plays"], row["previous"]["plays"]) for row in answer["rows"]]


def test_it_works(alice: Tenant) -> None:
    boom = make_connection(alice)
    tell(make_asset(boom, "a"), "plays", {"2026-01-01": 1, "2026-01-02": 2, "2026-01-03": 4})
    tell(make_asset(boom, "b"), "plays", {"2026-01-03": 8})
    tell(make_asset(boom, "gone"), "plays", {"2026-01-01": 16})
    answer = report(alice, marks=True, metrics="plays", interval="day", **TWO_DAYS)
    assert answer["previous"] == {"from": "2026-01-01", "to": "2026-01-02", "totals": {"plays": 19}}
    assert beside(answer, "period_start", "previous_start") == [
        ("2026-01-03", "2026-01-01", 12, 17),
        ("2026-01-04", "2026-01-02", None, 2),
    ]
    assert answer["previous_marks"] == answer["rows"][0]["previous_marks"] == []
    by_asset = report(alice, marks=True, metrics="plays", group_by="asset", **TWO_DAYS)
    assert beside(by_asset, "asset", "previous_start") == [("a", None, 4, 3), ("b", None, 8, None)]
    # In all others there is what is gone now, too.
    limited = report(alice, marks=True, metrics="plays", group_by="asset", order_by="asset", limit=1, **TWO_DAYS)
    assert beside(limited, "asset") == [("a", 4, 3), (None, 8, 16)]
    assert report(alice, marks=True, metrics="plays", **TWO_DAYS)["columns"][-1]["name"] == "plays"


def test_each_period_is_beside_that_of_its_own_place(alice: Tenant) -> None:
    final = make_asset(make_connection(alice, history_from="2025-01-01"))
    tell(final, "plays", {"2026-02-01": 1, "2026-02-28": 2, "2026-01-01": 4, "2026-01-28": 8, "2026-01-31": 16})
    days = {"interval": "day", "from_": "2026-02-01", "to": "2026-02-28", "compare": "previous_period"}
    answer = report(alice, marks=True, metrics="plays", **days)
    assert (answer["previous"]["from"], answer["previous"]["to"]) == ("2026-01-01", "2026-01-31")
    assert (beside(answer)[0], beside(answer)[-1]) == ((1, 4), (2, 8))
    assert (answer["totals"], answer["previous"]["totals"]) == ({"plays": 3}, {"plays": 28})
    assert answer["previous_marks"] == ["more_days"]
    assert "previous_more_days" in codes(answer)
    assert all(row["previous_marks"] == [] for row in answer["rows"])  # a day is a day


def test_the_largest_of_each_day_beside_the_day_before(alice: Tenant) -> None:
    boom = make_connection(alice)
    for name, days in {"a": (1, 5, 7, 1), "b": (2, 6, 1, 7), "c": (3, 7, 2, 2)}.items():
        tell(make_asset(boom, name), "plays", {f"2026-01-0{day}": plays for day, plays in enumerate(days, 1)})
    asked = {"metrics": "plays", "interval": "day", "group_by": "asset", "limit": 1, "limit_per": "period"}
    assert beside(report(alice, marks=True, **asked, **TWO_DAYS), "period", "asset") == [
        ("2026-01-03", "a", 7, 1),
        ("2026-01-03", None, 3, 5),
        ("2026-01-04", "b", 7, 6),
        ("2026-01-04", None, 3, 12),
    ]


def test_what_a_split_leaves_over_is_beside_what_it_left_over(alice: Tenant) -> None:
    final = make_asset(make_connection(alice))
    tell(final, "plays", {"2026-01-01": 10, "2026-01-03": 20})
    tell(final, "plays", {"2026-01-01 JP": 4, "2026-01-03 JP": 5, "2026-01-03 ES": 1}, dimension="country")
    answer = report(alice, marks=True, metrics="plays", group_by="country", **TWO_DAYS)
    assert beside(answer, "country") == [("ES", 1, None), ("JP", 5, 4), (None, 14, 6)]


def test_money_of_another_currency_is_no_comparison(alice: Tenant) -> None:
    now, then = make_connection(alice, "now", currency="EUR"), make_connection(alice, "then", currency="USD")
    tell(make_asset(now), "cost", {"2026-01-03": 5})
    tell(make_asset(then), "cost", {"2026-01-01": 7})
    (row,) = report(alice, marks=True, metrics="cost", **TWO_DAYS)["rows"]
    assert (row["cost"], row["currency"], row["previous"]) == ("5", "EUR", {"cost": None})
    tell(make_asset(now, "b"), "cost", {"2026-01-01": "2.5"})
    by_source = report(alice, marks=True, metrics="cost", group_by="connection", **TWO_DAYS)["rows"]
    assert [(row["connection"], row["cost"], row["previous"]) for row in by_source] == [("now", "5", {"cost": "2.5"})]


# --- What makes it unlike ---------------------------------------------------------------------------------------------


def test_where_nothing_is_known_it_is_null_and_has_no_mark(alice: Tenant) -> None:
    tell(make_asset(make_connection(alice)), "plays", {"2026-01-03": 1})
    answer = report(alice, marks=True, metrics="plays", **TWO_DAYS)
    assert answer["previous"]["totals"] == {"plays": None}
    assert answer["rows"][0]["previous"] == {"plays": None}
    assert answer["previous_marks"] == answer["rows"][0]["previous_marks"] == []


def test_fewer_sources(alice: Tenant) -> None:
    one, two = make_connection(alice, "one"), make_connection(alice, "two")
    tell(make_asset(one), "plays", {"2026-01-01": 1, "2026-01-03": 1})
    tell(make_asset(two), "plays", {"2026-01-03": 5})
    answer = report(alice, marks=True, metrics="plays", **TWO_DAYS)
    assert answer["previous_marks"] == answer["rows"][0]["previous_marks"] == ["fewer_sources"]
    assert "previous_fewer_sources" in codes(answer)
    by_source = report(alice, marks=True, metrics="plays", group_by="connection", **TWO_DAYS)
    assert [(row["connection"], row["previous"]["plays"], row["previous_marks"]) for row in by_source["rows"]] == [
        ("one", 1, []),
        ("two", None, []),
    ]
    back = report(alice, marks=True, metrics="plays", from_="2026-01-03", to="2026-01-04", compare="previous_weekdays")
    assert back["previous"]["totals"] == {"plays": None}


def test_more_sources_and_another_level(alice: Tenant) -> None:
    one, two = make_connection(alice, "one"), make_connection(alice, "two")
    tell(make_asset(one, "all", "account"), "plays", {"2026-01-01": 9})
    tell(make_asset(one), "plays", {"2026-01-01": 1, "2026-01-03": 1})
    tell(make_asset(two), "plays", {"2026-01-01": 5})
    answer = report(alice, marks=True, metrics="plays", **TWO_DAYS)
    assert answer["previous_marks"] == answer["rows"][0]["previous_marks"] == ["more_sources", "other_level"]
    assert {"previous_more_sources", "previous_other_level"} <= codes(answer)


@pytest.mark.parametrize("has_progress", [True, False])
def test_fewer_days(alice: Tenant, has_progress: bool) -> None:
    boom = make_connection(alice, history_from="2026-01-01" if has_progress else "2026-01-02")
    tell(make_asset(boom), "plays", {"2026-01-02": 1, "2026-01-03": 1})
    if has_progress:
        cover(boom, "2026-01-02", "2026-02-01", None)
    answer = report(alice, marks=True, metrics="plays", **TWO_DAYS)
    assert answer["previous_marks"] == answer["rows"][0]["previous_marks"] == ["fewer_days"]
    assert "previous_fewer_days" in codes(answer)
    by_day = report(alice, marks=True, metrics="plays", interval="day", **TWO_DAYS)["rows"]
    assert [row["previous_marks"] for row in by_day] == [[], ["more_sources"]]  # nothing was reported on the second


def test_restated(alice: Tenant) -> None:
    final = make_asset(make_connection(alice))
    tell(final, "plays", {"2026-01-01": 1, "2026-01-02": 1, "2026-01-03": 1})
    make_restatement(final, "plays", "2026-01-02", 1, 2, datetime(2026, 2, 10, tzinfo=UTC))
    answer = report(alice, marks=True, metrics="plays", interval="day", **TWO_DAYS)
    assert [row["previous_marks"] for row in answer["rows"]] == [[], ["more_sources", "restated"]]
    assert answer["previous_marks"] == ["restated"]
    assert (answer["rows"][0]["restated"], answer.get("restated")) == (0, None)  # of the days before, not of these


def test_a_report_without_a_comparison_asks_no_more(alice: Tenant, django_assert_max_num_queries: Any) -> None:
    tell(make_asset(make_connection(alice)), "plays", {"2026-01-03": 1})
    plain = {name: value for name, value in TWO_DAYS.items() if name != "compare"}
    with django_assert_max_num_queries(6 + 4):
        (row,) = report(alice, marks=True, metrics="plays", **plain)["rows"]
    assert not any(name.startswith("previous") for name in row)
