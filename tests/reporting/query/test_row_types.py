"""A row says what it is: plain, what a split leaves over, or all others; and when it begins."""

import pytest

from reporting.models import Tenant
from tests.support.factories import make_asset, make_connection, report, tell

FIRST_DAY = {"from_": "2026-01-01", "to": "2026-01-01"}


def test_it_works(alice: Tenant) -> None:
    boom = make_connection(alice)
    final = make_asset(boom, "final")
    tell(final, "plays", {"2026-01-01": 10})
    tell(final, "plays", {"2026-01-01 JP": 6, "2026-01-01 ES": 1, "2026-01-01 FR": 1}, dimension="country")
    rows = report(alice, marks=True, metrics="plays", group_by="country", order_by="-plays", limit=2)["rows"]
    assert [(row["row_type"], row["country"], row["plays"]) for row in rows[:1]] == [("plain", "JP", 6)]
    by_type = {row["row_type"]: row["country"] for row in rows}
    assert by_type == {"plain": by_type["plain"], "other": None, "remainder": None}


def test_rows_of_a_statement_say_it_too(alice: Tenant) -> None:
    cdn = make_connection(alice, "cdn", "scaleengine")
    app = make_asset(cdn, "live", "application")
    tell(make_asset(cdn, "cup", "stream", parent=app), "plays", {"2026-01-01": 3})
    asked = {"metrics": "plays", "interval": "day", "group_by": "asset", **FIRST_DAY}
    (direct,) = report(alice, marks=True, **asked)["rows"]
    assert (
        direct.items()
        >= {
            "row_type": "plain",
            "period": "2026-01-01",
            "period_start": "2026-01-01",
            "connection": "cdn",
            "asset": "cup",
            "asset_kind": "stream",
            "parent": "live",
        }.items()
    )
    assert report(alice, marks=True, **asked, order_by="plays")["rows"] == [direct]


def test_the_row_of_all_others_has_no_names(alice: Tenant) -> None:
    """Whatever it is about: also one connection's, or one customer's."""
    boom = make_connection(alice)
    for name, plays in (("a", 5), ("other", 3), ("c", 2)):
        tell(make_asset(boom, name), "plays", {"2026-01-01": plays})
    groups = ("asset", "asset,connection", "asset,provider")
    for group in groups:
        *shown, last = report(alice, marks=True, metrics="plays", group_by=group, interval="day", limit=2)["rows"]
        assert [row["asset"] for row in shown] == ["a", "other"]
        names = {name: value for name, value in last.items() if name not in ("row_type", "plays", "restated")}
        assert (last["row_type"], last["plays"], set(names.values())) == ("other", 2, {None})


@pytest.mark.parametrize(
    ("interval", "period", "start"),
    [
        ("month", "2026-01", "2026-01-01"),
        ("week", "2026-W01", "2025-12-29"),
        ("day", "2026-01-01", "2026-01-01"),
        ("hour", "2026-01-01T14", "2026-01-01T14:00:00"),
        ("minute", "2026-01-01T14:35", "2026-01-01T14:35:00"),
    ],
)
def test_a_period_has_a_start(alice: Tenant, interval: str, period: str, start: str) -> None:
    stored = interval if interval in ("hour", "minute") else "day"
    final = make_asset(make_connection(alice))
    tell(final, "plays", {"2026-01-01T14:35" if stored != "day" else "2026-01-01": 1}, stored)
    for groups in ({}, {"group_by": "asset"}):
        (row,) = report(alice, marks=True, metrics="plays", interval=interval, **FIRST_DAY, **groups)["rows"]
        assert (row["period"], row["period_start"]) == (period, start)


@pytest.mark.parametrize("interval", ["total", "lifetime"])
def test_a_row_without_a_period_has_no_start(alice: Tenant, interval: str) -> None:
    final = make_asset(make_connection(alice))
    tell(final, "plays", {"2026-01-01": 1}, "day" if interval == "total" else "lifetime")
    for groups in ({}, {"group_by": "asset"}):
        (row,) = report(alice, marks=True, metrics="plays", interval=interval, **groups)["rows"]
        assert (row["period_start"], "period" in row) == (None, False)
