"""The rows beyond a limit: how many rows there are, and what can be told of the rest."""

from typing import Any

import pytest

from reporting.models import Asset, Tenant
from reporting.query.lineage import parse_lineage
from reporting.query.parameters import WrongParameters
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import TODAY, codes, make_asset, make_connection, report, tell

DAYS = {"from_": "2026-01-01", "to": "2026-01-02"}


def shown(answer: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [(row["row_type"], *(row[name] for name in names)) for row in answer["rows"]]


def split(asset: Asset, plays: int, countries: dict[str, int], day: str = "2026-01-01") -> None:
    tell(asset, "plays", {day: plays})
    tell(asset, "plays", {f"{day} {country}": value for country, value in countries.items()}, dimension="country")


def test_it_works(alice: Tenant) -> None:
    split(make_asset(make_connection(alice)), 20, {"JP": 6, "ES": 3, "FR": 2, "IT": 1})
    by_country = {"metrics": "plays", "group_by": "country"}
    assert shown(report(alice, marks=True, limit=2, **by_country), "country", "plays") == [
        ("remainder", None, 8),
        ("plain", "JP", 6),
        ("other", None, 6),
    ]
    # With what is left over among the rest: all there is, without what is shown.
    assert shown(report(alice, marks=True, limit=2, order_by="-country", **by_country), "country", "plays") == [
        ("plain", "JP", 6),
        ("plain", "IT", 1),
        ("other", None, 13),
    ]
    assert len(report(alice, limit=5, **by_country)["rows"]) == 5


def test_each_period_has_its_own_limit_and_its_own_rest(alice: Tenant) -> None:
    boom = make_connection(alice)
    for name, first, second in (("a", 5, 1), ("b", 4, 2), ("c", 3, 3), ("d", 2, 4)):
        tell(make_asset(boom, name), "plays", {"2026-01-01": first, "2026-01-02": second})
    asked = {"metrics": "plays", "group_by": "asset", "interval": "day", "limit": 2, "limit_per": "period"}
    answer = report(alice, marks=True, **asked, **DAYS)
    assert answer["query"]["limit_per"] == "period"
    first = [("plain", "2026-01-01", "a", 5), ("plain", "2026-01-01", "b", 4), ("other", "2026-01-01", None, 5)]
    second = [("plain", "2026-01-02", "d", 4), ("plain", "2026-01-02", "c", 3), ("other", "2026-01-02", None, 3)]
    assert shown(answer, "period_start", "asset", "plays") == first + second
    assert [row["period"] for row in answer["rows"]] == [row["period_start"] for row in answer["rows"]]
    downwards = report(alice, marks=True, **asked, **DAYS, order_by="-period,-plays")
    assert shown(downwards, "period_start", "asset", "plays") == second + first


def test_a_limit_for_each_period_without_a_limit_is_refused(alice: Tenant) -> None:
    for words in ({"limit_per": "period"}, {"limit_per": "month", "limit": 2}):
        with pytest.raises(WrongParameters) as error:
            report(alice, metrics="plays", **words)
        assert error.value.errors.keys() == {"limit_per"}


# --- Playlists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "held"), [("playlist", "video"), ("application", "stream")], ids=["playlist", "application"]
)
def test_what_holds_others_stands_beside_them(alice: Tenant, kind: str, held: str) -> None:
    boom = make_connection(alice)
    for name, plays in (("a", 5), ("b", 3), ("c", 2)):
        tell(make_asset(boom, name, held), "plays", {"2026-01-01": plays})
    for name, plays in (("list", 4), ("short", 1)):
        tell(make_asset(boom, name, kind), "plays", {"2026-01-01": plays})
    answer = report(alice, marks=True, metrics="plays", group_by="asset")
    assert len(answer["rows"]) == 5
    assert (answer["totals"], answer["unattributed"]) == ({"plays": 10}, {"plays": 0})
    (note,) = [note for note in answer["notes"] if note["code"] == "playlists_beside"]
    assert note["connections"] == ["boom"]
    limited = report(alice, marks=True, metrics="plays", group_by="asset", limit=2)
    assert shown(limited, "asset", "plays") == [("plain", "a", 5), ("plain", "list", 4), ("other", None, 5)]
    assert "playlists_beside" in codes(limited)
    # Alone beyond the limit it is in no row: what it plays is shown.
    assert shown(report(alice, marks=True, metrics="plays", group_by="asset", limit=4), "asset")[-1] == ("plain", "c")


def test_a_playlist_that_stands_beside_nothing_counts(alice: Tenant) -> None:
    boom, other = make_connection(alice), make_connection(alice, "two")
    for name, plays in (("list", 4), ("short", 1)):
        tell(make_asset(boom, name, "playlist"), "plays", {"2026-01-01": plays})
    tell(make_asset(other, "a"), "plays", {"2026-01-01": 5})
    answer = report(alice, marks=True, metrics="plays", group_by="asset", limit=1)
    assert shown(answer, "asset", "plays") == [("plain", "a", 5), ("other", None, 5)]
    assert answer["totals"] == {"plays": 10}
    assert "playlists_beside" not in codes(answer)


def test_a_playlist_counts_with_what_it_alone_reports(alice: Tenant) -> None:
    boom = make_connection(alice)
    playlist = make_asset(boom, "list", "playlist")
    tell(make_asset(boom, "a"), "plays", {"2026-01-01": 5})
    tell(playlist, "plays", {"2026-01-01": 4})
    tell(playlist, "requests", {"2026-01-01": 3})
    answer = report(alice, marks=True, metrics="plays,requests", group_by="asset", limit=1)
    assert shown(answer, "plays", "requests") == [("plain", 5, None), ("other", None, 3)]
    assert answer["totals"] == {"plays": 5, "requests": 3}


def test_what_a_playlists_split_leaves_over_stands_beside_too(alice: Tenant) -> None:
    boom = make_connection(alice)
    split(make_asset(boom, "a"), 9, {"JP": 6})
    split(make_asset(boom, "list", "playlist"), 8, {"JP": 3})
    answer = report(alice, marks=True, metrics="plays", group_by="asset,country", limit=1)
    assert shown(answer, "asset", "country", "plays") == [("plain", "a", "JP", 6), ("other", None, None, 3)]


# --- What can't be told -----------------------------------------------------------------------------------------------


def test_what_an_account_and_its_assets_leave_over_is_not_added(alice: Tenant) -> None:
    boom = make_connection(alice)
    split(make_asset(boom, "all", "account"), 20, {"JP": 9})
    split(make_asset(boom, "a"), 9, {"JP": 6})
    asked = {"metrics": "plays", "group_by": "asset,country", "asset": "all,a"}
    one, two = (report(alice, marks=True, **asked, limit=limit) for limit in (1, 2))
    assert shown(one, "plays") == [("remainder", 11), ("other", None)]
    assert shown(two, "plays") == [("remainder", 11), ("plain", 9), ("other", 9)]


def test_what_is_left_over_has_no_ratio_and_no_count(alice: Tenant) -> None:
    video = make_asset(make_connection(alice))
    split(video, 20, {"JP": 6, "ES": 3})
    tell(video, "watch_time", {"2026-01-01": 200})
    tell(video, "watch_time", {"2026-01-01 JP": 60, "2026-01-01 ES": 30}, dimension="country")
    tell(video, "devices", {"2026-01-01 JP": 4, "2026-01-01 ES": 2}, dimension="country")
    asked = {
        "metrics": "plays,average_watch_time,devices",
        "group_by": "country",
        "from_": "2026-01-01",
        "to": "2026-01-01",
    }
    last = report(alice, order_by="-country", limit=1, **asked)["rows"][-1]
    assert last == {"country": None, "plays": 14, "average_watch_time": None, "devices": None}
    last = report(alice, order_by="-plays", limit=2, **asked)["rows"][-1]
    assert last == {"country": None, "plays": 3, "average_watch_time": 10, "devices": 2}


# --- Where it comes from ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "figure", "sides"),
    [
        ({"order_by": "-country", "report_limit": "2"}, 13, [(20, False), (7, True)]),  # all without JP and IT
        ({"order_by": "-plays", "report_limit": "2"}, 6, [(6, False)]),  # ES, FR and IT
        (
            {"order_by": "-country", "report_limit": "2", "interval": "day", "limit_per": "period", "at": "2026-01-01"},
            13,
            None,
        ),
    ],
)
def test_the_facts_of_all_others(alice: Tenant, words: dict[str, str], figure: int, sides: Any) -> None:
    split(make_asset(make_connection(alice)), 20, {"JP": 6, "ES": 3, "FR": 2, "IT": 1})
    asked = {
        "metrics": "plays",
        "group_by": "country",
        "row": "other",
        "from": "2026-01-01",
        "to": "2026-01-31",
    } | words
    with tenant_scope(alice):
        lineage = parse_lineage({name: [word] for name, word in asked.items()}, alice, OPERATOR, today=TODAY)
        assert lineage.figure == figure
        found = [(side.value, side.is_taken_off) for side in lineage.sides if side.facts]
        assert sum(-value if is_taken_off else value for value, is_taken_off in found) == figure
        assert sides is None or found == sides


def test_the_rest_of_a_period_is_asked_for_by_its_period(alice: Tenant) -> None:
    split(make_asset(make_connection(alice)), 20, {"JP": 6, "ES": 3})
    asked = {"metrics": "plays", "group_by": "country", "row": "other", "interval": "day", "report_limit": "1"}
    for words in ({"limit_per": "period"}, {"at": "2026-01-01"}):
        with pytest.raises(WrongParameters) as error:
            parse_lineage({name: [word] for name, word in (asked | words).items()}, alice, OPERATOR, today=TODAY)
        assert error.value.errors.keys() == {"at"}
