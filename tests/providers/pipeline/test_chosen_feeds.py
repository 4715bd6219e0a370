"""The feeds that a connection names: which are asked for by a plain sync, and how their progress counts."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine

from providers import registry
from providers.pipeline import chosen_progress
from providers.sandbox import Sandbox
from providers.sandbox.vendors.boomstream.accounts import ACCOUNTS
from providers.toolkit.feed_choice import chosen_names, complaints, rewritten
from reporting.models import Asset, Assignment, AssignmentRule, Connection, Days, FeedProgress, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.clock import START
from tests.support.factories import make_asset, make_customer, report
from tests.support.line import connect, ledger, run, since, truth

BOOMSTREAM, SMARTSTREAM = registry.get("boomstream"), registry.get("smartstream")


def asked(vendors: Sandbox) -> list[dict[str, str]]:
    """The path and parameters of each request since the last time, log-ins apart."""
    answer = requests.get(f"{vendors.url}/_requests", timeout=10).json()["requests"]
    requests.delete(f"{vendors.url}/_requests", timeout=10)
    found = [urlsplit(one["path"]) for one in answer]
    return [
        {"path": one.path, **{name: values[0] for name, values in parse_qs(one.query).items()}}
        for one in found
        if "auth-token" not in one.path
    ]


def choose(connection: Connection, feeds: list[str], **options: Any) -> None:
    """As the forms, the file and the API do it."""
    with tenant_scope(connection.tenant_id):
        connection.refresh_from_db()
        connection.feeds, connection.options = feeds, connection.options | options
        connection.save(update_fields=["feeds", "options"])
        chosen_progress.settle(connection, registry.get(connection.provider))


def is_complete(alice: Tenant, connection: Connection) -> bool:
    day = connection.history_from
    answer = report(alice, metrics="watch_time", from_=f"{day}", to=f"{START.date()}")
    (one,) = answer["freshness"]
    return bool(one["complete"])


# --- The choice itself ------------------------------------------------------------------------------------------------


def test_it_works() -> None:
    """Defaults, plus and minus what is named, in order: the last that matches decides."""
    defaults = chosen_names(BOOMSTREAM, [], {})
    assert chosen_names(BOOMSTREAM, ["target.hour"], {}) == defaults | {"target.hour"}
    assert chosen_names(BOOMSTREAM, ["*.hour"], {}) == defaults | {"target.hour", "project.hour"}
    assert chosen_names(BOOMSTREAM, ["*.hour", "-project.*"], {}) == defaults - {"project.day"} | {"target.hour"}
    assert chosen_names(BOOMSTREAM, ["-project.*", "*.hour"], {}) == defaults - {"project.day"} | {
        "target.hour",
        "project.hour",
    }
    assert chosen_names(SMARTSTREAM, ["PLAY_count.*"], {}) == chosen_names(SMARTSTREAM, [], {})  # case counts


def test_defaults_follow_the_options() -> None:
    assert "play_count.os.day" in chosen_names(SMARTSTREAM, ["play_count.all.hour"], {"groups": ["os"]})
    assert "play_count.os.day" not in chosen_names(SMARTSTREAM, ["-*.os.*"], {"groups": ["os"]})


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (["target.minute"], "Boomstream has no feed “target.minute”. Did you mean target."),
        (["-taget.day"], "Boomstream has no feed “-taget.day”. Did you mean target.day?"),
        (["*.week"], "Boomstream has no feed “*.week”."),
        ([""], "Boomstream has no feed “”."),
        (["--target.day"], "Boomstream has no feed “--target.day”."),
        (["-*"], "No feed is left to sync."),
        ("target.day", "feeds is a list of names or globs."),
        ([1], "feeds is a list of names or globs."),
    ],
)
def test_what_no_feed_has_is_refused(entries: Any, says: str) -> None:
    (complaint,) = complaints(BOOMSTREAM, entries, {})
    assert complaint.startswith(says)


def test_none_is_refused_that_chooses_something() -> None:
    assert complaints(BOOMSTREAM, ["-*", "stats", "target.*"][::2], {}) == []
    assert complaints(SMARTSTREAM, ["*.hour", "-*.os.*"], {}) == []


@pytest.mark.parametrize("entries", [[], ["target.hour"], ["*.hour"], ["*.hour", "-project.hour"], ["-media"]])
@pytest.mark.parametrize("wanted", [{"target.day"}, {"target.hour", "project.hour", "sessions"}, {"media"}])
def test_entries_are_rewritten_to_what_a_person_ticked(entries: list[str], wanted: set[str]) -> None:
    after = rewritten(BOOMSTREAM, entries, {}, wanted)
    assert chosen_names(BOOMSTREAM, after, {}) == wanted
    assert {"*.hour"} & set(entries) <= set(after), "a glob speaks of feeds to come, too"
    assert rewritten(BOOMSTREAM, after, {}, wanted) == after


# --- What is asked for ------------------------------------------------------------------------------------------------


def test_a_named_feed_is_asked_for_with_the_rest(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """Its facts are what the vendor serves, on the day it is chosen and with each sync after it."""
    connection = connect(alice, vendors, "boomstream", days=5, feeds=["target.hour", "-project.*"])
    assert run(connection).state == SyncRun.State.SUCCEEDED
    assert {one.get("group") for one in asked(vendors) if "code" in one and "hash" not in one} == {"day", "hour"}
    for _ in range(2):
        hours = ledger(connection, interval="hour")
        with tenant_scope(alice):
            names = set(Asset.objects.exclude(kind="account").values_list("external_id", flat=True))
        served = since(connection, truth(vendors, connection, interval="hour"))
        assert hours == {cell: value for cell, value in served.items() if cell[5] in names}
        clock.shift(timedelta(hours=30))
        run(connection)
    assert not any(one["path"].endswith("/stats") and "code" not in one for one in asked(vendors))


def test_new_media_are_found_by_a_plain_sync(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """With their titles, kinds, customer and history, in the run that lists them first."""
    connection, norte = connect(alice, vendors, "boomstream", days=5), make_customer(alice)
    run(connection)
    with tenant_scope(alice):
        before = set(Asset.objects.values_list("external_id", flat=True))
        AssignmentRule.objects.create(tenant=alice, customer=norte, pattern="*")
    vendors.assets = 6
    clock.shift(timedelta(hours=1))
    run(connection)
    with tenant_scope(alice):
        found = list(Asset.objects.exclude(external_id__in=before))
        assert len(found) == 3
        assert all(asset.title and asset.kind == "video" and asset.listed_by == "media" for asset in found)
        assert Assignment.objects.filter(asset__in=found, customer=norte).count() == 3
    names = {asset.external_id for asset in found}
    new = {cell: value for cell, value in ledger(connection).items() if cell[5] in names}
    assert new == {cell: v for cell, v in since(connection, truth(vendors, connection)).items() if cell[5] in names}


def test_groups_of_media_split_each_media(alice: Tenant, vendors: Sandbox) -> None:
    split = {"groups": ["country"]}
    connection = connect(alice, vendors, "smartstream", days=3, options=split)
    run(connection)
    of_merchant = [one for one in asked(vendors) if one.get("group") == "country"]
    assert {one.get("media_id") for one in of_merchant} == {None}
    choose(connection, [], groups_of_media=True)
    run(connection)
    media = {one.get("media_id") for one in asked(vendors) if one.get("group") == "country"}
    with tenant_scope(alice):
        assert media == {None, *Asset.objects.exclude(kind="account").values_list("external_id", flat=True)}
    countries = ledger(connection, interval="day", dimension="country", metric="plays")
    assert countries == since(
        connection, truth(vendors, connection, interval="day", dimension="country", metric="plays")
    )


def test_a_feed_run_leaves_the_choice_alone(alice: Tenant, vendors: Sandbox) -> None:
    """`sync --feed` of one that is not chosen: its figures come, and nothing waits for it afterwards."""
    connection = connect(alice, vendors, "boomstream", days=3)
    run(connection)
    run(connection, feed="target.hour")
    assert ledger(connection, interval="hour")
    with tenant_scope(alice):
        chosen = FeedProgress.objects.filter(is_chosen=True).values_list("feed", flat=True)
        assert set(chosen) == chosen_names(BOOMSTREAM, [], {})
        assert FeedProgress.objects.filter(feed="target.hour", is_chosen=False).exists()


# --- How it counts ----------------------------------------------------------------------------------------------------


def test_a_feed_that_is_added_is_missing_until_its_history_is_there(alice: Tenant, vendors: Sandbox) -> None:
    connection = connect(alice, vendors, "boomstream", days=5)
    run(connection)
    assert is_complete(alice, connection)
    choose(connection, ["target.hour"])
    assert not is_complete(alice, connection)
    run(connection)
    assert is_complete(alice, connection)


def test_a_feed_that_is_taken_away_holds_nothing_up(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """Its progress stays, so that it goes on where it was if it is chosen again."""
    connection = connect(alice, vendors, "boomstream", days=5, feeds=["target.hour"])
    run(connection)
    with tenant_scope(alice):
        FeedProgress.objects.filter(feed="target.hour").update(
            covered=Days(), final=Days(), last_success=None, failures=3
        )
    assert not is_complete(alice, connection)
    choose(connection, [])
    assert is_complete(alice, connection)
    choose(connection, ["target.hour"])
    assert not is_complete(alice, connection)
    run(connection)
    assert is_complete(alice, connection)


def test_a_kind_that_is_not_asked_for_any_more_holds_nothing_up(alice: Tenant, vendors: Sandbox) -> None:
    split = {"groups": ["country"], "groups_of_media": True}
    connection = connect(alice, vendors, "smartstream", days=3, options=split)
    run(connection)
    with tenant_scope(alice):
        of_media = FeedProgress.objects.filter(feed="play_count.country.day", asset__kind="video")
        assert of_media.update(covered=Days(), final=Days(), last_success=None, failures=3) == 2
    assert not is_complete(alice, connection)
    choose(connection, [], groups_of_media=False)
    assert is_complete(alice, connection)
    with tenant_scope(alice):
        assert not of_media.filter(is_chosen=True).exists()
        assert FeedProgress.objects.filter(
            feed="play_count.country.day", asset__kind="account", is_chosen=True
        ).exists()


def test_an_asset_that_was_never_asked_for_is_missing(alice: Tenant, vendors: Sandbox) -> None:
    """Also where no sync came to it yet, and nothing of it failed."""
    connection = connect(alice, vendors, "boomstream", days=5)
    run(connection)
    vendors.assets = 4
    new = ACCOUNTS.assets("north", 4)[3]
    make_asset(connection, new.external_id, new.kind)
    choose(connection, [])
    assert not is_complete(alice, connection)
    run(connection)
    assert is_complete(alice, connection)
