"""Answers that resemble each other cost what differs, and give back their very bytes, whatever is deleted."""

import hashlib
import json
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db import connection as database

from providers.pipeline import kept_parts, snapshots
from providers.pipeline.prune import BATCH, prune
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.toolkit.requests import Answer, Request
from reporting.models import Asset, Connection, Snapshot, SnapshotPart, Tenant
from reporting.models.part_bytes import packed, unpacked, unpacked_beginning
from reporting.tenancy.scoping import tenant_scope
from tests.support.answers import answers_change
from tests.support.line import connect, ledger, run

pytestmark = pytest.mark.vendors(assets=1)
TWO_YEARS = timedelta(days=730)


@pytest.fixture(autouse=True)
def growing(monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller) -> None:
    """Each hour somebody watches a 247platform video for ten minutes."""
    began = datetime.now(UTC).replace(minute=0)

    def with_viewings(request: Request, answer: Answer) -> bytes:
        document = json.loads(answer.body) if b'"times"' in answer.body else {}
        if not document:
            return answer.body
        hours = int((datetime.now(UTC) - began) / timedelta(hours=1)) + 1
        for hour in range(hours):
            start = int(began.timestamp()) + 3600 * (hour - 1) + 7 * hour % 600
            times = {"created": {"unix": start + 600}, "from": {"unix": start}, "mean": {"unix": start + 300}}
            document["times"]["log"][f"{start + 300}"] = {"count": {"total": 1, "vod": 1}, **times, "diff": 600}
        views, data = document["views"], document["data"]["total"]
        views["total"], views["totalMinutes"] = str(int(views["total"]) + hours), views["totalMinutes"] + 10 * hours
        data["out"] += 12_345_678 * hours
        data["sum"] = data["in"] + data["out"]
        document["geo"]["uniqieIps"]["total"] += hours
        document["geo"]["locations"]["EU"]["Spain|ES"]["countryCount"] += hours
        return json.dumps(document, separators=(",", ":")).encode()

    answers_change(monkeypatch, with_viewings)


def hourly(connection: Connection, clock: time_machine.Traveller, hours: int) -> None:
    for _ in range(hours):
        run(connection)
        clock.shift(timedelta(hours=1))


def parts(tenant: Tenant, **filters: Any) -> list[SnapshotPart]:
    with tenant_scope(tenant):
        return list(SnapshotPart.objects.filter(**filters).select_related("base", "snapshot").order_by("pk"))


def assert_all_come_back(tenant: Tenant) -> None:
    for part in parts(tenant):
        assert hashlib.sha256(part.body).hexdigest() == part.sha256
        assert part.beginning(50) == part.body[:50]
        assert part.base is None or part.base.base_id is None
    with tenant_scope(tenant):
        for snapshot in Snapshot.objects.all():
            assert [
                hashlib.sha256(body).hexdigest() for body in (part.body for part in snapshots.parts_of(snapshot))
            ] == [part.sha256 for part in snapshot.parts.order_by("number")]


def test_it_works(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """A day of hourly readings of one video, whose log is whole and grows, costs no more than two readings."""
    connection = connect(alice, vendors, "247platform")
    hourly(connection, clock, 24)
    kept = parts(alice)
    sizes = [len(part.compressed) for part in kept]
    print(f"{len(kept)} answers of {kept[0].size:,} bytes: the first {sizes[0]:,}, all {sum(sizes):,}")
    assert len(kept) == 24
    assert sum(sizes) <= 2 * sizes[0]
    assert_all_come_back(alice)


def test_no_later_day_costs_more() -> None:
    """As what differs from the base grows, a new one takes its place."""
    entry = '"%d":{"count":{"total":1},"created":{"unix":%d},"from":{"unix":%d},"diff":%d},'
    bases, sizes = list[SnapshotPart](), list[int]()
    for hour in range(24 * 20):
        log = "".join(entry % (60 * n, 60 * n + 300, 60 * n - 300, n * 2654435761 % 3000) for n in range(1000 + hour))
        body = f'{{"views":{{"total":"{1000 + hour}"}},"times":{{"log":{{{log[:-1]}}}}}}}'.encode()
        part = SnapshotPart(pk=hour, compressed=packed(body), size=len(body))
        base = bases[-1] if bases else part
        kept = kept_parts.against(part, base.pk, bytes(base.compressed)) if bases else part
        bases += [part] if kept.base_id is None else []
        sizes.append(len(kept.compressed))
    days = [sum(sizes[hour : hour + 24]) for hour in range(len(sizes) - 24)]
    print(f"{len(bases)} bases; a day of {len(bases[0].compressed):,} costs {min(days):,} to {max(days):,}")
    assert len(bases) > 1
    assert max(days) <= 2 * len(bases[-1].compressed)


@pytest.mark.parametrize("provider", ["247platform", "boomstream", "callfire", "scaleengine", "smartstream"])
def test_of_each_provider_the_bytes_come_back(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, provider: str
) -> None:
    connection = connect(alice, vendors, provider, days=3)
    hourly(connection, clock, 3)
    assert_all_come_back(alice)


@pytest.mark.vendors(assets=2, rows=200)
def test_pages_of_a_day_that_is_asked_again(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """Of the same request only: another day's answer is another thing."""
    connection = connect(alice, vendors, "scaleengine", days=3)
    hourly(connection, clock, 2)
    for part in parts(alice, base__isnull=False):
        assert part.base is not None
        with tenant_scope(alice):
            base = Snapshot.objects.get(pk=part.base.snapshot_id)
        assert (base.from_day, base.to_day, base.asset_id, base.feed, part.base.number) == (
            part.snapshot.from_day,
            part.snapshot.to_day,
            part.snapshot.asset_id,
            part.snapshot.feed,
            part.number,
        )


# --- What goes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [BATCH, pytest.param(2, marks=pytest.mark.long)])
def test_prune_leaves_nothing_unreadable(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """The bases go with the first readings of their days; what needs them is packed anew."""
    monkeypatch.setattr("providers.pipeline.prune.BATCH", batch)
    connection = connect(alice, vendors, "247platform")
    for _ in range(3):
        hourly(connection, clock, 3)
        clock.shift(timedelta(hours=21))
    before, held = ledger(connection), sum(len(part.compressed) for part in parts(alice))
    clock.shift(TWO_YEARS)
    would = prune(connection, datetime.now(UTC), dry_run=True)
    assert len(parts(alice)) == 9
    done = prune(connection, datetime.now(UTC))
    assert (
        (would.snapshots, would.bytes)
        == (done.snapshots, done.bytes)
        == (6, held - sum(len(p.compressed) for p in parts(alice)))
    )
    left = parts(alice)
    assert [part.base_id for part in left[:2]] == [None, left[0].pk], "the first whole, what resembles it against it"
    assert_all_come_back(alice)
    replay(connection)
    assert ledger(connection) == before


def test_the_database_keeps_a_base_that_is_needed(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "247platform")
    hourly(connection, clock, 2)
    base = next(part for part in parts(alice) if part.base is None)
    with pytest.raises(IntegrityError):
        delete_for_good(alice, Snapshot, base.snapshot_id)
    assert_all_come_back(alice)


@pytest.mark.vendors(assets=2)
def test_an_asset_goes_with_all_of_its_answers(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    connection = connect(alice, vendors, "247platform")
    hourly(connection, clock, 3)
    with tenant_scope(alice):
        asset = Asset.objects.filter(connection=connection)[0]
    delete_for_good(alice, Asset, asset.pk)
    assert len(parts(alice)) == 3
    assert_all_come_back(alice)
    delete_for_good(alice, Connection, connection.pk)
    assert parts(alice) == []


def delete_for_good(tenant: Tenant, model: Any, pk: int) -> None:
    """As at the end of a transaction, when the database looks at what needs what."""
    with transaction.atomic(), tenant_scope(tenant), database.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        model.objects.filter(pk=pk).delete()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_what_was_not_read_is_no_base(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """An answer that is held or unreadable may go by itself."""
    connection = connect(alice, vendors, "247platform")
    hourly(connection, clock, 1)
    with tenant_scope(alice):
        Snapshot.objects.update(state=Snapshot.State.HELD)
    hourly(connection, clock, 1)
    assert [part.base for part in parts(alice)] == [None, None]


# --- The bytes ---------------------------------------------------------------------------------------------------------


def rows_of(count: int, seed: int) -> bytes:
    chance = random.Random(seed)
    row = '{"video_url":"demo/%08x/clip.mp4","bytes_total":"%d"},'
    return "".join(row % (number * 2654435761 % 2**32, chance.randrange(10**9)) for number in range(count)).encode()


ROWS = rows_of(30_000, 1)


@pytest.mark.parametrize(
    ("base", "body", "most"),
    [
        (ROWS, ROWS[:1_000_000] + b'{"new":1},' + ROWS[1_000_000:], 1000),
        (ROWS, ROWS, 1000),
        (ROWS, rows_of(30_000, 2), None),
        (b"\0" * 2_000_000, b"\0" * 2_000_001, 1000),
        (b"ab" * 1_000_000, b"ba" * 1_000_000, 1000),
        (random.Random(1).randbytes(2_000_000), random.Random(2).randbytes(2_000_000), None),
        (b"", b"", None),
        (b"{}", b"", None),
        (b"x", b"y", None),
    ],
)
def test_two_megabytes_cost_no_second(base: bytes, body: bytes, most: int | None) -> None:
    began = time.process_time()
    kept = packed(body, base)
    assert unpacked(kept, base) == body
    assert time.process_time() - began < 1
    assert unpacked_beginning(kept, base, 10) == body[:10]
    assert most is None or len(kept) < most


def test_a_page_beyond_measure_is_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    part = SnapshotPart(compressed=packed(ROWS), size=len(ROWS))
    base = SnapshotPart(pk=7, compressed=packed(ROWS))
    assert kept_parts.against(part, 7, bytes(base.compressed)).base_id == 7
    monkeypatch.setattr(kept_parts, "LARGEST", 1000)
    assert kept_parts.against(part, 7, bytes(base.compressed)).base_id is None
