"""A connection that fails slows down, warns, rests, and its managers hear of it once; a provider that is down is left alone."""

import socket
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from providers import registry
from providers.sandbox import Sandbox
from providers.scheduling import circuit_breaker, connection_health, queue
from providers.tasks import sync_connection
from reporting.models import Connection, Customer, Membership, ProviderHealth, SyncRun, Tenant, User
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.factories import make_connection
from tests.support.line import connect, fault, run

DOWN = [
    {"error": "Down", "group": "try again", "detail": "CallFire does not answer; gave up after 5 failures in a row."}
]
UNREADABLE = [{"error": "Unreadable", "group": "fix the code", "detail": "No field “plays”."}]
State = Connection.State


@pytest.fixture
def olga(alice: Tenant) -> User:
    """Alice's manager; there are an analyst, a manager who has left, and Bob's too, who must hear of nothing."""
    manager = User.objects.create_user("olga@alice.example")
    others = [User.objects.create_user(f"{name}@alice.example") for name in ("analyst", "customer")]
    left = User.objects.create_user("left@alice.example", is_active=False)
    with tenant_scope(alice):
        norte = Customer.objects.create(tenant=alice, slug="norte", name="Norte")
        Membership.objects.create(tenant=alice, user=manager, role="manager")
        Membership.objects.create(tenant=alice, user=left, role="manager")
        Membership.objects.create(tenant=alice, user=others[0], role="analyst")
        Membership.objects.create(tenant=alice, user=others[1], role="customer", customer=norte)
    return manager


@pytest.fixture(autouse=True)
def bobs_manager(bob: Tenant) -> None:
    user = User.objects.create_user("boss@bob.example")
    with tenant_scope(bob):
        Membership.objects.create(tenant=bob, user=user, role="manager")


@pytest.fixture
def end(django_capture_on_commit_callbacks: Any) -> Any:
    """Ends a run of the connection, as the journal does."""

    def ended(connection: Connection, state: str = "failed", stored: int = 0, refusal: str = "", **fields: Any) -> None:
        values = {"errors": [] if state == "succeeded" else DOWN, "finished_at": timezone.now(), "requests_done": 5}
        with tenant_scope(connection.tenant_id), django_capture_on_commit_callbacks(execute=True):
            made = SyncRun.objects.create(
                tenant_id=connection.tenant_id, connection=connection, state=state, **(values | fields)
            )
            connection_health.ended(made, stored, refusal)
        with tenant_scope(connection.tenant_id):
            connection.refresh_from_db()

    return ended


def test_it_works(
    alice: Tenant, olga: User, sandbox: Sandbox, mailoutbox: list, django_capture_on_commit_callbacks: Any
) -> None:
    """Refused credentials stop a connection at once, and its managers are written to, once."""
    connection = connect(alice, sandbox, "boomstream", days=2, credentials={"apikey": "no-such-key"})
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            run(connection)
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert (connection.state, connection.failures) == (State.NEEDS_ATTENTION, 0)
    (mail,) = mailoutbox
    assert mail.to == [olga.email]
    assert mail.subject == "Alice Sports: boomstream needs attention"
    assert connection.state_message in mail.body
    assert "/t/alice/" in mail.body
    assert f"/admin/reporting/connection/{connection.pk}/change/" in mail.body
    assert "no-such-key" not in mail.body + connection.state_message


def test_failures_warn_then_rest_and_success_forgets_them(
    alice: Tenant, olga: User, end: Any, mailoutbox: list
) -> None:
    connection = make_connection(alice, name="Fire & “Flame”\nltd")
    for _ in range(19):
        end(connection)
    assert (connection.failures, connection.state_message, mailoutbox) == (19, "", [])
    end(connection)
    assert connection.state == State.ACTIVE
    assert "20 runs in a row have failed" in connection.state_message
    assert "(Europe/Madrid)" in connection.state_message
    assert mailoutbox[0].subject == "Alice Sports: Fire & “Flame” ltd keeps failing"
    assert DOWN[0]["detail"] in mailoutbox[0].body
    for _ in range(10):
        end(connection)
    assert connection.state == State.NEEDS_ATTENTION
    assert "30 runs in a row" in connection.state_message
    assert len(mailoutbox) == 1  # one incident
    end(connection, "succeeded")
    assert (connection.state, connection.failures, connection.state_message) == (State.ACTIVE, 0, "")
    assert (connection.failing_since, connection.notified_at) == (None, None)
    end(connection, refusal="Boomstream refuses the key.")
    assert len(mailoutbox) == 2


def test_failing_for_days_warns_before_there_are_many_failures(
    alice: Tenant, olga: User, end: Any, mailoutbox: list
) -> None:
    """With the growing pauses, or one sync a day, twenty failures are weeks."""
    since = timezone.now() - timedelta(days=2, minutes=1)
    connection = make_connection(alice, failures=1, failing_since=since)
    end(connection)
    assert (connection.failures, mailoutbox) == (2, [])  # two may be chance
    end(connection)
    assert "3 runs in a row have failed" in connection.state_message
    assert connection.state == State.ACTIVE
    assert len(mailoutbox) == 1


def test_a_run_that_stored_something_is_no_failure(alice: Tenant, end: Any) -> None:
    connection = make_connection(alice, failures=7)
    end(connection, "partial", stored=1, errors=UNREADABLE)
    assert connection.failures == 0
    assert connection.last_success is None


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "cancelled", "errors": []},
        {"errors": [{"error": "KeyboardInterrupt", "detail": ""}]},
        {"feed": "plays"},
        {"from_day": datetime(2026, 1, 1).date()},
    ],
    ids=["cancelled", "broken off", "one feed", "a range"],
)
def test_what_says_nothing_of_the_connection_is_not_counted(alice: Tenant, end: Any, fields: dict) -> None:
    connection = make_connection(alice, failures=3)
    end(connection, **fields)
    assert connection.failures == 3


@pytest.mark.parametrize("state", [State.PAUSED, State.DELETED])
def test_what_a_person_has_decided_stays(alice: Tenant, olga: User, end: Any, mailoutbox: list, state: str) -> None:
    connection = make_connection(alice, state=state, failures=40)
    end(connection)
    end(connection, refusal="Boomstream refuses the key.")
    end(connection, "succeeded")
    assert (connection.state, mailoutbox) == (state, [])


def test_one_that_a_person_woke_rests_again_after_one_more(alice: Tenant, end: Any) -> None:
    connection = make_connection(alice, failures=30, state=State.ACTIVE)
    end(connection)
    assert connection.state == State.NEEDS_ATTENTION


def test_a_mail_server_that_is_down_fails_no_run(
    alice: Tenant, olga: User, end: Any, mailoutbox: list, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def refuse(*_: Any) -> int:
        raise ConnectionRefusedError("no mail today")

    connection = make_connection(alice)
    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", refuse)
        end(connection, refusal="Boomstream refuses the key.")
    assert "No mail about connection" in caplog.text
    assert connection.state == State.NEEDS_ATTENTION
    end(connection, refusal="Boomstream refuses the key.")  # and is told of with the next run
    assert len(mailoutbox) == 1


def test_a_mail_server_that_does_not_answer_holds_no_run_up(
    alice: Tenant, olga: User, end: Any, monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()[:2]
        monkeypatch.setattr(connection_health, "MAIL_TIMEOUT", 0.2)
        end(make_connection(alice), refusal="Boomstream refuses the key.")
    assert "No mail about connection" in caplog.text


def test_a_refusal_ends_the_count_of_failures(alice: Tenant, end: Any) -> None:
    """It did answer: once it is mended it is asked in its own rhythm, not after a day."""
    connection = make_connection(alice, failures=7)
    end(connection, refusal="Boomstream refuses the key.")
    assert connection.failures == 0
    assert connection.failing_since


# --- A provider that is down ------------------------------------------------------------------------------------------


def passing(connections: list[Connection], minutes: float = 0) -> list[Connection]:
    with all_tenants():
        return circuit_breaker.let_through(connections, timezone.now() + timedelta(minutes=minutes))


def test_five_runs_in_a_row_open_the_breaker_and_one_success_closes_it(alice: Tenant, bob: Tenant, end: Any) -> None:
    theirs = [make_connection(tenant, f"c{n}", "callfire") for n in range(3) for tenant in (alice, bob)]
    elsewhere = make_connection(bob, "own", "callfire", base_url="https://callfire.bob.example")
    for connection in theirs[:4]:
        end(connection)
    assert passing(theirs) == theirs
    end(theirs[4])
    assert passing([*theirs, elsewhere], 4.9) == [elsewhere]
    assert passing(theirs, 5.1) == theirs[:1]  # half-open: one tries
    assert passing(theirs, 5.2) == []
    end(theirs[0], "succeeded", stored=3)
    assert passing(theirs) == theirs
    assert not ProviderHealth.objects.exists()


def test_an_address_of_ones_own_has_a_breaker_of_its_own(alice: Tenant, bob: Tenant, end: Any) -> None:
    """Neither a dead one nor a good one says anything of the vendor, or of another connection at the same address."""
    vendor = registry.get("callfire").base_url
    at_the_vendors = make_connection(alice, "fire", "callfire")
    own = make_connection(bob, "own", "callfire", base_url="https://callfire.bob.example")
    same = make_connection(alice, "same", "callfire", base_url="https://callfire.bob.example")
    spelt_out = make_connection(bob, "spelt-out", "callfire", base_url=f"{vendor}/no/such/path")
    everyone = [at_the_vendors, own, same, spelt_out]
    for connection in (own, spelt_out):
        for _ in range(5):
            end(connection)
    assert passing(everyone, 4.9) == [at_the_vendors, same]
    for _ in range(5):
        end(at_the_vendors)
    for good in (own, same, spelt_out):
        end(good, "succeeded", stored=3)
    assert passing(everyone, 4.9) == [own, same, spelt_out]
    end(at_the_vendors, "succeeded", stored=3)
    assert passing(everyone) == everyone


def test_another_address_begins_anew(alice: Tenant, end: Any) -> None:
    connection = make_connection(alice, "own", "callfire", base_url="https://dead.example")
    for _ in range(5):
        end(connection)
    assert passing([connection]) == []
    connection.base_url = "https://living.example"
    assert passing([connection]) == [connection]


def test_each_try_that_fails_doubles_the_pause_up_to_an_hour(alice: Tenant, end: Any) -> None:
    connection = make_connection(alice, "fire", "callfire")
    for _ in range(5):
        end(connection)
    for pause in (10, 20, 40, 60, 60):
        assert passing([connection], 61) == [connection]
        end(connection)
        assert passing([connection], pause - 0.1) == []


def test_runs_that_began_before_it_opened_do_not_lengthen_the_pause(alice: Tenant, end: Any) -> None:
    connections = [make_connection(alice, f"c{n}", "callfire") for n in range(20)]
    for connection in connections:
        end(connection)
    assert passing(connections, 5.1) == connections[:1]


def test_a_provider_that_answered_some_readings_is_not_down(alice: Tenant, end: Any) -> None:
    connection = make_connection(alice, "fire", "callfire")
    for _ in range(6):
        end(connection, "partial", stored=1, errors=[{"error": "TryAgain", "detail": "It took too long."}])
    assert passing([connection]) == [connection]
    assert not ProviderHealth.objects.exists()


@pytest.mark.parametrize(
    ("fields", "is_news"),
    [
        ({"errors": UNREADABLE}, True),
        ({"refusal": "CallFire refuses the credentials.", "errors": [{"error": "AskPerson", "detail": ""}]}, True),
        ({"errors": [{"error": "AskPerson", "detail": "No password."}], "requests_done": 0}, False),
        ({"errors": [{"error": "RateLimited", "detail": ""}]}, False),
        ({"errors": [{"error": "OperationalError", "detail": "our own database"}]}, False),
        ({"state": "cancelled", "errors": []}, False),
    ],
    ids=["unreadable", "refused", "never asked", "limited", "our own", "cancelled"],
)
def test_what_shows_that_a_provider_is_there(alice: Tenant, end: Any, fields: dict, is_news: bool) -> None:
    connection = make_connection(alice, "fire", "callfire")
    for _ in range(5):
        end(connection)
    end(connection, **fields)
    assert passing([connection]) == ([connection] if is_news else [])


def test_a_person_may_ask_anyway(alice: Tenant, sandbox: Sandbox) -> None:
    """The line itself: five runs that can't reach the vendor, the scheduler stops, a person's run closes the breaker."""
    connection = connect(alice, sandbox, "callfire", days=2, sync_every=timedelta(0))
    fault(sandbox, provider="callfire", kind="error500", probability=1.0)
    for _ in range(5):
        assert run(connection).state == SyncRun.State.FAILED
    assert queue.queue_due(timezone.now()) == 0
    sandbox.faults.clear()
    with tenant_scope(alice):
        asked = queue.queue(connection)
    assert sync_connection(alice.pk, asked.pk) == SyncRun.State.SUCCEEDED
    assert queue.queue_due(timezone.now()) == 1
