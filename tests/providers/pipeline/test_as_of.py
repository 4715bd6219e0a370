"""A report as of a day shows what the report showed on that day, or says that it does not know: never another figure.

Readings come, change, restate and take back what they said; each evening some reports are kept. Afterwards all of them are
asked for again, as of their days.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from providers import registry
from providers.pipeline import feed_progress
from providers.pipeline.plan import Calendar, Due
from providers.pipeline.replay import replay
from providers.pipeline.store import ReadingStore
from providers.sandbox import Sandbox
from providers.toolkit.errors import Held, Unreadable
from providers.toolkit.feeds import Cadence, Feed, Per, Series, Span
from providers.toolkit.requests import Reading, Window
from providers.toolkit.rows import Figure
from reporting.metrics import METRICS
from reporting.models import Asset, Connection, Restatement, Snapshot, Tenant, Withdrawal
from reporting.query import run as run_query
from reporting.query.parameters import parse
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import codes, give, make_asset, make_connection, make_customer
from tests.support.line import connect, fault, run

MADRID = ZoneInfo("Europe/Madrid")
FIRST = date(2026, 3, 2)
DAY = timedelta(days=1)
Answer = dict[str, Any]

QUESTIONS: list[dict[str, str]] = [
    {"metrics": "plays"},
    {"metrics": "plays", "interval": "day"},
    {"metrics": "plays", "interval": "week", "group_by": "asset"},
    {"metrics": "plays", "interval": "day", "group_by": "country"},
    {"metrics": "plays", "country": "ES", "group_by": "asset"},
    {"metrics": "plays,data_out", "group_by": "customer", "compare": "previous_period"},
    {"metrics": "data_out", "interval": "lifetime", "group_by": "asset"},
    {"metrics": "unattempted", "interval": "day"},
    {"metrics": "devices,average_watch_time", "interval": "day", "group_by": "asset"},
]


def ask(tenant: Tenant, question: dict[str, str], today: date, **more: str) -> Answer:
    words = {name: [word] for name, word in (question | more).items()}
    words |= {"from": [f"{FIRST}"], "to": [f"{FIRST + 20 * DAY}"]} if "interval" in question else {}
    with tenant_scope(tenant):
        return run_query(parse(words, tenant, OPERATOR, today=today)).as_json()


def identities(answer: Answer) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The figures of each row, by what the row is about; totals and the like beside them."""
    names = [column["name"] for column in answer["columns"] if column["name"] not in METRICS]
    rows = {tuple(row[name] for name in names): row for row in answer["rows"]}
    found = {place: {name: row[name] for name in row if name in METRICS} for place, row in rows.items()}
    return found | {
        ("totals",): answer["totals"],
        ("unattributed",): answer["unattributed"],
        ("before",): answer.get("previous", {}).get("totals", {}),
    }


def differing(then: Answer, now: Answer) -> list[str]:
    """What is neither the figure of then nor unknown."""
    before, after = identities(then), identities(now)
    wrong = [f"{place} is gone" for place, row in before.items() if place not in after and any(row.values())]
    for place, row in after.items():
        known = before.get(place, {})
        wrong += [
            f"{place} {name}: {known.get(name)} was shown, now {value}"
            for name, value in row.items()
            if value is not None and value != known.get(name)
        ]
    return wrong


def upto(day: str, answer: Answer) -> list[dict[str, Any]]:
    return [row for row in answer["rows"] if row["period"] <= day]


# --- Readings made up at random, through the real store ---------------------------------------------------------------


class Daily(Feed):
    name, per, cadence = "daily", Per.ASSET, Cadence.RANGE
    series = [Series("plays"), Series("plays", "day", "country"), Series("watch_time"), Series("devices")]


class Moment(Feed):
    name, per, cadence = "moment", Per.ASSET, Cadence.NOW
    series = [Series("unattempted", "day", "", Span.READING), Series("data_out", "lifetime", "", Span.READING)]
    differences = ("data_out",)


class Vendor:
    """Figures that grow, change, and go; each call is one reading, stored or held."""

    def __init__(self, connection: Connection, luck: random.Random) -> None:
        self.connection, self.luck = connection, luck
        self.life, self.made = 1000, 0

    def read(self, feed: Feed, asset: Asset, window: Window) -> None:
        self.made += 1  # each a second after the last: what changed first is told by the time
        now = datetime.now(UTC) + timedelta(seconds=self.made)
        reading = Reading(window, ZoneInfo(self.connection.time_zone), now)
        rows = list(self.daily(window) if isinstance(feed, Daily) else self.moment(reading))
        due = Due(feed, window, asset)
        try:
            with tenant_scope(self.connection.tenant_id):
                ReadingStore(self.connection, due, self.snapshot(feed, asset, reading), reading, "provider").store(rows)
        except Held as held:
            feed_progress.note_failure(self.connection, due, held)
            with tenant_scope(self.connection.tenant_id):
                self.snapshot(feed, asset, reading, state="held", lost=held.lost)

    def snapshot(self, feed: Feed, asset: Asset, reading: Reading, **fields: Any) -> Snapshot:
        return Snapshot.objects.create(
            tenant_id=self.connection.tenant_id,
            connection=self.connection,
            feed=feed.name,
            asset=asset,
            from_day=reading.window.start,
            to_day=reading.window.end,
            fetched_at=reading.fetched_at,
            last_seen_at=reading.fetched_at,
            content_hash="",
            reader_version=1,
            time_zone=self.connection.time_zone,
            **{"state": "read", **fields},
        )

    def daily(self, window: Window) -> Iterator[Figure]:
        for number in range((window.end - window.start).days + 1):
            day = window.start + number * DAY
            if self.luck.random() < 0.1:
                continue  # the provider says nothing of it any more, or not yet
            countries = {key: Decimal(self.luck.randint(0, 3)) for key in self.luck.sample(["ES", "JP", "ZZ"], 2)}
            plays = sum(countries.values(), Decimal(self.luck.randint(0, 1)))
            yield Figure("plays", plays, day)
            yield from (Figure("plays", value, day, 0, "day", "country", key) for key, value in countries.items())
            yield Figure("watch_time", plays * 10, day)
            if self.luck.random() < 0.8:
                yield Figure("devices", Decimal(self.luck.randint(1, 3)), day)

    def moment(self, reading: Reading) -> Iterator[Figure]:
        self.life += self.luck.randint(-5, 50)
        yield Figure("data_out", Decimal(self.life), reading.day, 0, "lifetime")
        if self.luck.random() < 0.9:
            yield Figure("unattempted", Decimal(self.luck.randint(0, 9)), reading.day)


def an_hour(vendor: Vendor, assets: list[Asset]) -> None:
    """What may happen between two syncs: days that may change are read again, and sometimes old ones."""
    luck, calendar = vendor.luck, Calendar.of(vendor.connection, datetime.now(UTC))
    for asset in assets:
        if luck.random() < 0.5 or calendar.now.hour == 13:  # one that is left alone for a day holds nobody up
            vendor.read(Daily(), asset, Window(max(FIRST, calendar.final_through - DAY), calendar.today))
        if luck.random() < 0.5:
            vendor.read(Moment(), asset, Window(calendar.today, calendar.today))
        if luck.random() < 0.2 and calendar.final_through >= FIRST:
            first = FIRST + luck.randrange((calendar.final_through - FIRST).days + 1) * DAY
            vendor.read(Daily(), asset, Window(first, min(first + 2 * DAY, calendar.final_through)))


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("zone", ["UTC", pytest.param("America/Los_Angeles", marks=pytest.mark.long), "Asia/Tokyo"])
def test_it_never_shows_another_figure(alice: Tenant, zone: str, seed: int) -> None:
    connection = make_connection(alice, provider="247platform", time_zone=zone, history_from=FIRST)
    assets = [make_asset(connection, "a"), make_asset(connection, "b")]
    give(assets[0], make_customer(alice), None, f"{FIRST + 5 * DAY}")
    kept: list[tuple[date, dict[str, str], Answer]] = []
    vendor = Vendor(connection, random.Random(seed))
    for number in range(10):
        day = FIRST + number * DAY
        for hour in (5, 14, 22):
            with time_machine.travel(datetime.combine(day, time(hour), MADRID), tick=False):
                an_hour(vendor, assets)
        kept += [(day, question, ask(alice, question, day)) for question in QUESTIONS]
    finals = 0
    for day, question, then in kept:
        now = ask(alice, question, day + 90 * DAY, as_of=f"{day}")
        assert differing(then, now) == [], (day, question)
        if question == {"metrics": "plays", "interval": "day"}:
            final = then["freshness"][0]["final_through"] or ""
            finals += sum(row["period"] <= final and row["plays"] is not None for row in then["rows"])
            assert upto(final, now) == upto(final, then)
    assert finals > 10


# --- The sandbox's vendors --------------------------------------------------------------------------------------------


def evening(tenant: Tenant, words: dict[str, str]) -> tuple[date, Answer]:
    today = datetime.now(UTC).astimezone(MADRID).date()
    with tenant_scope(tenant):
        return today, run_query(
            parse({name: [word] for name, word in words.items()}, tenant, OPERATOR, today=today)
        ).as_json()


@pytest.mark.parametrize("provider", ["boomstream", pytest.param("smartstream", marks=pytest.mark.long), "scaleengine"])
def test_a_sent_report_is_shown_again(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, provider: str
) -> None:
    """Its final days always; and what the provider changed after it was sent is not in it."""
    connection = connect(alice, vendors, provider, days=10)
    metric = {"boomstream": "watch_time", "smartstream": "plays", "scaleengine": "data_transfer"}[provider]
    words = {"metrics": metric, "from": "2026-03-03", "to": "2026-03-14", "interval": "day"}
    kept = []
    for number in range(6):
        run(connection)
        kept.append(evening(alice, words))
        if number == 2:
            fault(vendors, restate={"provider": provider, "day": "2026-03-04", "factor": 2})
            run(connection, from_day=date(2026, 3, 2), to_day=date(2026, 3, 8))
        clock.shift(DAY)
    told = {row["period"]: row[metric] for row in kept[-1][1]["rows"]}
    assert told["2026-03-04"] == 2 * kept[0][1]["rows"][1][metric] > 0
    with tenant_scope(alice):
        assert Restatement.objects.exists()
    for day, then in kept[:2] + kept[3:]:  # on the third day the change came after the report, on the same day
        _, now = evening(alice, words | {"as_of": f"{day}"})
        assert differing(then, now) == []
        final = then["freshness"][0]["final_through"]
        assert upto(final, now) == upto(final, then)
        assert now["freshness"][0]["final_through"] == final


def test_what_our_reader_changes_is_not_in_it_either(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not on final days, and not on those that might still change."""
    connection = connect(alice, vendors, "callfire", days=6)
    run(connection)
    words = {"metrics": "actions,unattempted", "from": "2026-03-05", "to": "2026-03-10", "interval": "day"}
    day, then = evening(alice, words)
    clock.shift(DAY)
    feed = type(registry.get("callfire").feeds[-1])
    provider = registry.get("callfire")
    for feed in provider.feeds:
        plain = feed.read

        def doubled(document: Any, reading: Reading, plain: Any = plain) -> Iterator[Any]:
            for row in plain(document, reading):
                yield row._replace(value=2 * row.value) if isinstance(row, Figure) else row

        monkeypatch.setattr(feed, "read", doubled)
    monkeypatch.setattr(provider, "reader_version", provider.reader_version + 1)
    assert replay(connection).facts_written
    _, now = evening(alice, words)
    assert now["totals"]["actions"] == 2 * then["totals"]["actions"] > 0
    _, again = evening(alice, words | {"as_of": f"{day}"})
    assert again["rows"] == then["rows"]
    assert again["totals"] == then["totals"]


def broken(self: Feed, document: Any, reading: Reading) -> Iterator[Any]:
    raise Unreadable("no rule covers this")


@pytest.mark.parametrize("is_newer", [False, True], ids=["same version", "newer version"])
def test_an_answer_that_was_read_late_is_known_since_then_only(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, is_newer: bool
) -> None:
    """It was fetched in time, but no reader could read it: a report of that evening did not have its figures."""
    connection, provider = connect(alice, vendors, "scaleengine", days=6), registry.get("scaleengine")
    words = {"metrics": "data_transfer", "from": "2026-03-05", "to": "2026-03-10", "interval": "day"}

    with monkeypatch.context() as patch:
        for feed in provider.feeds:
            patch.setattr(type(feed), "read", broken)
        run(connection)
    day, then = evening(alice, words)
    assert then["totals"] == {"data_transfer": None}
    clock.shift(2 * DAY)
    if is_newer:
        monkeypatch.setattr(provider, "reader_version", provider.reader_version + 1)
    assert replay(connection).facts_written
    read_on, now = evening(alice, words)
    assert now["totals"]["data_transfer"] > 0
    for number in (0, 1):
        _, again = evening(alice, words | {"as_of": f"{day + number * DAY}"})
        assert differing(then, again) == []
    clock.shift(DAY)
    _, again = evening(alice, words | {"as_of": f"{read_on}"})
    assert (again["totals"], again["rows"]) == (now["totals"], now["rows"])
    with tenant_scope(alice):
        assert {snapshot.read_at.date() for snapshot in Snapshot.objects.all()} == {read_on}
        assert {snapshot.fetched_at.date() for snapshot in Snapshot.objects.all()} == {day}


def test_an_answer_that_could_not_be_read_in_between_is_known_since_it_came(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, provider = connect(alice, vendors, "scaleengine", days=6), registry.get("scaleengine")
    words = {"metrics": "data_transfer", "from": "2026-03-05", "to": "2026-03-10", "interval": "day"}
    run(connection)
    day, then = evening(alice, words)
    assert then["totals"]["data_transfer"] > 0
    clock.shift(DAY)
    with monkeypatch.context() as patch:
        for feed in provider.feeds:
            patch.setattr(type(feed), "read", broken)
        assert replay(connection).unreadable
    clock.shift(DAY)
    assert replay(connection).snapshots
    _, again = evening(alice, words | {"as_of": f"{day}"})
    assert (again["totals"], again["rows"]) == (then["totals"], then["rows"])


def test_before_the_first_reading_nothing_is_known(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "boomstream", days=5)
    run(connection)
    _, answer = evening(alice, {"metrics": "watch_time", "period": "last_7_days", "as_of": "2026-03-09"})
    assert answer["totals"] == {"watch_time": None}
    (note,) = [note for note in answer["notes"] if note["code"] == "not_known_then"]
    assert (note["connection"], note["from"], note["to"]) == ("boomstream", "2026-03-06", "2026-03-08")
    assert answer["freshness"][0] == {
        "connection": "boomstream",
        "last_success": None,
        "covered_from": None,
        "final_through": None,
        "complete": False,
        "held": [],
        "missing": [{"from": "2026-03-06", "to": "2026-03-08"}],
        "failing_since": None,
        "error": None,
        "syncing": None,
    }
    assert "not_known_then" not in codes(evening(alice, {"metrics": "watch_time", "as_of": "2026-03-10"})[1])


def test_what_went_while_it_was_provisional_is_kept(alice: Tenant) -> None:
    """It is no restatement, but a report of the day before had it."""
    connection = make_connection(alice, time_zone="UTC", history_from=FIRST)
    asset = make_asset(connection)

    class Said(Vendor):
        figures: list[Figure] = []

        def daily(self, window: Window) -> Iterator[Figure]:
            return iter(self.figures)

    vendor = Said(connection, random.Random(0))
    gone_on = FIRST + DAY
    there = [Figure("plays", Decimal(5), FIRST)]
    for day, at, figures in [
        (FIRST, time(12), there),
        (gone_on, time(12), []),
        (gone_on, time(13), []),
    ]:  # held, believed
        with time_machine.travel(datetime.combine(day, at, UTC), tick=False):
            vendor.figures = figures
            vendor.read(Daily(), asset, Window(FIRST, day))
    with tenant_scope(alice):
        assert not Restatement.objects.exists()
        (gone,) = Withdrawal.objects.all()
        assert (gone.metric, gone.old, gone.old_since.date()) == ("plays", 5, FIRST)
    later = FIRST + 9 * DAY
    words = {"metrics": "plays", "interval": "day"}
    assert ask(alice, words, later)["totals"] == {"plays": None}
    assert ask(alice, words, later, as_of=f"{FIRST}")["totals"] == {"plays": 5}
    assert ask(alice, words, later, as_of=f"{FIRST + DAY}")["totals"] == {"plays": None}
