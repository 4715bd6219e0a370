"""Which rows are final, and which hold figures that were changed afterwards."""

from datetime import UTC, datetime
from typing import Any

from reporting.models import Asset, Connection, Tenant
from tests.support.factories import (
    cover,
    give,
    make_asset,
    make_connection,
    make_customer,
    make_restatement,
    report,
    tell,
)

DAY = {"row_type": "plain"}
NOTICED = datetime(2026, 2, 10, 6, tzinfo=UTC)


def restate(asset: Asset, day: str, metric: str = "plays", **more: Any) -> None:
    make_restatement(asset, metric, day, 1, 2, more.pop("noticed_at", NOTICED), **more)


def final(boom: Connection, through: str | None) -> None:
    cover(boom, "2026-01-01", "2026-02-01", through)


def by_period(answer: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {row["period"]: (row["final"], row["restated"]) for row in answer["rows"]}


def test_it_works(alice: Tenant) -> None:
    boom = make_connection(alice)
    film = make_asset(boom)
    tell(film, "plays", {"2026-01-01": 2, "2026-01-03": 2})
    final(boom, "2026-01-02")
    restate(film, "2026-01-01")
    answer = report(alice, marks=True, metrics="plays", interval="day", from_="2026-01-01", to="2026-01-03")
    assert answer["rows"] == [
        DAY | {"period": "2026-01-01", "period_start": "2026-01-01", "plays": 2, "final": True, "restated": 1},
        DAY | {"period": "2026-01-02", "period_start": "2026-01-02", "plays": None, "final": True, "restated": 0},
        DAY | {"period": "2026-01-03", "period_start": "2026-01-03", "plays": 2, "final": False, "restated": 0},
    ]
    assert (answer["final"], answer["restated"]) == (False, 1)
    assert "final" not in [column["name"] for column in answer["columns"]]


def test_a_month_is_final_when_its_last_day_is(alice: Tenant) -> None:
    boom = make_connection(alice)
    tell(make_asset(boom), "plays", {"2026-01-05": 1, "2026-02-05": 1})
    cover(boom, "2026-01-01", "2026-02-20", "2026-02-10")
    months = {"metrics": "plays", "interval": "month", "from_": "2026-01-01"}
    assert by_period(report(alice, marks=True, to="2026-02-28", **months)) == {
        "2026-01": (True, 0),
        "2026-02": (False, 0),
    }
    # Of a part of a month, that part.
    assert report(alice, marks=True, to="2026-02-10", **months)["final"] is True


def test_each_row_waits_for_its_own_connections(alice: Tenant) -> None:
    one, two, silent = (make_connection(alice, slug) for slug in ("one", "two", "silent"))
    tell(make_asset(one), "plays", {"2026-01-05": 1})
    tell(make_asset(two), "plays", {"2026-01-05": 1})
    make_asset(silent)
    final(one, "2026-01-20")
    final(two, None)
    asked: dict[str, Any] = {"metrics": "plays", "interval": "month"}
    rows = report(alice, marks=True, group_by="connection", to="2026-01-20", from_="2026-01-01", **asked)["rows"]
    assert {row["connection"]: row["final"] for row in rows} == {"one": True, "two": False}
    assert report(alice, marks=True, to="2026-01-20", from_="2026-01-01", **asked)["final"] is False
    # One that was never read may count something; one that was read and counts nothing here holds nobody up.
    asked |= {"marks": True, "to": "2026-01-20", "from_": "2026-01-01", "connection": "one,silent"}
    assert report(alice, **asked)["final"] is False
    final(silent, None)
    assert report(alice, **asked)["final"] is True


def test_what_does_not_count_is_not_told(alice: Tenant) -> None:
    """The account's figure counts, not its assets'; and only of what is asked for."""
    boom = make_connection(alice)
    account, film = make_asset(boom, "all", "account"), make_asset(boom)
    tell(account, "plays", {"2026-01-05": 3})
    tell(film, "plays", {"2026-01-05": 2})
    tell(film, "plays", {"2026-01-05 ES": 2}, dimension="country")
    restate(film, "2026-01-05")
    restate(film, "2026-01-05", key="ES", dimension="country")
    restate(film, "2026-01-05", "watch_time")
    restate(film, "2026-01-05", interval="hour")
    restate(film, "2026-02-05")
    assert "restated" not in report(alice, marks=True, metrics="plays", interval="day")
    by_asset = report(alice, marks=True, metrics="plays", group_by="asset")
    assert [row["restated"] for row in by_asset["rows"]] == [1]
    by_country = report(alice, marks=True, metrics="plays", group_by="country")
    assert {row["country"]: row["restated"] for row in by_country["rows"]} == {"ES": 1, None: 0}


def test_a_ratio_is_restated_with_what_it_is_made_of(alice: Tenant) -> None:
    film = make_asset(make_connection(alice))
    tell(film, "plays", {"2026-01-05": 3})
    tell(film, "watch_time", {"2026-01-05": 30})
    restate(film, "2026-01-05", "watch_time")
    assert report(alice, metrics="average_watch_time")["restated"] == 1


def test_a_customer_learns_of_its_own_only(alice: Tenant) -> None:
    """Of its assets, on the days that they were its own."""
    boom, norte, sur = make_connection(alice), make_customer(alice), make_customer(alice, "sur")
    film, other = make_asset(boom), make_asset(boom, "other")
    give(film, norte, None, "2026-01-10")
    give(film, sur, "2026-01-11")
    give(other, sur)
    for asset in (film, other):
        tell(asset, "plays", {"2026-01-05": 2, "2026-01-15": 2})
        restate(asset, "2026-01-05")
        restate(asset, "2026-01-15")
    for bearer, count in ((None, 4), (norte, 1), (sur, 3)):
        answer = report(alice, bearer, marks=True, metrics="plays", interval="day")
        assert answer["restated"] == count
        assert sum(row.get("restated", 0) for row in answer["rows"]) == count
    rows = report(alice, marks=True, metrics="plays", group_by="customer")["rows"]
    assert {row["customer"]: row["restated"] for row in rows} == {"norte": 1, "sur": 3}


def test_as_of_a_day_only_what_was_noticed_by_then(alice: Tenant) -> None:
    film = make_asset(make_connection(alice))
    tell(film, "plays", {"2026-01-05": 2})
    restate(film, "2026-01-05")
    restate(film, "2026-01-05", noticed_at=datetime(2026, 2, 20, tzinfo=UTC))
    assert report(alice, metrics="plays")["restated"] == 2
    assert report(alice, metrics="plays", as_of="2026-02-15")["restated"] == 1
    assert "restated" not in report(alice, metrics="plays", as_of="2026-02-05")


def test_the_rest_adds_its_restatements(alice: Tenant) -> None:
    boom = make_connection(alice)
    for name, plays in (("a", 9), ("b", 2), ("c", 1)):
        asset = make_asset(boom, name)
        tell(asset, "plays", {"2026-01-05": plays})
        restate(asset, "2026-01-05")
    rows = report(alice, marks=True, metrics="plays", group_by="asset", limit=1)["rows"]
    assert [(row["asset"], row["restated"]) for row in rows] == [("a", 1), (None, 2)]


def test_bob_learns_nothing_of_alices(alice: Tenant, bob: Tenant) -> None:
    film = make_asset(make_connection(alice))
    tell(film, "plays", {"2026-01-05": 2})
    restate(film, "2026-01-05")
    tell(make_asset(make_connection(bob)), "plays", {"2026-01-05": 2})
    assert "restated" not in report(bob, metrics="plays")
