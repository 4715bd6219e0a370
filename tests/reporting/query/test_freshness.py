"""How far figures reach, and which of them may still change."""

from datetime import UTC, date, datetime

from reporting.models import Connection, Days, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import codes, cover, give, make_asset, make_connection, make_customer, report, tell


def covered(alice: Tenant, **more) -> Connection:
    boom = make_connection(alice, last_success=datetime(2026, 2, 1, 5, 0, 3, 999, UTC), **more)
    tell(make_asset(boom), "plays", {"2026-01-05": 1})
    return boom


def test_it_works(alice: Tenant) -> None:
    boom = covered(alice, history_from=date(2025, 11, 1))
    cover(boom, "2025-11-01", "2026-02-01", "2026-01-29")
    answer = report(alice, metrics="plays")
    assert answer["freshness"] == [
        {
            "connection": "boom",
            "last_success": "2026-02-01T05:00:03Z",
            "covered_from": "2025-11-01",
            "final_through": "2026-01-29",
            "complete": True,
            "held": [],
            "missing": [],
            "failing_since": None,
            "error": None,
            "syncing": None,
        }
    ]
    (note,) = [note for note in answer["notes"] if note["code"] == "provisional"]
    assert note["from"] == "2026-01-30"
    assert "provisional" not in codes(report(alice, metrics="plays", from_="2026-01-01", to="2026-01-29"))


def test_never_synced_is_not_complete(alice: Tenant) -> None:
    covered(alice)
    (one,) = report(alice, metrics="plays")["freshness"]
    assert (one["covered_from"], one["final_through"], one["complete"]) == (None, None, False)


def test_the_slowest_feed_says_how_final(alice: Tenant) -> None:
    boom = covered(alice)
    cover(boom, "2026-01-01", "2026-02-01", "2026-01-29")
    cover(boom, "2026-01-20", "2026-02-01", "2026-01-29", make_asset(boom, "backfilling"))
    (one,) = report(alice, metrics="plays")["freshness"]
    assert (one["covered_from"], one["final_through"], one["complete"]) == ("2026-01-01", None, False)
    # Of the days that it has, all is there.
    (late,) = report(alice, metrics="plays", from_="2026-01-20", to="2026-01-31")["freshness"]
    assert late["complete"]


def test_a_hole_ends_what_is_final(alice: Tenant) -> None:
    boom = covered(alice)
    progress = cover(boom, "2026-01-01", "2026-02-01", "2026-01-29")
    with tenant_scope(alice):
        progress.final = progress.covered = Days(
            [(date(2026, 1, 1), date(2026, 1, 9)), (date(2026, 1, 11), date(2026, 2, 1))]
        )
        progress.save()
    (one,) = report(alice, metrics="plays")["freshness"]
    assert (one["final_through"], one["complete"]) == ("2026-01-09", False)


def test_one_dead_asset_holds_nobody_up(alice: Tenant) -> None:
    boom = covered(alice)
    cover(boom, "2026-01-01", "2026-02-01", "2026-01-29")
    dead = cover(boom, "2026-01-01", "2026-01-01", None, make_asset(boom, "dead"))
    with tenant_scope(alice):
        dead.covered, dead.failures, dead.last_success = Days(), 7, None
        dead.save()
    (one,) = report(alice, metrics="plays")["freshness"]
    assert (one["final_through"], one["complete"]) == ("2026-01-29", False)


def test_what_is_not_asked_any_more_holds_nobody_up(alice: Tenant) -> None:
    boom = covered(alice)
    cover(boom, "2026-01-01", "2026-02-01", "2026-01-29")
    cover(boom, "2026-01-01", "2026-01-12", "2026-01-12", make_asset(boom, "finished"))
    (one,) = report(alice, metrics="plays")["freshness"]
    assert (one["final_through"], one["complete"]) == ("2026-01-29", True)


def test_a_customer_sees_how_fresh_its_own_connections_are(alice: Tenant) -> None:
    covered(alice)
    assert report(alice, make_customer(alice), metrics="plays")["freshness"] == []


def test_other_customers_assets_hold_no_customer_up(alice: Tenant) -> None:
    """Feeds that are asked for each asset: a customer's figures are as final as its own assets' are."""
    boom = covered(alice)
    ours, theirs = make_asset(boom, "ours"), make_asset(boom, "theirs")
    norte = make_customer(alice)
    give(ours, norte)
    give(theirs, make_customer(alice, "sur"))
    cover(boom, "2026-01-01", "2026-02-01", "2026-01-29", ours)
    cover(boom, "2026-01-01", "2026-02-01", "2026-01-10", theirs)
    everyone, own = (report(alice, bearer=bearer, metrics="plays")["freshness"][0] for bearer in (None, norte))
    assert (everyone["final_through"], own["final_through"]) == ("2026-01-10", "2026-01-29")
    one_asset = report(alice, metrics="plays", asset="theirs")["freshness"][0]
    assert one_asset["final_through"] == "2026-01-10"
    cover(boom, "2026-01-01", "2026-02-01", "2026-01-05")  # a feed that is asked for the whole connection
    assert report(alice, bearer=norte, metrics="plays")["freshness"][0]["final_through"] == "2026-01-05"


def test_a_finished_asset_holds_its_own_customer_up_no_more(alice: Tenant) -> None:
    """Whether it is left alone shows in what else its connection was asked, whoever holds that."""
    boom = covered(alice)
    finished, norte = make_asset(boom, "finished"), make_customer(alice)
    give(finished, norte)
    cover(boom, "2026-01-01", "2026-01-12", "2026-01-12", finished)
    cover(boom, "2026-01-01", "2026-02-01", "2026-01-29", make_asset(boom, "another"))
    (one,) = report(alice, bearer=norte, metrics="plays")["freshness"]
    assert (one["final_through"], one["complete"]) == ("2026-01-29", True)
