"""Sessions that are alike, that lie in the future, whose address or words are odd: kept, once each, and marked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import pytest
from django.apps import apps
from django.db import connection as database

from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.toolkit.requests import Answer, Request
from reporting.models import Connection, PpvAccess, PpvSession, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import OWNER_ROLE, tenant_scope
from tests.support.answers import answers_change
from tests.support.line import connect, run

NOW = datetime.now(UTC)
TODAY = NOW.date().isoformat()


def item(start: str = f"{TODAY} 00:00:01", ip: str = "192.0.2.5", agent: str = "Firefox", **more: Any) -> str:
    fields = {"Place": "Final", "ip": ip, "Country": "Spain", "UserAgent": agent, "Start": start} | more
    return f"<Item>{''.join(f'<{name}>{escape(str(value))}</{name}>' for name, value in fields.items())}</Item>"


def page(*items: str) -> bytes:
    return f"<Response><Status>Success</Status><Items>{''.join(items)}</Items></Response>".encode()


@pytest.fixture
def boom(alice: Tenant, sandbox: Sandbox) -> Connection:
    """With one access."""
    connection = connect(alice, sandbox, "boomstream", days=3, time_zone="UTC")
    with tenant_scope(alice):
        PpvAccess.objects.exclude(pk=PpvAccess.objects.earliest("pk").pk).delete()
    return connection


def ask(monkeypatch: pytest.MonkeyPatch, connection: Connection, *pages: bytes) -> SyncRun:
    """A run of the sessions alone: the first page, the second, …, and ever after an empty one."""

    def said(request: Request, answer: Answer) -> bytes | None:
        number = request.params.get("page", 1) - 1
        return (pages[number] if number < len(pages) else page()) if "sessions" in request.path else None

    with monkeypatch.context() as patch:
        answers_change(patch, said)
        return run(connection, feed="sessions")


def kept(connection: Connection, *names: str) -> list[tuple[Any, ...]]:
    with tenant_scope(connection.tenant_id):
        return list(PpvSession.objects.order_by("started_text", "ip", "number", "user_agent").values_list(*names))


def test_it_works(boom: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two in one second with equal address and agent are two, after each reading and each replay."""
    both = page(item(LeftActivations=4), item(LeftActivations=3), item(agent="Chrome"))
    for _ in range(2):
        assert ask(monkeypatch, boom, both).errors == []
        first = kept(boom, "id", "number", "user_agent", "left_activations")
        assert [row[1:] for row in first] == [(1, "Chrome", None), (1, "Firefox", 4), (2, "Firefox", 3)]
    replay(boom)
    assert kept(boom, "id", "number", "user_agent", "left_activations") == first
    ask(monkeypatch, boom, page(item(LeftActivations=4), item(agent="Chrome")))
    assert [row[1:] for row in kept(boom, "id", "number", "user_agent")] == [(1, "Chrome"), (1, "Firefox")]


def test_a_page_that_comes_twice_doubles_nothing(boom: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is how its list ends, and a list may move between two pages."""
    both, other = page(item(), item()), item(f"{TODAY} 00:00:02")
    assert ask(monkeypatch, boom, both, both).errors == []
    assert kept(boom, "number") == [(1,), (2,)]
    assert ask(monkeypatch, boom, both, page(item(), other)).errors == []
    assert kept(boom, "number") == [(1,), (2,), (1,)]


def test_one_spelling_of_an_address(boom: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in two spellings is one viewer, and two sessions where the answer names two."""
    spelled = ["2001:DB8:0::1", "2001:db8::1", "::ffff:192.0.2.7", "[2001:db8::2]:443", "192.0.2.8:1234", "unknown"]
    ask(monkeypatch, boom, page(*(item(ip=ip) for ip in spelled)))
    found = kept(boom, "ip", "number")
    assert found == [
        ("192.0.2.7", 1),
        ("192.0.2.8", 1),
        ("2001:db8::1", 1),
        ("2001:db8::1", 2),
        ("2001:db8::2", 1),
        ("unknown", 1),
    ]
    replay(boom)
    assert kept(boom, "ip", "number") == found


TOMORROW, LATER = ((NOW + timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S") for days in (1, 1500))


def test_sessions_in_the_future(boom: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept and marked; gone when the answer names them no more."""
    for _ in range(2):
        ended = ask(monkeypatch, boom, page(item(), item(TOMORROW), item(LATER)))
        assert ended.state == SyncRun.State.SUCCEEDED
        assert kept(boom, "started_text", "is_future") == [
            (f"{TODAY} 00:00:01", False),
            (TOMORROW, True),
            (LATER, True),
        ]
    with tenant_scope(boom.tenant_id):
        assert Snapshot.objects.latest("pk").notes == ["2 sessions in the future."]
    replay(boom)
    assert len(kept(boom, "id")) == 3
    ask(monkeypatch, boom, page(item(), item(TOMORROW)))
    assert kept(boom, "is_future") == [(False,), (True,)]


def test_a_few_seconds_are_no_future(boom: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clocks differ by so much."""
    ask(monkeypatch, boom, page(item((NOW + timedelta(seconds=60)).strftime("%Y-%m-%d %H:%M:%S"))))
    assert {row[0] for row in kept(boom, "is_future")} <= {False}


@pytest.mark.parametrize("start", ["9999-12-31 23:59:59", "0001-01-01 00:00:00"])
def test_the_ends_of_time(boom: Connection, monkeypatch: pytest.MonkeyPatch, start: str) -> None:
    """No zone knows these moments: they cost nobody the rest."""
    ended = ask(monkeypatch, boom, page(item(), item(start)))
    assert ended.finished_at
    assert kept(boom, "started_text") == [(f"{TODAY} 00:00:01",)]


def test_odd_words_of_a_session(boom: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = item(ip="x" * 5000, agent="y" * 50_000, Place="z" * 600, Country="w" * 200, LeftActivations="9" * 30)
    for _ in range(2):
        assert ask(monkeypatch, boom, page(item(), odd, item(agent="\x85bell"))).errors == []
        assert len(kept(boom, "id")) == 3
    lengths = [tuple(map(len, row)) for row in kept(boom, "ip", "user_agent", "place", "country_name")]
    assert (45, 2000, 500, 100) in lengths
    with tenant_scope(boom.tenant_id):
        notes = Snapshot.objects.latest("pk").notes
    assert "1 browser too long to be kept: cut, each ends in ~ and a digest of the whole." in notes
    assert "1 session with a number of activations that can't be kept." in notes
    assert "xxx" not in str(notes)  # what is personal is not quoted


def test_an_empty_body_takes_no_session_away(boom: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(monkeypatch, boom, page(item()))
    assert ask(monkeypatch, boom, b"").state == SyncRun.State.FAILED
    assert len(kept(boom, "id")) == 1


@pytest.fixture
def as_owner(boom: Connection) -> Iterator[Any]:
    """Migrations run as the tables' owner."""
    with database.cursor() as cursor:
        cursor.execute(f"SET ROLE {OWNER_ROLE}")
        yield cursor
        cursor.execute("RESET ROLE")


def test_the_migration_brings_stored_addresses_to_one_spelling(
    boom: Connection, monkeypatch: pytest.MonkeyPatch, as_owner: Any
) -> None:
    from importlib import import_module

    spelled = ["2001:DB8::1", "2001:db8:0::1", "2001:db8::1", "::ffff:192.0.2.7", "192.0.2.9", "", "unknown"]
    as_owner.execute("RESET ROLE")
    ask(monkeypatch, boom, page(*(item(ip=f"192.0.2.{number}") for number in range(len(spelled)))))
    as_owner.execute(f"SET ROLE {OWNER_ROLE}")
    as_owner.executemany(
        "UPDATE reporting_ppvsession SET ip = %s WHERE ip = %s",
        [(ip, f"192.0.2.{number}") for number, ip in enumerate(spelled) if ip != "192.0.2.9"],
    )
    as_owner.execute("UPDATE reporting_ppvsession SET ip = '192.0.2.9' WHERE ip = '192.0.2.4'")

    class Plain:
        """The model without the tenant's scope, as a migration has it."""

        objects = PpvSession._base_manager

    class Registry:
        get_model = staticmethod(lambda app, name: Plain if apps.get_model(app, name) else None)

    import_module("reporting.migrations.0011_odd_rows").respell(Registry, None)
    as_owner.execute("RESET ROLE")
    found = sorted(kept(boom, "ip", "number"))
    assert found == [
        ("", 1),
        ("192.0.2.7", 1),
        ("192.0.2.9", 1),
        ("2001:db8::1", 1),
        ("2001:db8::1", 2),
        ("2001:db8::1", 3),
        ("unknown", 1),
    ]
