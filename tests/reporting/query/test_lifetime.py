"""Lifetime readings: the newest one, the opening one, and how much of it the log covers."""

from datetime import date
from typing import Any

from django.utils import timezone

from reporting.models import CounterReset, FeedProgress, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import codes, give, make_asset, make_connection, make_customer, report, tell


def test_it_works(alice: Tenant) -> None:
    platform = make_connection(alice, "v", "247platform")
    a, b = make_asset(platform, "a"), make_asset(platform, "b")
    tell(a, "plays", {"2026-01-01": 100, "2026-01-05": 120, "2026-02-02": 500}, "lifetime")
    tell(b, "plays", {"2026-01-03": 7}, "lifetime")
    answer = report(alice, metrics="plays", interval="lifetime", from_="2026-01-20", to="2026-01-31")
    assert answer["rows"] == [{"plays": 127}]
    assert answer["totals"] == {"plays": 127}
    (note,) = [note for note in answer["notes"] if note["code"] == "lifetime"]
    assert (note["from"], note["to"]) == ("2026-01-03", "2026-01-05")
    by_asset = report(
        alice, metrics="plays", interval="lifetime", group_by="asset", to="2026-01-31", from_="2026-01-20"
    )
    assert [(row["asset"], row["plays"]) for row in by_asset["rows"]] == [("a", 120), ("b", 7)]


def test_what_the_newest_reading_does_not_name_is_gone(alice: Tenant) -> None:
    video = make_asset(make_connection(alice, "v", "247platform"))
    costs = {"2026-01-01 storage": 3, "2026-01-01 transcode": 1, "2026-01-02 transcode": 2}
    tell(video, "cost", costs, "lifetime", "cost_type")
    answer = report(alice, metrics="cost", interval="lifetime", group_by="cost_type")
    assert answer["rows"] == [{"cost_type": "transcode", "currency": "EUR", "cost": "2"}]


def test_unique_addresses_of_two_videos_are_not_added(alice: Tenant) -> None:
    platform = make_connection(alice, "v", "247platform")
    for name in ("a", "b"):
        tell(make_asset(platform, name), "unique_ips", {"2026-01-01": 5}, "lifetime")
    answer = report(alice, metrics="unique_ips", interval="lifetime")
    assert answer["totals"] == {"unique_ips": None}
    assert "not_additive" in codes(answer)
    assert report(alice, metrics="unique_ips", interval="lifetime", asset="a")["totals"] == {"unique_ips": 5}


def test_by_day_there_are_no_unique_addresses(alice: Tenant) -> None:
    tell(make_asset(make_connection(alice, "v", "247platform")), "unique_ips", {"2026-01-01": 5}, "lifetime")
    assert report(alice, metrics="unique_ips", from_="2026-01-01", to="2026-01-01")["totals"] == {"unique_ips": None}


def test_the_log_says_how_much_it_covers(alice: Tenant) -> None:
    platform, boom = make_connection(alice, "v", "247platform"), make_connection(alice, "boom")
    video = make_asset(platform)
    tell(video, "plays", {"2026-01-31": 15_821}, "lifetime")
    tell(video, "logged_plays", {"2025-12-31": 2, "2026-01-05": 10, "2026-02-01": 99})
    tell(video, "logged_watch_time", {"2026-01-05": 600})
    tell(make_asset(boom), "plays", {"2026-01-05": 1000})
    answer = report(alice, metrics="logged_plays", interval="day")
    (note,) = [note for note in answer["notes"] if note["code"] == "log_coverage"]
    assert (note["connection"], note["covered"], note["of"]) == ("v", 12, 15_821)
    assert "lists 12 of 15,821" in note["detail"]
    assert "log_coverage" in codes(report(alice, metrics="logged_watch_time"))
    assert "log_coverage" not in codes(report(alice, metrics="logged_plays", connection="boom"))
    assert "log_coverage" not in codes(report(alice, metrics="plays"))
    assert "log_coverage" not in codes(report(alice, metrics="logged_plays", interval="lifetime"))


def test_the_log_of_a_customers_days_is_no_part_of_a_whole_life(alice: Tenant) -> None:
    """Of an asset that is a customer's for a time only; one that always was is measured."""
    platform, norte, sur = make_connection(alice, "v", "247platform"), make_customer(alice), make_customer(alice, "sur")
    video = make_asset(platform)
    tell(video, "plays", {"2026-01-31": 100}, "lifetime")
    tell(video, "logged_plays", {"2026-01-05": 10, "2026-01-20": 30})
    give(video, sur, "2026-01-10")
    always = make_asset(platform, "always")
    tell(always, "plays", {"2026-01-31": 50}, "lifetime")
    tell(always, "logged_plays", {"2026-01-05": 20})
    give(always, norte)
    assert report(alice, metrics="logged_plays", customer="sur")["totals"] == {"logged_plays": 30}
    assert "log_coverage" not in codes(report(alice, metrics="logged_plays", customer="sur"))
    assert "log_coverage" in codes(report(alice, metrics="logged_plays"))
    (note,) = [
        note for note in report(alice, metrics="logged_plays", bearer=norte)["notes"] if note["code"] == "log_coverage"
    ]
    assert (note["covered"], note["of"], note["from"]) == (20, 50, None), "the log may begin with somebody else's asset"


def test_the_opening_reading_is_told(alice: Tenant) -> None:
    """Readings of 100, 130, 125: the days have +30 and −5, and the 100 of before belong to no day."""
    video, norte = make_asset(make_connection(alice, "v", "247platform")), make_customer(alice)
    give(video, norte)
    tell(video, "data_out", {"2026-01-01": 100, "2026-01-02": 130, "2026-01-03": 125}, "lifetime")
    tell(video, "data_out", {"2026-01-02": 30, "2026-01-03": -5})
    for bearer in (None, norte):
        answer = report(alice, bearer, metrics="data_out")
        assert answer["totals"] == {"data_out": 25}
        (note,) = [note for note in answer["notes"] if note["code"] == "opening_reading"]
        assert (note["metric"], note["from"], note["opening"]) == ("data_out", "2026-01-01", 100)
    assert "opening_reading" not in codes(report(alice, metrics="data_out", from_="2026-01-02", to="2026-01-31"))


def test_a_whole_log_tells_what_came_before_the_first_reading(alice: Tenant) -> None:
    """No opening reading then, and readings that went backwards changed no day up to the last whole one."""
    platform = make_connection(alice, "v", "247platform")
    video, other = make_asset(platform, "logged"), make_asset(platform, "other")
    for asset in (video, other):
        tell(asset, "plays", {"2026-01-02": 100, "2026-01-03": 90, "2026-01-05": 95}, "lifetime")
    tell(video, "plays", {"2025-12-30": 60, "2026-01-02": 30, "2026-01-05": 5})
    tell(other, "plays", {"2026-01-03": -10, "2026-01-05": 5})
    first = {"day": date(2026, 1, 3), "day_before": date(2026, 1, 2), "old": 100, "new": 90}
    with tenant_scope(alice):
        for asset in (video, other):
            noticed = {"metric": "plays", "noticed_at": timezone.now()}
            CounterReset.objects.create(tenant=alice, connection=platform, asset=asset, **noticed, **first)
    assert notes_on_counters(report(alice, metrics="plays")) == {"opening_reading": 200, "counter_reset": 20}
    with tenant_scope(alice):
        of = {"tenant": alice, "connection": platform, "feed": "statistics", "asset": video}
        whole = {"day": "2026-01-04", "opening": "90", "since": "2026-01-04T12:00:00+00:00"}
        progress = FeedProgress.objects.create(**of, whole_log={"plays": whole})
    assert notes_on_counters(report(alice, metrics="plays")) == {"opening_reading": 100, "counter_reset": 10}
    with tenant_scope(alice):
        progress.whole_log["plays"]["day"] = "2026-01-02"
        progress.save()
    assert notes_on_counters(report(alice, metrics="plays")) == {"opening_reading": 100, "counter_reset": 20}


def notes_on_counters(answer: dict[str, Any]) -> dict[str, int]:
    names = {"opening_reading": "opening", "counter_reset": "by"}
    return {note["code"]: note[names[note["code"]]] for note in answer["notes"] if note["code"] in names}


def test_the_opening_reading_is_told_to_who_held_the_asset_then(alice: Tenant) -> None:
    video = make_asset(make_connection(alice, "v", "247platform"))
    norte, sur = make_customer(alice, "norte"), make_customer(alice, "sur")
    give(video, norte, None, "2026-01-02")
    give(video, sur, "2026-01-03")
    tell(video, "data_out", {"2026-01-01": 100, "2026-01-02": 130, "2026-01-03": 125}, "lifetime")
    tell(video, "data_out", {"2026-01-02": 30, "2026-01-03": -5})
    assert "opening_reading" in codes(report(alice, norte, metrics="data_out"))
    assert "opening_reading" not in codes(report(alice, sur, metrics="data_out"))


def test_the_opening_reading_is_of_the_assets_first_read_in_these_days(alice: Tenant) -> None:
    platform = make_connection(alice, "v", "247platform")
    for name, first in (("old", "2025-06-01"), ("new", "2026-01-10")):
        tell(make_asset(platform, name), "data_out", {first: 100, "2026-01-20": 150}, "lifetime")
    (note,) = [note for note in report(alice, metrics="data_out")["notes"] if note["code"] == "opening_reading"]
    assert (note["from"], note["opening"]) == ("2026-01-10", 100)


def test_a_reading_belongs_to_who_holds_the_asset_then(alice: Tenant) -> None:
    video = make_asset(make_connection(alice, "v", "247platform"))
    norte, sur = make_customer(alice, "norte"), make_customer(alice, "sur")
    give(video, norte, None, "2026-01-02")
    give(video, sur, "2026-01-03")
    tell(video, "plays", {"2026-01-01": 1, "2026-01-03": 2}, "lifetime")
    assert report(alice, norte, metrics="plays", interval="lifetime")["totals"] == {"plays": None}
    assert report(alice, sur, metrics="plays", interval="lifetime")["totals"] == {"plays": 2}


def test_a_counter_that_went_backwards_is_told(alice: Tenant) -> None:
    """To those who held the asset then, in reports of that day, of that metric."""
    platform, norte, sur = make_connection(alice, "v", "247platform"), make_customer(alice), make_customer(alice, "sur")
    video = make_asset(platform)
    give(video, norte, None, "2026-01-03")
    give(video, sur, "2026-01-04")
    tell(video, "data_out", {"2026-01-02": 9000, "2026-01-03": 8000, "2026-01-04": 8100}, "lifetime")
    tell(video, "data_out", {"2026-01-03": -1000, "2026-01-04": 100})
    with tenant_scope(alice):
        reset = {"day_before": date(2026, 1, 2), "day": date(2026, 1, 3), "old": 9000, "new": 8000}
        CounterReset.objects.create(
            tenant=alice, connection=platform, asset=video, metric="data_out", noticed_at=timezone.now(), **reset
        )
    for bearer in (None, norte):
        answer = report(alice, bearer, metrics="data_out")
        (note,) = [note for note in answer["notes"] if note["code"] == "counter_reset"]
        assert (note["connection"], note["metric"], note["by"], note["from"]) == ("v", "data_out", 1000, "2026-01-03")
        assert "went backwards by 1,000 on 2026-01-03" in note["detail"]
    assert "counter_reset" not in codes(report(alice, sur, metrics="data_out"))
    assert "counter_reset" not in codes(report(alice, metrics="data_out", from_="2026-01-04", to="2026-01-05"))
