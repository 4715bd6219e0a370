"""`GET /api/v1/lineage` over figures that the real line has fetched: figure -> facts -> snapshots -> the very answer."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from providers.sandbox import Sandbox
from reporting.models import Asset, Connection, Customer, Fact, Restatement, Snapshot, Tenant, Withdrawal
from reporting.query.sql import reader
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import give, make_asset, make_connection, make_customer, make_snapshot, tell
from tests.support.line import connect, fault, run
from tests.support.pages import Enter

JANUARY = "from=2026-01-01&to=2026-01-31"


HALF_OF_A_PAIR = r'[0, 0, "plays", "2026-01-01", 0, 1, "\ud800"]'  # no text that a database takes


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.fixture
def ask(alice: Tenant, client: Client) -> Any:
    headers = bearer(alice)

    def ask(parameters: str, name: str = "lineage", headers: dict[str, str] = headers) -> Any:
        response = client.get(f"/api/v1/{name}?{parameters}", headers=headers)
        assert response.status_code == 200, response.content
        return response.json()

    return ask


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """Alice's customer, with two videos of three; the account's own figure is one more than theirs."""
    norte, boom = make_customer(alice, "norte"), make_connection(alice, "boom", "boomstream")
    for name, plays in (("a", 3), ("b", 4), ("c", 5)):
        video = make_asset(boom, name)
        tell(video, "plays", {"2026-01-01": plays, "2026-01-02": 10 * plays})
        if name != "c":
            give(video, norte)
    tell(make_asset(boom, "all", "account"), "plays", {"2026-01-01": 13, "2026-01-02": 121})
    return norte


# --- By the real line -------------------------------------------------------------------------------------------------


@pytest.fixture
def synced(alice: Tenant, vendors: Sandbox) -> Connection:
    connection = connect(alice, vendors, "smartstream")
    assert run(connection).state == "succeeded"
    return connection


def test_it_works(alice: Tenant, synced: Connection, ask: Any, client: Client) -> None:
    """From the report's row down to the bytes that the provider sent."""
    days = "metrics=plays&period=last_7_days&interval=day"
    row = next(row for row in ask(f"{days}&group_by=asset", "report")["rows"] if row["plays"])
    answer = ask(f"{days}&group_by=asset&connection=smartstream&asset={row['asset']}&at={row['period']}")
    assert answer["figure"] == row["plays"]
    assert sum(fact["value"] for fact in answer["results"]) == row["plays"]
    fact = answer["results"][0]
    assert (fact["asset"], fact["day"], fact["interval"]) == (row["asset"], row["period"], "day")
    (snapshot,) = [one for one in answer["snapshots"] if one["id"] == fact["snapshot"]]
    assert snapshot["from_day"] <= row["period"] <= snapshot["to_day"]
    headers = bearer(alice)
    assert client.get(snapshot["snapshot"], headers=headers).json()["feed"] == snapshot["feed"]
    body = client.get(snapshot["bodies"][0], headers=headers)
    assert body.status_code == 200
    assert str(fact["value"]) in body.content.decode()


def test_each_figure_of_a_synced_tenant_has_its_facts_and_answers(alice: Tenant, synced: Connection, ask: Any) -> None:
    """Every metric of the connection, over all days: no fact without a reading that is there."""
    with tenant_scope(alice):
        metrics = sorted(set(Fact.objects.order_by().values_list("metric", flat=True)))
        assert len(metrics) > 2
        known = set(Snapshot.objects.values_list("pk", flat=True))
    for metric in metrics:
        answer = ask(f"metrics={metric}&period=last_7_days&limit=1000")
        assert {fact["snapshot"] for fact in answer["results"]} <= known
        assert {one["id"] for one in answer["snapshots"]} == {fact["snapshot"] for fact in answer["results"]}
        assert sum(side["facts"] for side in answer["sums"]) == len(answer["results"]) or answer["next"]


def test_what_may_still_change_and_what_was_changed(
    alice: Tenant, vendors: Sandbox, synced: Connection, ask: Any
) -> None:
    """Days within the lookback are provisional. A final day that the provider restates keeps both values."""
    days = "metrics=plays&from=2026-03-03&to=2026-03-10&interval=day"
    facts = ask(days)["results"]
    assert {fact["day"]: fact["provisional"] for fact in facts} == {
        f"2026-03-{day:02}": day > 7 for day in range(3, 11)
    }
    assert all(fact["restatements"] == [] for fact in facts)
    fault(vendors, restate={"provider": "smartstream", "day": "2026-03-04", "factor": 2})
    assert run(synced, from_day=date(2026, 3, 3), to_day=date(2026, 3, 5)).state == "succeeded"
    (told,) = ask(f"{days}&at=2026-03-04")["results"]
    (change,) = told["restatements"]
    assert (change["old"], change["new"], change["cause"]) == (facts[1]["value"], told["value"], "provider")
    assert change["new"] == 2 * change["old"]
    assert change["snapshot"] == told["snapshot"] != facts[1]["snapshot"]


def test_a_days_difference_comes_from_two_readings(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, ask: Any
) -> None:
    """247platform gives lifetime counters: a day's bytes are this reading less the one before it."""
    connection = connect(alice, vendors, "247platform")
    for _ in range(3):
        assert run(connection).state == "succeeded"
        clock.shift(timedelta(days=1))
    answer = ask("metrics=data_out&period=last_7_days&limit=1000")
    assert len(answer["results"]) == 4, "two videos, on two days"
    for fact in answer["results"]:
        before, this = fact["readings"]
        assert this["value"] - before["value"] == fact["value"]
        assert {before["snapshot"], this["snapshot"]} <= {one["id"] for one in answer["snapshots"]}
    plays = ask("metrics=plays&period=last_7_days&limit=1000")["results"]
    assert plays
    assert all(fact["readings"] == [] for fact in plays), "these come from the log"


# --- Which facts ------------------------------------------------------------------------------------------------------


def test_only_the_level_that_counts(norte: Customer, ask: Any) -> None:
    total = ask(f"metrics=plays&{JANUARY}")
    assert (total["figure"], {fact["asset"] for fact in total["results"]}) == (134, {"all"})
    theirs = ask(f"metrics=plays&{JANUARY}&customer=norte")
    assert (theirs["figure"], [fact["value"] for fact in theirs["results"]]) == (77, [3, 4, 30, 40])
    assert theirs["sums"] == [{"metric": "plays", "sum": 77, "facts": 4}]


def test_the_row_does_not_change_what_counts(alice: Tenant, norte: Customer, ask: Any) -> None:
    """The account gives no figure of the third: over the range it counts, so that day is unknown, and has no facts."""
    with tenant_scope(alice):
        video = Asset.objects.get(external_id="a")
    tell(video, "plays", {"2026-01-03": 7})
    days = f"metrics=plays&{JANUARY}&interval=day"
    assert ask(days, "report")["rows"][2]["plays"] is None
    third = ask(f"{days}&at=2026-01-03")
    assert (third["figure"], third["results"], third["sums"], third["snapshots"]) == (None, [], [], [])


def test_only_the_keys_that_are_asked_for(alice: Tenant, norte: Customer, ask: Any) -> None:
    with tenant_scope(alice):
        video = Asset.objects.get(external_id="a")
    tell(video, "plays", {"2026-01-01 JP": 1, "2026-01-01 ES": 2, "2026-01-02 JP": 5}, dimension="country")
    answer = ask(f"metrics=plays&{JANUARY}&group_by=country&country=JP")
    assert answer["figure"] == 6
    assert [(fact["day"], fact["key"], fact["value"]) for fact in answer["results"]] == [
        ("2026-01-01", "JP", 1),
        ("2026-01-02", "JP", 5),
    ]


def test_a_state_is_the_newest_reading_of_who_held_the_asset(alice: Tenant, ask: Any) -> None:
    """Another's newer reading ends it, and an older one of the same asset counts no more."""
    norte, sur, fire = (
        make_customer(alice, "norte"),
        make_customer(alice, "sur"),
        make_connection(alice, "fire", "callfire"),
    )
    for name, hands_over in (("kept", "2026-01-31"), ("sold", "2026-01-02")):
        calls = make_asset(fire, name, "broadcast")
        give(calls, norte, last=hands_over)
        give(calls, sur, first=str(date.fromisoformat(hands_over) + timedelta(days=1)))
        tell(calls, "finished", {"2026-01-01": 10, "2026-01-02": 20, "2026-01-03": 30})
    answer = ask(f"metrics=finished&{JANUARY}&customer=norte")
    assert (answer["figure"], [(fact["asset"], fact["day"]) for fact in answer["results"]]) == (
        30,
        [("kept", "2026-01-03")],
    )
    second = ask(f"metrics=finished&{JANUARY}&customer=norte&interval=day&at=2026-01-02")
    assert (second["figure"], [fact["value"] for fact in second["results"]]) == (40, [20, 20])


def test_both_sides_of_a_ratio(alice: Tenant, norte: Customer, ask: Any) -> None:
    with tenant_scope(alice):
        video = Asset.objects.get(external_id="a")
    tell(video, "watch_time", {"2026-01-01": 66})
    answer = ask(f"metrics=average_watch_time&{JANUARY}&customer=norte")
    assert answer["figure"] == 2
    assert answer["sums"] == [
        {"metric": "watch_time", "sum": 66, "facts": 1},
        {"metric": "plays", "sum": 33, "facts": 2},
    ]
    assert {fact["asset"] for fact in answer["results"]} == {"a"}, "b reports one side only"


def test_money_keeps_its_digits_and_currency(alice: Tenant, ask: Any) -> None:
    tell(make_asset(make_connection(alice, "v", "247platform")), "cost", {"2026-01-01": "23.564220929056"})
    answer = ask(f"metrics=cost&{JANUARY}")
    assert (answer["figure"], answer["currency"]) == ("23.564220929056", "EUR")
    assert answer["results"][0]["value"] == "23.564220929056"
    tell(make_asset(make_connection(alice, "w", "247platform", currency="USD")), "cost", {"2026-01-01": 1})
    mixed = ask(f"metrics=cost&{JANUARY}")
    assert (mixed["figure"], mixed["results"]) == (None, [])
    assert "split_by_currency" in {note["code"] for note in mixed["notes"]}


def test_pages(norte: Customer, ask: Any, client: Client, alice: Tenant) -> None:
    page = ask(f"metrics=plays&{JANUARY}&customer=norte&limit=3")
    assert (len(page["results"]), page["previous"], page["sums"][0]["facts"]) == (3, None, 4)
    second = client.get(page["next"], headers=bearer(alice)).json()
    assert [fact["value"] for fact in second["results"]] == [40]
    assert second["next"] is None
    assert client.get(second["previous"], headers=bearer(alice)).json()["results"] == page["results"]


def test_the_number_of_statements_stays(
    norte: Customer, alice: Tenant, ask: Any, django_assert_max_num_queries: Any
) -> None:
    with tenant_scope(alice):
        video = Asset.objects.get(external_id="a")
    tell(video, "plays", {f"2025-{month:02}-{day:02}": day for month in range(1, 13) for day in range(1, 29)})
    headers = bearer(alice)
    with django_assert_max_num_queries(40):
        answer = ask("metrics=plays&from=2025-01-01&to=2025-12-31&limit=1000", headers=headers)
    assert len(answer["results"]) == 336


# --- Rows that are several, and differences ---------------------------------------------------------------------------


def test_a_remainder_is_the_whole_less_its_parts(alice: Tenant, norte: Customer, ask: Any) -> None:
    with tenant_scope(alice):
        video = Asset.objects.get(external_id="a")
    tell(video, "plays", {"2026-01-01 JP": 1, "2026-01-02 JP": 20, "2026-01-02 ES": 4}, dimension="country")
    days = f"metrics=plays&{JANUARY}&customer=norte&group_by=country"
    (rest,) = [row for row in ask(days, "report")["rows"] if row["country"] is None]
    answer = ask(f"{days}&row=remainder")
    assert answer["figure"] == rest["plays"] == 77 - 25
    assert answer["sums"] == [
        {"metric": "plays", "sum": 77, "facts": 4, "role": "added"},
        {"metric": "plays", "sum": 25, "facts": 3, "role": "taken_off"},
    ]
    assert [(fact["role"], fact["key"], fact["value"]) for fact in answer["results"]] == [
        *[("added", "", value) for value in (3, 4, 30, 40)],
        *[("taken_off", key, value) for key, value in (("JP", 1), ("ES", 4), ("JP", 20))],
    ]
    assert (answer["query"]["row"], answer["query"]["group_by"]) == ("remainder", ["country"])
    second = ask(f"{days}&interval=day&asset=a&row=remainder&at=2026-01-02")
    assert (second["figure"], [side["sum"] for side in second["sums"]]) == (6, [30, 24])


def test_pages_go_from_one_side_to_the_other_and_back(alice: Tenant, norte: Customer, ask: Any, client: Client) -> None:
    with tenant_scope(alice):
        video = Asset.objects.get(external_id="a")
    tell(video, "plays", {"2026-01-01 JP": 1, "2026-01-02 JP": 20}, dimension="country")
    first = ask(f"metrics=plays&{JANUARY}&customer=norte&group_by=country&row=remainder&limit=3")
    second = client.get(first["next"], headers=bearer(alice)).json()
    assert [fact["value"] for fact in second["results"]] == [40, 1, 20]
    assert second["next"] is None
    assert client.get(second["previous"], headers=bearer(alice)).json()["results"] == first["results"]


def test_no_remainder_where_the_split_is_whole(alice: Tenant, norte: Customer, ask: Any) -> None:
    with tenant_scope(alice):
        video = Asset.objects.get(external_id="a")
    tell(video, "plays", {"2026-01-01 JP": 33}, dimension="country")
    answer = ask(f"metrics=plays&{JANUARY}&asset=a&group_by=country&row=remainder")
    assert (answer["figure"], answer["results"], answer["sums"]) == (None, [], [])


def test_all_others_are_just_the_rows_beyond_the_limit(alice: Tenant, norte: Customer, ask: Any) -> None:
    """Which those are, hangs on the report's other metrics and its order."""
    with tenant_scope(alice):
        assets = {asset.external_id: asset for asset in Asset.objects.all()}
    for name, seconds in (("a", 300), ("b", 20), ("c", 1)):
        tell(assets[name], "watch_time", {"2026-01-01": seconds})
    days = f"metrics=watch_time,plays&{JANUARY}&group_by=asset&order_by=asset"
    (other,) = [row for row in ask(f"{days}&limit=1", "report")["rows"] if row["row_type"] == "other"]
    for metric, facts in (("plays", [4, 5, 40, 50]), ("watch_time", [20, 1])):
        answer = ask(f"{days}&row=other&report_limit=1&metric={metric}")
        assert answer["figure"] == other[metric] == sum(facts)
        assert [fact["value"] for fact in answer["results"]] == facts
        assert (answer["metric"], answer["query"]["report_limit"]) == (metric, 1)
        assert {note.get("metric") for note in answer["notes"]} <= {None, metric}


def test_all_others_of_several_days_and_assets(norte: Customer, ask: Any) -> None:
    """The largest is shown, that of the third on the second day: the other days of the same asset are among the others."""
    days = f"metrics=plays&{JANUARY}&interval=day&group_by=asset"
    answer = ask(f"{days}&row=other&report_limit=1")
    assert answer["figure"] == ask(f"{days}&limit=1", "report")["rows"][-1]["plays"] == 3 + 4 + 5 + 30 + 40
    assert [fact["value"] for fact in answer["results"]] == [3, 4, 5, 30, 40]
    nothing = ask(f"{days}&row=other&report_limit=6")
    assert (nothing["figure"], nothing["results"]) == (None, [])


def test_a_remainder_of_one_provider_has_no_facts_of_another(alice: Tenant, ask: Any) -> None:
    """Bytes of two providers are two rows, and only one of them has something left."""
    for slug, provider, split in (("boom", "boomstream", 7), ("cdn", "scaleengine", 10)):
        film = make_asset(make_connection(alice, slug, provider), f"film-{slug}")
        tell(film, "data_transfer", {"2026-01-01": 10})
        tell(film, "data_transfer", {"2026-01-01 ES": split}, dimension="country")
    answer = ask(f"metrics=data_transfer&{JANUARY}&group_by=country&row=remainder")
    assert (answer["figure"], {fact["connection"] for fact in answer["results"]}) == (3, {"boom"})
    assert [side["sum"] for side in answer["sums"]] == [10, 7]


def test_a_ratio_of_all_others_counts_what_reports_both_in_one_row(alice: Tenant, ask: Any) -> None:
    boom = make_connection(alice, "boom", "boomstream")
    both, now_and_then = make_asset(boom, "both"), make_asset(boom, "now-and-then")
    for metric, last in (("plays", 1), ("watch_time", 90)):
        tell(both, metric, {"2026-01-01": 10, "2026-01-02": 10, "2026-01-03": last})
    tell(now_and_then, "plays", {"2026-01-01": 5})
    tell(now_and_then, "watch_time", {"2026-01-02": 500})
    days = f"metrics=average_watch_time&{JANUARY}&interval=day"
    assert ask(f"{days}&limit=1", "report")["rows"][-1]["average_watch_time"] == 1
    answer = ask(f"{days}&row=other&report_limit=1")
    assert (answer["figure"], [side["sum"] for side in answer["sums"]]) == (1, [20, 20])
    assert {fact["asset"] for fact in answer["results"]} == {"both"}


def test_what_no_asset_accounts_for(norte: Customer, ask: Any) -> None:
    days = f"metrics=plays&{JANUARY}"
    for groups, figure, parts in (("", 2, 132), ("&group_by=asset", 2, 132), ("&group_by=customer", 57, 77)):
        assert ask(days + groups, "report")["unattributed"] == {"plays": figure}
        answer = ask(f"{days}{groups}&row=unattributed")
        assert (answer["figure"], [side["sum"] for side in answer["sums"]]) == (figure, [134, parts])


# --- As of an earlier day ---------------------------------------------------------------------------------------------


@pytest.fixture
def changed(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> Connection:
    """Synced on 10 March; on the 12th one of its final days was twice as much."""
    connection = connect(alice, vendors, "smartstream")
    assert run(connection).state == "succeeded"
    clock.shift(timedelta(days=2))
    fault(vendors, restate={"provider": "smartstream", "day": "2026-03-04", "factor": 2})
    assert run(connection, from_day=date(2026, 3, 3), to_day=date(2026, 3, 5)).state == "succeeded"
    return connection


def test_the_facts_as_they_stood(alice: Tenant, changed: Connection, ask: Any, client: Client) -> None:
    """An old figure leads to the very answer that said it, and says what became of it."""
    days = "metrics=plays&from=2026-03-03&to=2026-03-05&interval=day&at=2026-03-04"
    (now,) = ask(days)["results"]
    then = ask(f"{days}&as_of=2026-03-11")
    (fact,) = then["results"]
    assert then["figure"] == fact["value"] == now["value"] / 2
    (change,) = fact["later"]
    assert (change["old"], change["new"], change["cause"]) == (fact["value"], now["value"], "provider")
    assert change["snapshot"] == now["snapshot"]
    assert (fact["restatements"], fact["provisional"]) == ([], False)
    (answer,) = [one for one in then["snapshots"] if one["id"] == fact["snapshot"]]
    assert answer["fetched_at"].startswith("2026-03-10")
    body = client.get(answer["bodies"][0], headers=bearer(alice)).content.decode()
    assert str(fact["value"]) in body
    assert "answer_not_kept" not in {note["code"] for note in then["notes"]}
    (same,) = ask(f"{days}&as_of=2026-03-12")["results"]
    assert (same["value"], same["snapshot"], same["later"]) == (now["value"], now["snapshot"], [])
    assert [change["old"] for change in same["restatements"]] == [fact["value"]]


def test_where_its_answer_is_not_known_any_more_it_says_so(alice: Tenant, changed: Connection, ask: Any) -> None:
    days = "metrics=plays&from=2026-03-03&to=2026-03-05&as_of=2026-03-11"
    with tenant_scope(alice):
        Restatement.objects.update(old_since="2026-03-10T05:00Z")  # that of no answer
    answer = ask(days)
    assert [fact["snapshot"] is None for fact in answer["results"]] == [False, True, False]
    (note,) = [note for note in answer["notes"] if note["code"] == "answer_not_kept"]
    assert note["facts"] == 1
    with tenant_scope(alice):
        theirs = make_customer(alice)
        for asset in Asset.objects.exclude(kind="account"):
            give(asset, theirs)
    mine = ask(days, headers=bearer(alice, customer=theirs))
    assert "snapshot" not in json.dumps(mine)
    assert "answer_not_kept" not in json.dumps(mine)


def test_before_it_was_read_nothing_is_known_and_nothing_is_shown(changed: Connection, ask: Any) -> None:
    answer = ask("metrics=plays&from=2026-03-03&to=2026-03-05&as_of=2026-03-09")
    assert (answer["figure"], answer["results"]) == (None, [])
    assert "not_known_then" in {note["code"] for note in answer["notes"]}


def test_what_went_stood_until_then(alice: Tenant, ask: Any) -> None:
    """Of a withdrawal the cause is not shown to anybody."""
    film = make_asset(make_connection(alice, "boom", "boomstream"))
    read = datetime(2026, 1, 2, 6, tzinfo=UTC)
    snapshot = make_snapshot(film.connection, read, asset=film)
    with tenant_scope(alice):
        Withdrawal.objects.create(
            tenant=alice, connection=film.connection, asset=film, metric="plays", interval="day", day=read.date(),
            old=5, old_since=read, noticed_at=read + timedelta(days=1),
        )  # fmt: skip
    answer = ask(f"metrics=plays&{JANUARY}&as_of=2026-01-02".replace("to=2026-01-31", "to=2026-01-02"))
    (fact,) = answer["results"]
    assert (answer["figure"], fact["value"], fact["snapshot"]) == (5, 5, snapshot.pk)
    assert [(change["old"], change["new"], change["cause"]) for change in fact["later"]] == [(5, None, None)]


def test_the_two_readings_of_a_difference_as_they_stood(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, ask: Any
) -> None:
    connection = connect(alice, vendors, "247platform")
    for _ in range(3):
        assert run(connection).state == "succeeded"
        clock.shift(timedelta(days=1))
    days = "metrics=data_out&from=2026-03-05&to=2026-03-12&limit=1000"
    now, then = ask(days), ask(f"{days}&as_of=2026-03-11")
    assert len(then["results"]) == 2, "two videos, on one day"
    known = {(fact["day"], fact["asset"]): fact["readings"] for fact in now["results"]}
    for fact in then["results"]:
        assert fact["readings"] == known[fact["day"], fact["asset"]]
        assert len(fact["readings"]) == 2


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ("metrics=plays,cost", "metrics"),
        ("", "metrics"),
        ("metrics=plays&group_by=asset", "group_by"),
        ("metrics=plays&interval=day&at=2026-02-01", "at"),
        ("metrics=plays&interval=day&at=2026-01", "at"),
        ("metrics=plays&interval=week&at=2026-W99", "at"),
        ("metrics=plays&at=2026-01-01", "at"),
        ("metrics=plays&compare=previous_year", "compare"),
        ("metrics=plays&order_by=plays", "order_by"),
        ("metrics=plays&limit=1001", "limit"),
        ("metrics=plays&limit=x", "limit"),
        ("metrics=plays&cursor=nonsense", "cursor"),
        ("metrics=plays&cursor=WzEsMl0=", "cursor"),
        ("metrics=plays&cursor=" + encoded(HALF_OF_A_PAIR), "cursor"),
        ("metrics=plays&cursor=" + encoded("[" * 1500), "cursor"),
        ("metrics=plays&colour=red", "colour"),
        ("metrics=plays,cost&metric=requests", "metric"),
        ("metrics=plays&row=all", "row"),
        ("metrics=plays&row=other", "report_limit"),
        ("metrics=plays&row=other&report_limit=0", "report_limit"),
        ("metrics=plays&report_limit=3", "report_limit"),
        ("metrics=plays&row=other&report_limit=3&interval=day&at=2026-01-02", "at"),
        ("metrics=plays&row=remainder", "row"),
        ("metrics=plays&row=remainder&group_by=country&country=JP", "row"),
        ("metrics=plays&row=remainder&group_by=asset,country", "group_by"),
        ("metrics=plays&row=remainder&group_by=country&interval=day", "at"),
        ("metrics=plays&row=unattributed&asset=a", "row"),
        ("metrics=plays&as_of=2999-01-01", "as_of"),
    ],
)
def test_wrong_parameters_by_field(norte: Customer, alice: Tenant, client: Client, parameters: str, field: str) -> None:
    response = client.get(f"/api/v1/lineage?{JANUARY}&{parameters}", headers=bearer(alice))
    assert field in problem(response, 400)["errors"]


def test_a_report_of_too_many_rows_is_refused(
    enter: Enter, norte: Customer, alice: Tenant, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for its notes, also where the figure itself needs none of them."""
    monkeypatch.setattr(reader, "MAX_CELLS", 1)
    parameters = f"metrics=devices&row=unattributed&interval=day&group_by=asset&{JANUARY}"
    with tenant_scope(alice):
        videos = list(Asset.objects.filter(kind="video"))
    for video in videos:
        tell(video, "devices", {"2026-01-01": 1, "2026-01-02": 1})
    response = client.get(f"/api/v1/lineage?{parameters}", headers=bearer(alice))
    assert "interval" in problem(response, 400)["errors"]
    assert enter(alice).get(f"/t/alice/lineage/?{parameters}").status_code == 400


def test_without_a_token_or_its_scope(norte: Customer, alice: Tenant, client: Client) -> None:
    address = "/api/v1/lineage?metrics=plays"
    assert problem(client.get(address), 401)["title"] == "Not signed in"
    assert "scope read" in problem(client.get(address, headers=bearer(alice, "sync")), 403)["detail"]


def test_bobs_slugs_are_404(norte: Customer, bob: Tenant, ask: Any, client: Client) -> None:
    for filter_ in ("customer=norte", "connection=boom", "asset=a"):
        body = problem(client.get(f"/api/v1/lineage?metrics=plays&{filter_}", headers=bearer(bob)), 404)
        assert body["errors"].keys() == {filter_.partition("=")[0]}
    nothing = ask(f"metrics=plays&{JANUARY}", headers=bearer(bob))
    assert (nothing["figure"], nothing["results"], nothing["snapshots"]) == (None, [], [])


def test_a_customers_token_sees_its_facts_and_no_answers(
    norte: Customer, alice: Tenant, ask: Any, client: Client
) -> None:
    mine = ask(f"metrics=plays&{JANUARY}", headers=bearer(alice, customer=norte))
    assert (mine["figure"], {fact["asset"] for fact in mine["results"]}) == (77, {"a", "b"})
    assert "snapshot" not in json.dumps(mine)
    assert "readings" not in mine["results"][0]
    problem(client.get("/api/v1/lineage?metrics=plays&asset=c", headers=bearer(alice, customer=norte)), 404)


def test_a_customers_restatements_show_no_snapshot(norte: Customer, alice: Tenant, ask: Any) -> None:
    with tenant_scope(alice):
        video = Asset.objects.get(external_id="a")
        Restatement.objects.create(
            tenant=alice, connection_id=video.connection_id, asset=video, metric="plays", interval="day",
            day=date(2026, 1, 1), old=Decimal(2), new=Decimal(3), noticed_at="2026-01-09T00:00Z", cause="provider",
        )  # fmt: skip
    mine = ask(f"metrics=plays&{JANUARY}&asset=a", headers=bearer(alice, customer=norte))
    (change,) = mine["results"][0]["restatements"]
    assert change == {"old": 2, "new": 3, "noticed_at": "2026-01-09T00:00:00Z", "cause": "provider"}
