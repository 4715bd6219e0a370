"""Daily totals: compared with the facts, made anew, and moved with the assets whose customers change."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from reporting.ledger import daily_totals
from reporting.ledger.assignments import assign
from reporting.models import Asset, Connection, Customer, DailyTotal, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import give, make_asset, make_connection, make_customer, tell
from tests.support.line import connect, fault, run

WEEK = {f"2026-01-0{day}": 10 * day for day in range(1, 8)}


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """Who holds `final` from the third to the fifth; there is another asset, a playlist, and the account itself."""
    boom, norte = make_connection(alice), make_customer(alice)
    for name, kind in (("final", "video"), ("semi", "video"), ("best", "playlist"), ("all", "account")):
        asset = make_asset(boom, name, kind)
        tell(asset, "watch_time", WEEK)
        tell(asset, "watch_time", {f"{day} ES": value for day, value in WEEK.items()}, dimension="country")
        if name == "final":
            give(asset, norte, "2026-01-03", "2026-01-05")
    return norte


def command(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    out, err = StringIO(), StringIO()
    try:
        call_command("rollups", *words, stdout=out, stderr=err)
    except SystemExit as exit:
        return int(exit.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


def totals(tenant: Tenant) -> list[tuple[Any, ...]]:
    with tenant_scope(tenant):
        return sorted(DailyTotal.objects.values_list(), key=repr)


def test_it_works(alice: Tenant, norte: Customer) -> None:
    right = totals(alice)
    assert command("--check") == (0, "", "")
    with tenant_scope(alice):
        DailyTotal.objects.filter(day=date(2026, 1, 4), dimension="", customer_id=norte.pk).update(value=1)
        DailyTotal.objects.filter(day=date(2026, 1, 6), dimension="", level="account").delete()
        DailyTotal.objects.filter(day=date(2026, 1, 2), dimension="country", level="asset").update(facts=9)
    code, out, err = command("--check", "--tenant", "alice")
    assert code == 1
    assert out.splitlines() == [
        "alice/boom: 2 totals of watch_time, 2026-01-04 to 2026-01-06, are not what the facts add up to",
        "alice/boom: 1 totals of watch_time by country, 2026-01-02, are not what the facts add up to",
    ]
    assert "--rebuild" in err
    assert command("--rebuild", "--connection", "boom")[:2] == (0, f"alice/boom: {len(right)} totals made\n")
    assert totals(alice) == right
    assert command("--check")[0] == 0


def test_totals_without_facts_are_told_of(alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        DailyTotal.objects.filter(level="playlist").update(customer_id=norte.pk)
    code, out, _ = command("--check")
    assert code == 1
    assert out.startswith("alice/boom: 14 totals of watch_time, 2026-01-01 to 2026-01-07")  # there, and missing


def test_another_tenants_are_left_alone(alice: Tenant, bob: Tenant, norte: Customer) -> None:
    other = make_asset(make_connection(bob))
    tell(other, "watch_time", WEEK)
    with tenant_scope(bob):
        DailyTotal.objects.update(value=1)
    assert command("--check", "--tenant", "alice")[0] == 0
    command("--rebuild", "--tenant", "alice")
    assert command("--check", "--tenant", "bob")[0] == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--check", "--tenant", "nobody"], "no tenant “nobody”"),
        (["--check", "--connection", "nothing"], "no connection “nothing”"),
        (["--check", "--rebuild"], "not allowed with"),
        ([], "one of the arguments --check --rebuild is required"),
    ],
)
def test_wrong_arguments_are_exit_2(alice: Tenant, words: list[str], message: str) -> None:
    code, _, err = command(*words)
    assert message in err
    assert code == 2 or "argument" in err


# --- Moving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "days", [(None, None), ("2026-01-04", None), (None, "2026-01-04"), ("2026-01-02", "2026-01-06")]
)
@pytest.mark.parametrize("name", ["final", "semi", "best", "all"])
def test_what_moves_is_what_a_rebuild_gives(alice: Tenant, norte: Customer, name: str, days: tuple) -> None:
    sur = make_customer(alice, "sur")
    with tenant_scope(alice):
        asset, boom = Asset.objects.get(external_id=name), Connection.objects.get()
        for customer in (sur, None, norte):
            assign(asset, customer, *(day and date.fromisoformat(day) for day in days))
            moved = totals(alice)
            daily_totals.rebuild(boom.pk)
            assert moved == totals(alice)


def test_moving_one_asset_reads_no_other(alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        asset = Asset.objects.get(external_id="final")
        with CaptureQueriesContext(
            database,
        ) as asked:
            assign(asset, None)
    facts = [one["sql"] for one in asked if "reporting_fact" in one["sql"]]
    assert len(facts) == 2
    assert all(f"unnest('{{{asset.pk}}}'" in sql for sql in facts)


def test_a_kind_that_changes_moves_the_level(alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        asset, boom = Asset.objects.get(external_id="semi"), Connection.objects.get()
        with daily_totals.moving([asset.pk]):
            Asset.objects.filter(pk=asset.pk).update(kind="playlist")
        moved = totals(alice)
        daily_totals.rebuild(boom.pk)
        assert moved == totals(alice)


# --- Replay -----------------------------------------------------------------------------------------------------------


def test_a_replay_keeps_them_in_step_by_itself(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old answers come before new ones, so figures go back and forth; the rebuild at its end has nothing to mend."""
    connection = connect(alice, sandbox, "smartstream", days=6)
    run(connection)
    fault(sandbox, restate={"provider": "smartstream", "day": f"{connection.history_from}", "factor": 3})
    days = {"from_day": connection.history_from, "to_day": connection.history_from}
    assert run(connection, **days).facts_written > 0
    monkeypatch.setattr(daily_totals, "rebuild", lambda connection_id: 0)
    assert replay(connection).facts_written > 0
    with tenant_scope(alice):
        assert daily_totals.deviations(connection.pk) == []
