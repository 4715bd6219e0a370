"""Every figure is of all sources that report the metric, or the report says which are missing, and why."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from reporting.models import Connection, Customer, FeedProgress, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import (
    codes,
    cover,
    give,
    make_asset,
    make_connection,
    make_customer,
    make_restatement,
    make_snapshot,
    report,
    tell,
)

FEW = {"from_": "2026-01-05", "to": "2026-01-06"}


def final(connection: Connection) -> None:
    cover(connection, "2026-01-01", "2026-03-01", "2026-02-26")


@pytest.fixture
def two(alice: Tenant) -> tuple[Connection, Connection]:
    """`boom` by day and hour, `smart` by day only; all of it is final."""
    boom, smart = make_connection(alice), make_connection(alice, "smart", "smartstream")
    video, media = make_asset(boom), make_asset(smart, "m")
    tell(video, "plays", {"2026-01-05": 19, "2026-01-06": 3})
    tell(video, "plays", {"2026-01-05T14:00": 12, "2026-01-05T15:00": 7, "2026-01-06T09:00": 3}, "hour")
    tell(media, "plays", {"2026-01-05": 2773})
    final(boom)
    final(smart)
    return boom, smart


def note_of(answer: dict[str, Any], code: str) -> dict[str, Any]:
    (note,) = [note for note in answer["notes"] if note["code"] == code]
    return note


def finals(answer: dict[str, Any]) -> list[Any]:
    return [row.get("final") for row in answer["rows"]]


# --- Not at this interval ---------------------------------------------------------------------------------------------


def test_it_works(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    """19 plays of a day by hour, where the day has 2,792: it says of whom they are, and who is missing."""
    whole = report(alice, marks=True, metrics="plays", interval="day", **FEW)
    assert (whole["totals"], whole["final"], "totals_of" in whole) == ({"plays": 2795}, True, False)
    hours = report(alice, marks=True, metrics="plays", interval="hour", **FEW)
    assert [row["plays"] for row in hours["rows"]] == [12, 7, 3]
    assert (hours["totals"], hours["totals_of"]) == ({"plays": 22}, {"plays": ["boom"]})
    assert (hours["final"], finals(hours)) == (False, [False, False, False])
    note = note_of(hours, "not_at_this_interval")
    assert (note["metric"], note["connections"], note["intervals"]) == ("plays", ["smart"], {"smart": ["day"]})
    assert note["detail"] == "Plays by hour: not reported by smart (by day only). These figures are not included."
    assert [one["complete"] for one in hours["freshness"]] == [True, False]


def test_rows_of_others_lack_nothing(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    """By connection, and by asset, the rows that are there are whole; by provider those of the other provider."""
    for group in ("connection", "asset", "provider"):
        answer = report(alice, marks=True, metrics="plays", interval="hour", group_by=group, **FEW)
        assert (finals(answer), answer["final"]) == ([True] * 3, False), group
    only = report(alice, marks=True, metrics="plays", interval="hour", connection="boom", **FEW)
    assert (only["final"], "not_at_this_interval" in codes(only)) == (True, False)


def test_a_day_without_hours_is_missing_and_the_others_are_not(
    alice: Tenant, two: tuple[Connection, Connection]
) -> None:
    """Also where another asset of the connection has hours of that day: figures of 0 lack no hours."""
    boom, _ = two
    late = make_asset(boom, "late")
    tell(late, "plays", {"2026-01-05": 0, "2026-01-06": 40})
    tell(make_asset(boom, "list", "playlist"), "plays", {"2026-01-05": 8})
    answer = report(alice, marks=True, metrics="plays", interval="hour", connection="boom", **FEW)
    note = note_of(answer, "not_at_this_interval")
    assert note["days"] == {"boom": [{"from": "2026-01-06", "to": "2026-01-06"}]}
    assert "boom (in part by day only, on 2026-01-06)" in note["detail"]
    assert finals(answer) == [True, True, False]
    assert report(alice, marks=True, metrics="plays", interval="hour", group_by="asset", **FEW)["rows"][0]["final"]


def test_nothing_is_missing_where_there_is_nothing_to_add(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    """A figure of 0, or that of a playlist, which is in no total."""
    with tenant_scope(alice):
        Connection.objects.filter(slug="smart").update(state="deleted")
    v = make_connection(alice, "v")
    final(v)
    tell(make_asset(v), "plays", {"2026-01-05": 0})
    tell(make_asset(v, "list", "playlist"), "plays", {"2026-01-05": 7})
    answer = report(alice, metrics="plays", interval="hour", connection="boom,v", **FEW)
    assert ("not_at_this_interval" in codes(answer), answer["final"]) == (False, True)


def test_an_accounts_hours_stand_for_its_assets(alice: Tenant) -> None:
    boom = make_connection(alice)
    tell(make_asset(boom, "all", "account"), "plays", {"2026-01-05T14:00": 9}, "hour")
    tell(make_asset(boom), "plays", {"2026-01-05": 9})
    assert "not_at_this_interval" not in codes(report(alice, metrics="plays", interval="hour", **FEW))


def test_a_row_lacks_only_what_is_its_customers(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    norte, sur = make_customer(alice), make_customer(alice, "sur")
    with tenant_scope(alice):
        (video,), (media,) = (list(one.assets.all()) for one in two)
    other = make_asset(two[0], "other")
    tell(other, "plays", {"2026-01-05T14:00": 1}, "hour")
    give(video, norte)
    give(media, norte)
    give(other, sur)
    rows = report(alice, marks=True, metrics="plays", interval="hour", group_by="customer", **FEW)["rows"]
    assert {(row["customer"], row["final"]) for row in rows} == {("norte", False), ("sur", True)}
    answers = {one.slug: report(alice, one, metrics="plays", interval="hour", **FEW) for one in (norte, sur)}
    assert note_of(answers["norte"], "not_at_this_interval")["connections"] == ["smart"]
    assert "not_at_this_interval" not in codes(answers["sur"])


def test_lifetimes_lack_those_that_count_by_day(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    tell(make_asset(make_connection(alice, "v", "247platform")), "plays", {"2026-01-05": 500}, "lifetime")
    answer = report(alice, metrics="plays", interval="lifetime", **FEW)
    assert (answer["totals"], answer["totals_of"], answer["final"]) == ({"plays": 500}, {"plays": ["v"]}, False)
    note = note_of(answer, "not_at_this_interval")
    assert note["intervals"] == {"boom": ["hour", "day"], "smart": ["day"]}
    # Since each asset exists: also what was counted before the days of the report, not what came after them.
    later = report(alice, metrics="plays", interval="lifetime", from_="2026-02-01", to="2026-02-02")
    assert note_of(later, "not_at_this_interval")["connections"] == ["boom", "smart"]
    assert codes(report(alice, metrics="plays", interval="lifetime", from_="2026-01-01", to="2026-01-04")) == {
        "no_figures"
    } | {"not_fetched"}


@pytest.mark.parametrize("stored", ["minute", "hour", "month", "lifetime"])
def test_a_metric_that_is_there_at_one_interval_only(
    alice: Tenant, two: tuple[Connection, Connection], stored: str
) -> None:
    v = make_connection(alice, "v", "247platform")
    final(v)
    day = "2026-01-01" if stored == "month" else "2026-01-05"
    tell(make_asset(v), "plays", {day: 7}, stored)
    answer = report(alice, marks=True, metrics="plays", interval="day", **FEW)
    note = note_of(answer, "not_at_this_interval")
    assert (note["connections"], note["intervals"]) == (["v"], {"v": [stored]})
    assert (answer["totals"], answer["totals_of"]) == ({"plays": 2795}, {"plays": ["boom", "smart"]})
    assert (answer["final"], finals(answer)) == (False, [False, False])
    # A note is about the days that are shown.
    before = report(alice, metrics="plays", interval="day", from_="2025-12-01", to="2025-12-31")
    assert "not_at_this_interval" not in codes(before)


def test_a_count_by_month_only(alice: Tenant) -> None:
    smart = make_connection(alice, "smart", "smartstream")
    account = make_asset(smart, "all", "account")
    tell(account, "devices", {"2026-01-01": 70}, "month")
    final(smart)
    days = report(alice, marks=True, metrics="devices", interval="day", **FEW)
    assert note_of(days, "not_at_this_interval")["intervals"] == {"smart": ["month"]}
    assert (days["final"], days["totals"]) == (False, {"devices": None})
    months = report(alice, marks=True, metrics="devices", interval="month")
    assert (months["final"], "not_at_this_interval" in codes(months)) == (True, False)
    # By day it does report them, which is no week's count: nothing is missing that anybody could give.
    tell(account, "devices", {"2026-01-05": 3, "2026-01-06": 4})
    week = report(alice, metrics="devices", **FEW)
    assert codes(week) == {"not_additive"}


def test_a_total_is_of_no_source_that_its_rows_lack(alice: Tenant) -> None:
    """Above the days of one account stands no month of another."""
    by_day, by_month = make_connection(alice, "d", "smartstream"), make_connection(alice, "m", "smartstream")
    tell(make_asset(by_day, "all", "account"), "devices", {"2026-01-05": 3})
    tell(make_asset(by_month, "all", "account"), "devices", {"2026-01-01": 70}, "month")
    days = report(alice, metrics="devices", interval="day")
    assert (days["totals"], note_of(days, "not_at_this_interval")["connections"]) == ({"devices": None}, ["m"])
    months = report(alice, metrics="devices", interval="month")
    assert (months["totals"], months["totals_of"]) == ({"devices": 70}, {"devices": ["m"]})
    assert note_of(months, "not_at_this_interval")["intervals"] == {"d": ["day"]}


def test_a_state_by_hour(alice: Tenant) -> None:
    fire = make_connection(alice, "fire", "callfire")
    tell(make_asset(fire, "1", "broadcast"), "finished", {"2026-01-05": 3})
    answer = report(alice, metrics="finished", interval="hour", **FEW)
    assert note_of(answer, "not_at_this_interval")["intervals"] == {"fire": ["day"]}


def test_a_ratio_is_there_where_both_of_its_sides_are(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    _, smart = two
    with tenant_scope(alice):
        media = smart.assets.get()
    asked = {"metrics": "average_watch_time", "interval": "hour", **FEW}
    assert "not_at_this_interval" not in codes(report(alice, **asked))  # nobody reports watch time
    tell(media, "watch_time", {"2026-01-05": 27730})
    assert note_of(report(alice, **asked), "not_at_this_interval")["connections"] == ["smart"]


def test_what_was_taken_away_is_not_missing(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    """That a connection once had figures is known for longer than they are there."""
    v = make_connection(alice, "v")
    tell(make_asset(v), "plays", {"2026-01-05": 7}, "minute")
    with tenant_scope(alice):
        v.assets.get().delete()
        database.cursor().execute("DELETE FROM reporting_fact WHERE interval = 'minute'")
    assert "not_at_this_interval" not in codes(report(alice, metrics="plays", **FEW))


# --- By a dimension ---------------------------------------------------------------------------------------------------


def test_who_does_not_split_is_named(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    """The totals are plain; what is not split is a row of its own."""
    with tenant_scope(alice):
        video = two[0].assets.get()
    tell(video, "plays", {"2026-01-05 JP": 10, "2026-01-05 ES": 9, "2026-01-06 JP": 3}, dimension="country")
    answer = report(alice, marks=True, metrics="plays", group_by="country", interval="month", **FEW)
    assert {row["country"]: row["plays"] for row in answer["rows"]} == {"JP": 13, "ES": 9, None: 2773}
    note = note_of(answer, "not_by_this_dimension")
    assert (note["metric"], note["dimension"], note["connections"]) == ("plays", "country", ["smart"])
    assert note["detail"] == "Plays by country: not reported by smart. Their figures are in the row without a country."
    assert (answer["totals"], "totals_of" in answer, answer["final"]) == ({"plays": 2795}, False, True)


def test_a_key_lacks_those_that_do_not_split(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    with tenant_scope(alice):
        video = two[0].assets.get()
    tell(video, "plays", {"2026-01-05 JP": 10}, dimension="country")
    answer = report(alice, marks=True, metrics="plays", country="JP", interval="month", **FEW)
    assert (answer["totals"], answer["totals_of"], answer["final"]) == ({"plays": 10}, {"plays": ["boom"]}, False)
    assert note_of(answer, "not_by_this_dimension")["connections"] == ["smart"]
    hours = report(alice, metrics="plays", country="JP", interval="hour", **FEW)
    assert note_of(hours, "not_at_this_interval")["connections"] == ["boom"]


# --- Not read ---------------------------------------------------------------------------------------------------------


def test_a_connection_that_was_never_read(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    """Nobody knows what it would add, until it was read once; one that is paused is asked for nothing."""
    new = make_connection(alice, "new")
    answer = report(alice, marks=True, metrics="plays", interval="day", **FEW)
    assert (answer["final"], finals(answer)) == (False, [False, False])
    assert answer["totals_of"] == {"plays": ["boom", "smart"]}
    note = note_of(answer, "not_fetched")
    assert (note["connection"], note["from"], note["to"]) == ("new", "2026-01-05", "2026-01-06")
    assert "not_fetched" not in codes(report(alice, metrics="plays", from_="2025-12-01", to="2025-12-31"))
    with tenant_scope(alice):
        Connection.objects.filter(pk=new.pk).update(state="paused")
    assert report(alice, metrics="plays", **FEW)["final"]
    with tenant_scope(alice):
        Connection.objects.filter(pk=new.pk).update(state="active")
    final(new)
    assert report(alice, metrics="plays", **FEW)["final"]


def test_a_connection_that_was_not_read_far_enough(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    """It reports plays, but none of these days: they are missing. One that never reported any is not missed."""
    v, calls = make_connection(alice, "v"), make_connection(alice, "calls", "callfire")
    tell(make_asset(v), "plays", {"2026-01-02": 7})
    tell(make_asset(calls, "1", "broadcast"), "attempts", {"2026-01-02": 7})
    for connection in (v, calls):
        cover(connection, "2026-01-01", "2026-01-05", "2026-01-02")
    answer = report(alice, marks=True, metrics="plays", interval="day", **FEW)
    note = note_of(answer, "not_fetched")
    assert (note["connection"], note["from"], note["to"]) == ("v", "2026-01-06", "2026-01-06")
    assert answer["final"] is False
    assert {one["connection"]: one["missing"] for one in answer["freshness"]} == {
        "boom": [],
        "calls": [{"from": "2026-01-06", "to": "2026-01-06"}],
        "smart": [],
        "v": [{"from": "2026-01-06", "to": "2026-01-06"}],
    }


def test_a_connection_that_fails(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    """A note where days of the report are missing, wherever they end; since when and what is to be done, always."""
    boom, _ = two
    since = datetime(2026, 2, 27, 8, tzinfo=UTC)
    with tenant_scope(alice):
        Connection.objects.filter(pk=boom.pk).update(failing_since=since)
        FeedProgress.objects.filter(connection=boom).update(failures=4)
        of = {"tenant": alice, "connection": boom, "finished_at": since}
        SyncRun.objects.create(
            **of, state="failed", errors=[{"error": "RateLimited", "group": "try again", "detail": "…"}]
        )
    there = report(alice, metrics="plays", **FEW)
    assert "failing" not in codes(there)
    assert there["freshness"][0]["failing_since"] == "2026-02-27T08:00:00Z"
    assert there["freshness"][0]["error"] == "try again"
    note = note_of(report(alice, metrics="plays", from_="2026-02-20", to="2026-03-10"), "failing")
    assert (note["connection"], note["since"], note["error"]) == ("boom", "2026-02-27T08:00:00Z", "try again")
    assert (note["from"], note["to"]) == ("2026-03-02", "2026-03-10")
    make_snapshot(boom, datetime(2026, 2, 20, tzinfo=UTC), from_day=date(2026, 1, 1))
    then = report(alice, metrics="plays", as_of="2026-02-28", **FEW)["freshness"][0]
    assert then["covered_from"] == "2026-01-01"
    assert (then["failing_since"], then["error"], then["syncing"]) == (None, None, None)


@pytest.mark.parametrize(
    ("run", "state", "group"),
    [
        ({"errors": [{"error": "AskPerson", "group": "ask a person"}]}, "active", "ask a person"),
        ({"errors": [{"error": "Unreadable", "group": "fix the code"}]}, "active", "fix the code"),
        ({"errors": [{"error": "SyncError", "group": "unknown"}]}, "active", "try again"),
        (None, "active", "try again"),
        (None, "needs_attention", "ask a person"),
    ],
)
def test_an_error_is_a_group_never_the_name_of_an_exception(
    alice: Tenant, run: dict[str, Any] | None, state: str, group: str
) -> None:
    boom = make_connection(alice, state=state, failing_since=datetime(2026, 2, 27, tzinfo=UTC))
    if run is not None:
        with tenant_scope(alice):
            SyncRun.objects.create(tenant=alice, connection=boom, state="failed", **run)
    assert report(alice, metrics="plays")["freshness"][0]["error"] == group


def test_a_run_that_is_under_way_is_told(alice: Tenant) -> None:
    boom = make_connection(alice)
    assert report(alice, metrics="plays")["freshness"][0]["syncing"] is None
    with tenant_scope(alice):
        of = {"tenant": alice, "connection": boom, "requests_done": 3, "requests_total": 9}
        SyncRun.objects.create(**of, state="queued")
        begun = datetime(2026, 2, 28, 6, tzinfo=UTC)
        run = SyncRun.objects.create(**of, state="running", started_at=begun)
    assert report(alice, metrics="plays")["freshness"][0]["syncing"] == {
        "since": "2026-02-28T06:00:00Z",
        "requests_done": 3,
        "requests_total": 9,
    }
    assert report(alice, metrics="plays", as_of="2026-01-31")["freshness"][0]["syncing"] is None
    with tenant_scope(alice):
        SyncRun.objects.filter(pk=run.pk).update(state="succeeded")
    assert report(alice, metrics="plays")["freshness"][0]["syncing"] is None


# --- Counters and logs: wherever the days end ---------------------------------------------------------------------------


@pytest.fixture
def platform(alice: Tenant) -> Connection:
    """First read on the 10th of January; its log goes back to the 3rd, its history to the 1st."""
    v = make_connection(alice, "v", "247platform")
    video = make_asset(v)
    tell(video, "plays", {"2026-01-10": 891, "2026-01-11": 900}, "lifetime")
    tell(video, "plays", {"2026-01-11": 9})
    tell(video, "logged_plays", {"2026-01-03": 5, "2026-01-11": 8})
    final(v)
    return v


def test_the_logs_coverage_is_said_wherever_its_figures_are(alice: Tenant, platform: Connection) -> None:
    said = {"covered": 13, "of": 900, "from": "2026-01-03"}
    for days in (
        ("2026-01-01", "2026-01-02"),
        ("2026-01-01", "2026-01-04"),
        ("2026-01-03", "2026-01-31"),
        ("2026-01-11", "2026-03-01"),
    ):
        note = note_of(report(alice, metrics="logged_plays", from_=days[0], to=days[1]), "log_coverage")
        assert {name: note[name] for name in said} == said
    for days in (("2025-01-01", "2025-12-31"), ("2026-02-01", "2026-02-28"), ("2027-01-01", "2027-12-31")):
        assert "log_coverage" not in codes(report(alice, metrics="logged_plays", from_=days[0], to=days[1]))


def test_days_before_the_first_reading_are_missing(alice: Tenant, platform: Connection) -> None:
    """Of the connection: whatever came before it is in no day. A video that is first read later changes nothing about that."""
    new = make_asset(platform, "new")
    tell(new, "plays", {"2026-01-20": 2, "2026-01-21": 3}, "lifetime")
    tell(new, "plays", {"2026-01-21": 1})
    before = report(alice, marks=True, metrics="plays", interval="day", from_="2026-01-08", to="2026-01-09")
    note = note_of(before, "opening_reading")
    assert (note["connection"], note["from"], note["opening"]) == ("v", "2026-01-10", 891)
    assert (before["final"], finals(before), before["totals_of"]) == (False, [False, False], {"plays": []})
    around = report(alice, marks=True, metrics="plays", interval="day", from_="2026-01-10", to="2026-01-11")
    assert (around["final"], finals(around)) == (False, [False, True])
    after = report(alice, marks=True, metrics="plays", interval="day", from_="2026-01-11", to="2026-01-21")
    assert (after["final"], note_of(after, "opening_reading")["opening"]) == (True, 2)
    for days in (("2025-12-01", "2025-12-31"), ("2026-01-21", "2026-01-31")):
        assert "opening_reading" not in codes(report(alice, metrics="plays", from_=days[0], to=days[1]))


# --- What it costs ------------------------------------------------------------------------------------------------------


def statements(alice: Tenant, bearer: Customer | None = None, **asked: str) -> list[str]:
    with tenant_scope(alice), CaptureQueriesContext(database) as found:
        report(alice, bearer, from_="2025-02-01", to="2026-01-31", **asked)
    own = [query["sql"].split() for query in found]
    return [" ".join(words) for words in own if words[0] not in ("BEGIN", "SET", "COMMIT", "SAVEPOINT", "RELEASE")]


def test_a_plain_report_costs_four_statements_or_fewer(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    """Who may see what, the figures, and how fresh and final they are, with what was restated; one more for a split's whole."""
    norte = make_customer(alice)
    with tenant_scope(alice):
        video = two[0].assets.get()
    give(video, norte)
    tell(video, "plays", {"2026-01-05 JP": 10}, dimension="country")
    make_restatement(video, "plays", "2026-01-05", 18, 19, datetime(2026, 2, 10, tzinfo=UTC))
    make_connection(alice, "calls", "callfire")
    year = {"metrics": "plays,watch_time", "interval": "month"}
    asked: list[tuple[Customer | None, dict[str, str], int]] = [
        (norte, year, 3),
        (None, {"metrics": "plays,watch_time"}, 3),
        (None, year | {"group_by": "country"}, 4),
        (norte, year | {"group_by": "country"}, 4),
    ]
    for bearer, words, most in asked:
        found = statements(alice, bearer, **words)
        assert len(found) <= most, "\n".join(found)
    assert report(alice, metrics="plays", interval="day", **FEW)["restated"] == 1


def test_as_of_a_day_it_is_asked_of_then(alice: Tenant, two: tuple[Connection, Connection]) -> None:
    hours = report(alice, metrics="plays", interval="hour", as_of=str(date(2026, 2, 28)), **FEW)
    assert note_of(hours, "not_at_this_interval")["connections"] == ["smart"]
