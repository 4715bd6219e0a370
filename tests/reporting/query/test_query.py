"""The report query: accounts and their assets. Each figure here can be added up in the head."""

import pytest

from reporting.models import Tenant
from reporting.query import NotThere, TooMuch
from tests.support.factories import codes, make_asset, make_connection, report, tell


def test_it_works(alice: Tenant) -> None:
    boom = make_connection(alice)
    final, semi = make_asset(boom, "final"), make_asset(boom, "semi")
    tell(final, "plays", {"2026-01-01": 3, "2026-01-02": 4, "2026-02-01": 100})
    tell(semi, "plays", {"2026-01-02": 5})
    answer = report(alice, metrics="plays", interval="day", group_by="asset")
    assert answer["query"] == {
        "metrics": ["plays"],
        "from": "2026-01-01",
        "to": "2026-01-31",
        "interval": "day",
        "group_by": ["asset"],
    }
    assert answer["columns"] == [
        {"name": "period", "type": "date"},
        {"name": "connection", "type": "string"},
        {"name": "asset", "type": "string"},
        {"name": "asset_kind", "type": "string"},
        {"name": "parent", "type": "string"},
        {"name": "asset_title", "type": "string"},
        {"name": "plays", "type": "number", "unit": "count"},
    ]
    told = {
        "connection": "boom",
        "asset": "final",
        "asset_kind": "video",
        "parent": None,
        "asset_title": "Title of final",
    }
    assert answer["rows"] == [
        {"period": "2026-01-01", **told, "plays": 3},
        {"period": "2026-01-02", **told, "plays": 4},
        told | {"period": "2026-01-02", "asset": "semi", "asset_title": "Title of semi", "plays": 5},
    ]
    assert answer["totals"] == {"plays": 12}
    assert answer["unattributed"] == {"plays": 0}
    assert "previous" not in answer


@pytest.mark.parametrize("name", ["customer", "connection", "provider", "asset"])
def test_a_filter_that_names_nothing_is_refused(alice: Tenant, name: str) -> None:
    make_asset(make_connection(alice))
    with pytest.raises(NotThere, match=r"There is no .* “nobody” here") as error:
        report(alice, metrics="plays", **{name: "nobody"})
    assert error.value.name == name


def test_an_answer_of_too_many_rows_is_refused(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(make_asset(make_connection(alice)), "plays", {"2026-01-01": 1, "2026-01-02": 1, "2026-01-03": 1})
    monkeypatch.setattr("reporting.query.sql.reader.MAX_CELLS", 2)
    with pytest.raises(TooMuch, match="fewer days"):
        report(alice, metrics="plays", interval="day")


def test_nothing_reported_is_null_not_zero(alice: Tenant) -> None:
    make_asset(make_connection(alice))
    answer = report(alice, metrics="plays,watch_time")
    assert answer["rows"] == []
    assert answer["totals"] == {"plays": None, "watch_time": None}
    assert answer["unattributed"] == {"plays": None, "watch_time": None}
    assert "no_figures" in codes(answer)


def test_a_reported_zero_is_zero(alice: Tenant) -> None:
    tell(make_asset(make_connection(alice)), "plays", {"2026-01-01": 0})
    answer = report(alice, metrics="plays")
    assert answer["rows"] == [{"plays": 0}]
    assert answer["totals"] == {"plays": 0}


# --- Accounts and their assets ----------------------------------------------------------------------------------------


def test_the_account_counts_instead_of_its_assets(alice: Tenant) -> None:
    boom = make_connection(alice)
    account, final = make_asset(boom, "all", "account"), make_asset(boom, "final")
    tell(account, "plays", {"2026-01-01": 10})
    tell(final, "plays", {"2026-01-01": 7, "2026-01-02": 1})
    answer = report(alice, metrics="plays", interval="day", to="2026-01-02", from_="2026-01-01")
    # Chosen once for the whole range: the second day is the account's, who says nothing of it.
    assert answer["rows"] == [{"period": "2026-01-01", "plays": 10}, {"period": "2026-01-02", "plays": None}]
    assert answer["totals"] == {"plays": 10}
    assert answer["unattributed"] == {"plays": 2}


def test_each_metric_chooses_for_itself(alice: Tenant) -> None:
    boom = make_connection(alice)
    account, final = make_asset(boom, "all", "account"), make_asset(boom, "final")
    tell(account, "watch_time", {"2026-01-01": 600})
    tell(final, "watch_time", {"2026-01-01": 500})
    tell(final, "plays", {"2026-01-01": 7})
    answer = report(alice, metrics="watch_time,plays")
    assert answer["totals"] == {"watch_time": 600, "plays": 7}
    assert answer["unattributed"] == {"watch_time": 100, "plays": 0}


def test_each_connection_chooses_for_itself(alice: Tenant) -> None:
    one, two = make_connection(alice, "one"), make_connection(alice, "two", "smartstream")
    tell(make_asset(one, "all", "account"), "plays", {"2026-01-01": 10})
    tell(make_asset(one, "a"), "plays", {"2026-01-01": 4})
    tell(make_asset(two, "b"), "plays", {"2026-01-01": 5})
    answer = report(alice, metrics="plays", group_by="connection,provider")
    assert answer["rows"] == [
        {"connection": "one", "connection_name": "One", "provider": "boomstream", "plays": 10},
        {"connection": "two", "connection_name": "Two", "provider": "smartstream", "plays": 5},
    ]
    assert answer["totals"] == {"plays": 15}
    assert answer["unattributed"] == {"plays": 6}


def test_unattributed_may_be_negative(alice: Tenant) -> None:
    boom = make_connection(alice)
    tell(make_asset(boom, "all", "account"), "plays", {"2026-01-01": 5})
    tell(make_asset(boom, "final"), "plays", {"2026-01-01": 7})
    assert report(alice, metrics="plays", group_by="asset")["unattributed"] == {"plays": -2}


def test_the_account_is_no_row_of_its_own_unless_named(alice: Tenant) -> None:
    boom = make_connection(alice)
    tell(make_asset(boom, "all", "account"), "plays", {"2026-01-01": 10})
    tell(make_asset(boom, "final"), "plays", {"2026-01-01": 7})
    assert [row["asset"] for row in report(alice, metrics="plays", group_by="asset")["rows"]] == ["final"]
    named = report(alice, metrics="plays", group_by="asset", asset="all,final")
    assert {row["asset"]: row["plays"] for row in named["rows"]} == {"all": 10, "final": 7}
    assert named["totals"] == {"plays": 10}
    assert "unattributed" not in named


def test_playlists_never_add_to_videos(alice: Tenant) -> None:
    boom = make_connection(alice)
    tell(make_asset(boom, "final"), "plays", {"2026-01-01": 7})
    tell(make_asset(boom, "best-of", "playlist"), "plays", {"2026-01-01": 5})
    answer = report(alice, metrics="plays", group_by="asset")
    assert {row["asset"]: row["plays"] for row in answer["rows"]} == {"best-of": 5, "final": 7}
    assert answer["totals"] == {"plays": 7}
    assert report(alice, metrics="plays")["rows"] == [{"plays": 7}]


def test_external_ids_are_unique_within_a_connection_only(alice: Tenant) -> None:
    for slug, plays in (("one", 1), ("two", 2)):
        tell(make_asset(make_connection(alice, slug), "same"), "plays", {"2026-01-01": plays})
    answer = report(alice, metrics="plays", group_by="asset", asset="same")
    assert [(row["connection"], row["plays"]) for row in answer["rows"]] == [("one", 1), ("two", 2)]
    assert report(alice, metrics="plays", asset="same", connection="two")["totals"] == {"plays": 2}


def test_a_question_costs_few_statements(alice: Tenant, django_assert_max_num_queries) -> None:
    boom = make_connection(alice)
    for number in range(5):
        tell(make_asset(boom, f"asset-{number}"), "plays", {f"2026-01-0{day}": day for day in range(1, 6)})
    with django_assert_max_num_queries(6 + 2 + 4):  # of the query, what the planner is told, and of the scope around it
        report(alice, metrics="plays", group_by="asset", interval="day")
