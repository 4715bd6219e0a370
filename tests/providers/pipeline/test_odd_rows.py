"""One odd row does not cost the rest: what is in the ledger, and what is said, after odd names, texts and shapes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.toolkit.requests import Answer, Request
from reporting.models import Asset, Connection, Fact, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from reporting.vendor_text import is_fitted
from tests.support.answers import answers_change
from tests.support.factories import report
from tests.support.line import connect, ledger, run

Rows = list[dict[str, Any]]


def answers_with(monkeypatch: pytest.MonkeyPatch, *names: Any) -> None:
    """ScaleEngine has these rows beside its own, of a byte and a request each; the count says so."""

    def changed(request: Request, answer: Answer) -> bytes:
        said = json.loads(answer.body)
        odd = [{"video_url": name, "bytes_total": "1", "requests_total": "1"} for name in names]
        return json.dumps(said | {"usage": [*said["usage"], *odd], "count": said["count"] + len(odd)}).encode()

    answers_change(monkeypatch, changed)


def odd_and_rest(connection: Connection, before: dict[Any, Decimal]) -> dict[str, Decimal]:
    """The bytes of what was odd, by name, once all the rest is found unchanged."""
    after = ledger(connection)
    assert before.items() <= after.items()
    added = [cell for cell in after.keys() - before.keys() if cell[0] == "data_transfer"]
    return {cell[5].removeprefix("north-origin/"): after[cell] for cell in added}


@pytest.fixture
def one_app(alice: Tenant, sandbox: Sandbox) -> Connection:
    connection = connect(alice, sandbox, "scaleengine", days=1)
    with tenant_scope(alice):
        connection.options = {"apps": connection.options["apps"][:1]}
        connection.save()
    return connection


LONG, LONGER = "vod/" + "x" * 1010, "vod/" + "x" * 1011
WIDE = "".join(
    chr(0x20000 + number) for number in range(900)
)  # 3,600 bytes: fewer letters than the column, more than an index


def test_it_works(one_app: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two names that differ after the thousandth letter stay two; each is kept again under the same name."""
    assert run(one_app).state == SyncRun.State.SUCCEEDED
    before = ledger(one_app)
    with monkeypatch.context() as patch:
        answers_with(patch, LONG, LONGER, WIDE)
        ended = run(one_app)
        assert (ended.state, ended.errors) == (SyncRun.State.SUCCEEDED, [])
        found = odd_and_rest(one_app, before)
        assert len(found) == 3
        assert set(found.values()) == {1}
        assert all(is_fitted(name) and len(name) <= 1000 for name in found)
        assert run(one_app).facts_written == 0
    replay(one_app)
    assert odd_and_rest(one_app, before) == found


def test_a_note_says_so_where_people_look(alice: Tenant, one_app: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_with(monkeypatch, LONG, LONGER, "a\x00b")
    ended = run(one_app)
    cut, replaced = (note["note"] for note in ended.notes)
    assert cut.startswith("2 names too long to be kept: cut, each ends in ~ and a digest of the whole (vod/xxxx")
    assert replaced == "1 name with characters that can't be kept, shown as � (a�b)."
    assert ended.notes[0]["feed"] == "usage"
    with tenant_scope(alice):
        snapshot = Snapshot.objects.get()
        assert snapshot.notes == [cut, replaced]
        assert LONGER.encode() in snapshot.parts.get().body  # the whole name is in the raw answer
    today = datetime.now(UTC).date().isoformat()
    said = report(alice, metrics="data_transfer", group_by="asset", from_=today, to=today)
    (note,) = [note for note in said["notes"] if note["code"] == "names_cut"]
    assert "2 names here are longer" in note["detail"]
    assert len(note["names"]) == 2
    total = report(alice, metrics="data_transfer", from_=today, to=today)
    assert "names_cut" not in {note["code"] for note in total["notes"]}


def test_an_ordinary_reading_has_no_notes(alice: Tenant, one_app: Connection) -> None:
    assert run(one_app).notes == []
    with tenant_scope(alice):
        assert Snapshot.objects.get().notes == []


def test_a_key_that_is_too_long(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site of 496 letters beside one of seven, and one that differs at its end."""
    connection = connect(alice, sandbox, "smartstream", days=1, options={"groups": ["site"]})
    sites = {"a.example": 5, "x" * 496: 7, "x" * 495 + "y": 8}
    day = f"{connection.history_from:%Y/%m/%d}"

    def answer(request: Request, answer: Answer) -> bytes | None:
        return json.dumps([{"date": day, "site": sites}]).encode() if request.params.get("group") == "site" else None

    answers_change(monkeypatch, answer)
    assert run(connection, feed="play_count.site.day").state == SyncRun.State.SUCCEEDED
    found = {cell[6]: value for cell, value in ledger(connection, dimension="site").items()}
    assert found.pop("a.example") == 5
    assert sorted(found.values()) == [7, 8]
    assert all(len(key) == 300 and is_fitted(key) for key in found)
    day = connection.history_from.isoformat()
    said = report(alice, metrics="plays", group_by="site", from_=day, to=day)
    assert "names_cut" in {note["code"] for note in said["notes"]}


ODD = [
    ("a\x00b", "a\ufffdb"),
    ("\ud83d half", "\ufffd half"),
    ("bell\x07 and \x9b", "bell\ufffd and \ufffd"),
    (20240101, "20240101"),
    (Decimal("1.10"), "1.10"),
]


@pytest.mark.parametrize(("name", "kept"), ODD)
def test_odd_names(one_app: Connection, monkeypatch: pytest.MonkeyPatch, name: Any, kept: str) -> None:
    run(one_app)
    before = ledger(one_app)
    with monkeypatch.context() as patch:
        answers_with(patch, float(name) if isinstance(name, Decimal) else name)
        assert run(one_app).errors == []
    assert odd_and_rest(one_app, before) == {kept.replace("1.10", "1.1"): 1}


def test_names_with_two_kinds_of_rubbish_add_up(one_app: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """No byte is lost where what tells them apart can't be kept."""
    run(one_app)
    before = ledger(one_app)
    answers_with(monkeypatch, "a\x00", "a\x01")
    run(one_app)
    assert odd_and_rest(one_app, before) == {"a\ufffd": 2}


def php(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Request, Answer], bytes]:
    return lambda request, answer: json.dumps(change(json.loads(answer.body))).encode()


def with_holes(said: dict[str, Any]) -> dict[str, Any]:
    """`{"0": …, "2": …}`: what json_encode makes of a list from which one was taken."""
    return said | {"usage": {str(2 * number): row for number, row in enumerate(said["usage"])}}


def with_false(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"usage": [row | {"requests_total": False} for row in said["usage"]]}


def test_a_list_with_holes(one_app: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    run(one_app)
    before = ledger(one_app)
    with tenant_scope(one_app.tenant_id):
        Fact.objects.all().delete()
    answers_change(monkeypatch, php(with_holes))
    assert run(one_app).errors == []
    assert ledger(one_app) == before


def test_false_is_nothing(one_app: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_change(monkeypatch, php(with_false))
    assert run(one_app).errors == []
    assert {cell[0] for cell in ledger(one_app)} == {"data_transfer"}


@pytest.mark.parametrize(
    "rows",
    [
        {"0": {"date": "DAY", "country": {"JP": 7, "US": False}}},
        {"0": {"date": "DAY", "country": {"0": {"name": "JP", "count": 7}, "2": {"name": "US", "count": False}}}},
        [{"date": "DAY", "JP": 7, "US": False}],
    ],
)
def test_odd_shapes_of_a_split(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, rows: Any) -> None:
    connection = connect(alice, sandbox, "smartstream", days=1)
    body = json.dumps(rows).replace("DAY", f"{connection.history_from:%Y/%m/%d}").encode()
    answers_change(monkeypatch, lambda request, answer: body if "aggregations" in request.path else None)
    assert run(connection, feed="play_count.country.day").errors == []
    assert {(cell[6], value) for cell, value in ledger(connection).items()} == {("JP", 7)}


@pytest.mark.parametrize("whole", [b"false", b"null", b'""', b'{"0": 1}', b'{"5": "Error"}'])
def test_nothing_at_all_is_no_list(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, whole: bytes
) -> None:
    connection = connect(alice, sandbox, "smartstream", days=1)
    run(connection, feed="play_count.all.day")
    before = ledger(connection)
    assert before
    answers_change(monkeypatch, lambda request, answer: whole if "aggregations" in request.path else None)
    assert run(connection, feed="play_count.all.day").errors
    assert ledger(connection) == before


@pytest.mark.parametrize("media", [{"Code": 7, "Title": 2024}, {"Code": "7", "Title": False, "Name": "2024"}])
def test_numbers_where_names_are_meant(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, media: dict[str, Any]
) -> None:
    connection = connect(alice, sandbox, "boomstream", days=1)
    pages = iter(
        [{"Status": "Success", "Folders": False, "Medias": {"3": media}}, {"Status": "Success", "Medias": None}]
    )
    answers_change(monkeypatch, lambda request, answer: json.dumps(next(pages)).encode())
    assert run(connection, feed="media").errors == []
    with tenant_scope(alice):
        assert Asset.objects.get(external_id="7").title == "2024"


@pytest.mark.parametrize("value", ["1e999999999", "9" * 4000, "NaN", "1e-999999999", "0." + "1" * 200, "-Infinity"])
def test_numbers_that_are_none(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Refused as they came, and nothing that is stored goes."""
    connection = connect(alice, sandbox, "smartstream", days=1)
    run(connection, feed="play_time.all.day")
    before = ledger(connection)
    day = f"{connection.history_from:%Y/%m/%d}"
    for written in (value, f'"{value}"'):
        body = f'[{{"date": "{day}", "all": {written}}}]'.encode()
        with monkeypatch.context() as patch:
            answers_change(patch, lambda request, answer, body=body: body if "aggregations" in request.path else None)
            ended = run(connection, feed="play_time.all.day")
        assert {error["error"] for error in ended.errors} == {"Unreadable"}
        assert len(ended.errors[0]["detail"]) < 300
        assert ledger(connection) == before


def test_errors_that_quote_rubbish_end_no_run(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor's own words: NUL, half of a pair, a line that never ends."""
    connection = connect(alice, sandbox, "scaleengine", days=2)
    said = json.dumps({"status": "failure", "code": "7777", "message": "no\x00 \ud800\n" + "x" * 100_000})
    answers_change(monkeypatch, lambda request, answer: said.encode())
    ended = run(connection)
    assert ended.state == SyncRun.State.FAILED
    detail = ended.errors[0]["detail"]
    assert detail.startswith("ScaleEngine says: no\ufffd \ufffd xxx")
    assert len(detail) <= 1000


@pytest.mark.parametrize("message", [["a"], {"b": 1}, 5, True])
def test_words_that_are_none_end_no_run(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, message: Any
) -> None:
    """Where the vendor's word was looked up, something else stands."""
    connection = connect(alice, sandbox, "boomstream", days=1)
    said = json.dumps({"Status": "Failed", "Message": message}).encode()
    answers_change(monkeypatch, lambda request, answer: said)
    ended = run(connection)
    assert ended.finished_at
    assert ended.state == SyncRun.State.FAILED


def test_a_session_token_that_can_t_be_sent(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no header: the run says so, and ends as runs do."""
    connection = connect(alice, sandbox, "smartstream", days=1)
    for token in ("\ud800", "東京", "a\r\nb", "\x00"):
        said = json.dumps({"token": token, "expiration": "2099-01-01T00:00:00Z"}).encode()
        with monkeypatch.context() as patch:
            answers_change(patch, lambda request, answer, said=said: said if "auth-token" in request.path else None)
            with tenant_scope(alice):
                connection.session = {}
                connection.save()
            ended = run(connection)
        assert ended.finished_at
        assert ended.state == SyncRun.State.FAILED, token


def test_yesterday_is_kept_where_today_is_odd(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of other days come out as ever, and so does what is odd."""
    connection = connect(alice, sandbox, "scaleengine", days=2)
    answers_with(monkeypatch, LONG)
    assert run(connection).state == SyncRun.State.SUCCEEDED
    days = {cell[3] for cell in ledger(connection) if is_fitted(cell[5])}
    today = datetime.now(UTC).date()
    assert days == {today.isoformat(), (today - timedelta(days=1)).isoformat()}
