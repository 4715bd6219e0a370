"""`sync` and `replay` as people and cron call them: what they print, and how they exit."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from providers.pipeline.connection_lock import LOCK_CLASS
from providers.sandbox import Sandbox
from providers.sandbox.vendors import VENDORS
from reporting.models import Connection, RateWindow, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.line import connect, fault, ledger, truth


def command(name: str, **options: Any) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    RateWindow.objects.all().delete()
    out, err = StringIO(), StringIO()
    try:
        call_command(name, stdout=out, stderr=err, **options)
    except SystemExit as exit:
        return int(exit.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


def test_it_works(alice: Tenant, bob: Tenant, sandbox: Sandbox) -> None:
    for tenant, account in ((alice, "north"), (bob, "south")):
        connect(tenant, sandbox, "boomstream", days=2, account=account)
    code, out, err = command("sync")
    assert (code, err) == (0, "")
    assert [line.split(",")[0] for line in out.splitlines()] == [
        "alice/boomstream: succeeded",
        "bob/boomstream: succeeded",
    ]


def test_one_tenant_one_connection(alice: Tenant, bob: Tenant, sandbox: Sandbox) -> None:
    mine, other = (connect(tenant, sandbox, "scaleengine", days=2) for tenant in (alice, bob))
    assert command("sync", tenant="alice", connection="scaleengine")[0] == 0
    assert ledger(mine)
    assert not ledger(other)


def test_partial_is_exit_1_with_a_line_each(alice: Tenant, sandbox: Sandbox) -> None:
    connect(alice, sandbox, "callfire", days=1)
    broadcast = VENDORS["callfire"].accounts.assets("north", sandbox.assets)[0][0]
    fault(sandbox, provider="callfire", kind="malformed", match=f"/{broadcast}/stats")
    code, out, err = command("sync")
    assert code == 1
    assert "partial" in out
    assert "stats" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"from_day": "0001-01-01"}, "the earliest day that is fetched is 2000-01-01"),
        ({"from_day": "1999-12-31"}, "the earliest day that is fetched is 2000-01-01"),
        ({"to_day": "0001-01-01"}, "the earliest day that is fetched is 2000-01-01"),
        ({"from_day": "9999-12-31"}, "9999-12-31 is in the future"),
        ({"from_day": "10000-01-01"}, "no day of the calendar"),
        ({"tenant": "nobody"}, "no tenant “nobody”"),
        ({"connection": "nothing"}, "no connection “nothing”"),
        ({"from_day": "2026-02-30"}, "2026-02-30 is no day"),
        ({"from_day": "2026-02-02", "to_day": "2026-02-01"}, "is after"),
        ({"feed": "views"}, "no such feed “views”"),
    ],
)
def test_wrong_arguments_are_exit_2_in_one_line(
    alice: Tenant, sandbox: Sandbox, options: dict[str, str], message: str
) -> None:
    connect(alice, sandbox, "boomstream", days=2)
    code, _, err = command("sync", **options)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1
    assert not sandbox.requests


def test_a_paused_connection_is_synced_only_by_name(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=2, state=Connection.State.PAUSED)
    assert command("sync") == (0, "", "")
    assert not ledger(connection)
    assert command("sync", connection="boomstream")[0] == 0
    assert ledger(connection)


def test_needs_attention_is_over_when_it_works_again(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=2, state=Connection.State.NEEDS_ATTENTION)
    assert command("sync")[0] == 0
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert connection.state == Connection.State.ACTIVE
    assert connection.last_success


def test_replay_reads_what_was_unreadable(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that no rule covers is kept; after the reader was mended, replay makes facts of it without network."""
    from providers.catalog.scaleengine import Usage
    from providers.toolkit.errors import Unreadable

    connection = connect(alice, sandbox, "scaleengine", days=2)

    def broken(self: object, document: object, reading: object) -> Any:
        raise Unreadable("no rule covers this")

    with monkeypatch.context() as patch:
        patch.setattr(Usage, "read", broken)
        assert command("sync")[0] == 1
    expected = truth(sandbox, connection)
    sandbox.stop()
    assert not ledger(connection)
    code, out, _ = command("replay", tenant="alice")
    assert code == 0
    assert "4 snapshots read" in out  # of two days and two applications
    assert ledger(connection) == expected
    with tenant_scope(alice):
        assert not Snapshot.objects.filter(state=Snapshot.State.UNREADABLE).exists()


def test_a_paused_connection_stays_paused(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(
        alice, sandbox, "boomstream", days=2, state=Connection.State.PAUSED, credentials={"apikey": "no-such-key"}
    )
    assert command("sync", connection="boomstream")[0] == 1
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert connection.state == Connection.State.PAUSED


def test_one_feed_is_no_success_of_the_connection(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=2)
    assert command("sync", feed="target.hour")[0] == 0
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert connection.last_success is None


def test_a_connection_that_is_being_synced_is_left_alone(alice: Tenant, sandbox: Sandbox, second_session: Any) -> None:
    """No queued run is left behind for a worker to take up."""
    connection = connect(alice, sandbox, "boomstream", days=2)
    second_session.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, connection.pk])
    code, _, err = command("sync", connection="boomstream")
    second_session.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, connection.pk])
    assert code == 1
    assert "being synced by another process" in err
    with tenant_scope(alice):
        assert not SyncRun.objects.exists()
