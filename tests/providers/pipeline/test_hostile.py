"""Answers and moments that nobody wished for: nothing is lost, doubled, or shown that must not be."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.catalog.boomstream import WatchTime
from providers.catalog.scaleengine import Usage
from providers.http.scrubber import Scrubber
from providers.pipeline.connection_lock import AlreadyRunning
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.scheduling.run import make
from providers.toolkit.errors import Unreadable
from providers.toolkit.php_json import php_json
from providers.toolkit.requests import Answer, Request
from providers.toolkit.rows import Figure
from reporting.ledger import daily_totals
from reporting.models import Asset, DailyTotal, Fact, FeedProgress, Snapshot, SnapshotPart, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.answers import Change, answers_change
from tests.support.line import connect, fault, ledger, run, truth


def usage(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Change:
    """Changes the rows of ScaleEngine's answers."""

    def changed(request: Request, answer: Answer) -> bytes | None:
        document = json.loads(answer.body)
        return json.dumps(document | {"usage": change(document["usage"])}).encode() if document.get("usage") else None

    return changed


def test_a_replay_of_some_days_leaves_the_others(alice: Tenant, sandbox: Sandbox) -> None:
    """An old reading of many days is read again, but the newer ones of its other days stand."""
    connection = connect(alice, sandbox, "boomstream", days=8)
    run(connection)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    fault(sandbox, restate={"provider": "boomstream", "day": yesterday.isoformat(), "factor": 2})
    run(connection)
    before = ledger(connection)
    replay(connection, connection.history_from, connection.history_from)
    assert ledger(connection) == before


def test_a_replay_of_one_day_touches_no_other(alice: Tenant, sandbox: Sandbox) -> None:
    """Also where an answer tells of a whole life."""
    connection = connect(alice, sandbox, "247platform", days=5)
    run(connection)
    day = connection.history_from + timedelta(days=1)
    of_the_day = {cell: value for cell, value in ledger(connection).items() if cell[3] == day.isoformat()}
    with tenant_scope(alice):
        Fact.objects.all().delete()
    replay(connection, day, day)
    assert ledger(connection) == of_the_day != {}


def test_a_replay_waits_for_no_sync(alice: Tenant, sandbox: Sandbox, second_session: Any) -> None:
    connection = connect(alice, sandbox, "boomstream", days=2)
    second_session.execute("SELECT pg_advisory_lock(%s, %s)", [0x766C, connection.pk])
    with pytest.raises(AlreadyRunning):
        replay(connection)
    second_session.execute("SELECT pg_advisory_unlock(%s, %s)", [0x766C, connection.pk])


def test_a_reading_with_rows_missing_is_never_read(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(alice, sandbox, "scaleengine", days=3)
    run(connection)
    before = ledger(connection)
    with monkeypatch.context() as patch:
        answers_change(patch, usage(lambda rows: rows[:1]))
        ended = run(connection)
    assert {error["error"] for error in ended.errors} == {"Incomplete"}
    assert ledger(connection) == before
    replay(connection)
    assert ledger(connection) == before


def test_an_account_that_was_corrected_counts_once(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "smartstream", days=3)
    right = connection.credentials
    with tenant_scope(alice):
        connection.credentials = right | {"merchant_id": "a typo"}
        connection.save()
    assert run(connection).state == SyncRun.State.FAILED
    with tenant_scope(alice):
        connection.credentials = right
        connection.save()
    assert run(connection).state == SyncRun.State.SUCCEEDED
    assert {cell[5] for cell in ledger(connection)} == {cell[5] for cell in truth(sandbox, connection)}


def test_no_text_holds_a_key(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connect(alice, sandbox, "boomstream", days=2)
    key = connection.credentials["apikey"]
    answers_change(monkeypatch, lambda request, answer: f"Maintenance: /api/stats?apikey={key}".encode())
    ended = run(connection)
    assert ended.errors
    with tenant_scope(alice):
        texts = [
            *FeedProgress.objects.values_list("last_error", flat=True),
            *Snapshot.objects.values_list("error", flat=True),
        ]
        kept = b"".join(part.body for part in SnapshotPart.objects.all())
    assert key not in f"{ended.errors} {texts}"
    assert key.encode() not in kept


def test_no_text_of_a_reader_holds_a_key(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It quotes what it could not follow, as it came."""
    connection = connect(alice, sandbox, "boomstream", days=2)
    key = connection.credentials["apikey"]

    def read(feed: Any, document: Any, reading: Any) -> Any:
        raise Unreadable(f"A page was expected, and {key} came.")
        yield

    monkeypatch.setattr(WatchTime, "read", read)
    ended = run(connection)
    assert any("A page was expected, and *** came" in error["detail"] for error in ended.errors)
    with tenant_scope(alice):
        texts = [
            *FeedProgress.objects.values_list("last_error", flat=True),
            *Snapshot.objects.values_list("error", flat=True),
        ]
    assert key not in f"{ended.errors} {texts}"


def test_no_text_about_a_wait_holds_a_key(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connect(alice, sandbox, "boomstream", days=1)
    key = connection.credentials["apikey"]
    said = f"<Response><Status>Failed</Status><Message>{key} is busy</Message></Response>"
    answers_change(monkeypatch, lambda request, answer: said.encode())
    with tenant_scope(alice):
        queued = SyncRun.objects.create(tenant=alice, connection=connection)
    waits: list[str] = []
    make(queued, lambda run: waits.append(run.waiting))
    assert any("Boomstream says: *** is busy" in text for text in waits)
    assert key not in str(waits)


def test_a_broken_answer_to_the_log_in_shows_no_session(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(alice, sandbox, "247platform", days=2)
    broken = b'{"response":{"sessionId":"SESSION-0123456789"} "x"}'
    answers_change(monkeypatch, lambda request, answer: broken if "authenticate" in request.path else None)
    ended = run(connection)
    assert ended.state == SyncRun.State.FAILED
    assert "SESSION" not in str(ended.errors)


@pytest.mark.parametrize("name", [None, "", ["a"]], ids=["null", "empty", "list"])
def test_bytes_of_nobody_are_one_reading_s_trouble(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: Any
) -> None:
    connection = connect(alice, sandbox, "scaleengine", days=2)
    today = datetime.now(UTC).date().day

    def odd(request: Request, answer: Answer) -> bytes | None:
        if request.form and f'"day":{today},' in request.form["json"]:
            return usage(lambda rows: [rows[0] | {"video_url": name}, *rows[1:]])(request, answer)
        return None

    answers_change(monkeypatch, odd)
    ended = run(connection)
    assert ended.state == SyncRun.State.PARTIAL
    assert {error["error"] for error in ended.errors} == {"Unreadable"}
    assert ledger(connection)


def test_a_feed_writes_no_figures_but_its_own(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """No reading would ever replace them."""
    connection = connect(alice, sandbox, "scaleengine", days=1)
    stray = Figure("plays", Decimal(1), datetime.now(UTC).date(), asset="a.mp4")
    monkeypatch.setattr(Usage, "read", lambda self, document, reading: iter([stray]))
    ended = run(connection)
    assert {error["error"] for error in ended.errors} == {"Unreadable"}
    assert "feed usage reads plays by day , which it does not own" in ended.errors[0]["detail"]
    assert not ledger(connection)


def test_two_figures_for_one_cell_of_what_does_not_add_up_are_refused(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(alice, sandbox, "smartstream", days=1)
    rows = [{"date": f"{connection.history_from:%Y/%m/%d}", "all": number} for number in (7, 8)]
    answers_change(
        monkeypatch, lambda request, answer: json.dumps(rows).encode() if "aggregations" in request.path else None
    )
    ended = run(connection, feed="device_count.all.day")
    assert {error["error"] for error in ended.errors} == {"Unreadable"}
    assert "twice" in ended.errors[0]["detail"]
    assert not ledger(connection)


def test_rows_of_days_that_were_not_asked_for_are_dropped(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those days are asked for by themselves, and their figures may be of another hour."""
    connection = connect(alice, sandbox, "smartstream", days=5)
    asked, other = (datetime.now(UTC).date() - timedelta(days=number) for number in (2, 3))

    def generous(request: Request, answer: Answer) -> bytes | None:
        rows = [{"date": f"{day:%Y/%m/%d}", "all": 7} for day in (other, asked)]
        return json.dumps(rows).encode() if "aggregations" in request.path else None

    answers_change(monkeypatch, generous)
    ended = run(connection, feed="play_count.all.day", from_day=asked, to_day=asked)
    assert ended.state == SyncRun.State.SUCCEEDED
    assert {(cell[3], value) for cell, value in ledger(connection).items()} == {(asked.isoformat(), 7)}


def test_totals_are_right_where_a_person_named_another_kind(alice: Tenant, sandbox: Sandbox) -> None:
    first = connect(alice, sandbox, "scaleengine", days=2)
    run(first)
    second = connect(alice, sandbox, "scaleengine", days=2, slug="two")
    with tenant_scope(alice):
        stream = Asset.objects.filter(connection=first, kind=Asset.Kind.VIDEO)[0]
        assert stream.parent
        mine = {"tenant": alice, "connection": second}
        app = Asset.objects.create(**mine, external_id=stream.parent.external_id, kind=Asset.Kind.APPLICATION)
        Asset.objects.create(**mine, external_id=stream.external_id, parent=app, kind=Asset.Kind.PLAYLIST)
    run(second)
    with tenant_scope(alice):
        mine = DailyTotal.objects.filter(connection=second)
        kept = set(mine.values_list("pk", "value", "facts"))
        daily_totals.rebuild(second.pk)
        assert {total[0][5] for total in kept} == {"asset", "playlist"}
        assert kept == set(mine.values_list("pk", "value", "facts"))


@pytest.mark.parametrize("secret", ["abc/defgh+ijk==", "pass123"])
def test_every_spelling_of_a_secret_is_hidden(secret: str) -> None:
    scrubber = Scrubber([secret])
    request = Request("/stable/", "POST", params={"k": secret}, form={"json": php_json({"api_key": secret})})
    shown = f"{scrubber.request('https://vendor.example', request)} {scrubber.text(json.dumps({'password': secret}))}"
    assert secret.split("/")[-1] not in shown


def test_a_figure_is_no_secret() -> None:
    """A viewer's password of digits must not turn a figure into stars."""
    scrubber = Scrubber(["1234"])
    assert scrubber.body(b"<time>1234</time>") == b"<time>1234</time>"
    assert scrubber.text("/sessions?hash=1234&page=1") == "/sessions?hash=***&page=1"


def test_thousands_of_secrets_cost_little() -> None:
    """Each password of a viewer is known from its first request on; a pattern of all, made anew for each, took hours."""
    scrubber, began = Scrubber(["a-key-of-some-length"]), time.process_time()
    for number in range(1000):
        scrubber.add([f"password number {number:06d}/x"])
    assert scrubber.text("of password+number+000777%2Fx and password number 000999/x") == "of *** and ***"
    assert scrubber.body(b"password number 000000\\/x") == b"***"
    assert time.process_time() - began < 10
