"""`manage.py report` and `manage.py token`."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import ManagementUtility, call_command
from django.core.management.base import CommandError

from reporting.models import Tenant
from reporting.tenancy.access import token_of
from tests.support.factories import make_asset, make_connection, make_customer, tell

JANUARY = ("--from", "2026-01-01", "--to", "2026-01-31")


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def figures(alice: Tenant) -> Tenant:
    boom = make_connection(alice)
    for name, plays in (("a", 3), ("b", 5)):
        asset = make_asset(boom, name, title="\x1b[31mred")
        tell(asset, "plays", {"2026-01-01": plays})
    return alice


def test_it_works(figures: Tenant) -> None:
    table = run("report", "--tenant", "alice", "--metrics", "plays", *JANUARY, "--group-by", "asset")
    lines = table.splitlines()
    assert lines[0].split() == ["connection", "asset", "asset_kind", "parent", "asset_title", "programme", "plays"]
    assert lines[2] == "boom        a      video       –       ?[31mred     –              3"
    assert lines[5] == "total                                                              8"
    assert lines[6].startswith("* Figures from 2026-01-01")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--tenant", "nobody", "--metrics", "plays"), "There is no tenant “nobody”."),
        (("--tenant", "alice", "--metrics", "views"), "metrics: “views” is none of"),
        (("--tenant", "alice", "--metrics", "plays", "--from", "yesterday"), "from: “yesterday” is no day"),
        (("--tenant", "alice", "--metrics", "plays", "--asset", "nothing"), "There is no asset “nothing” here."),
        (("--tenant", "alice", "--metrics", "plays", "--output", "/nowhere/x.csv"), "/nowhere/x.csv can't be written"),
    ],
)
def test_wrong_parameters_are_exit_2(figures: Tenant, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message) as error:
        run("report", *words)
    assert error.value.returncode == 2
    assert "\n" not in str(error.value)


def test_formats_and_spellings(figures: Tenant, tmp_path: Path) -> None:
    words = ("report", "--tenant", "alice", "--metrics", "plays", *JANUARY)
    assert run(*words, "--group_by", "asset", "--format", "ndjson").count("\n") == 2
    assert json.loads(run(*words, "--format", "json"))["totals"] == {"plays": 8}
    path = tmp_path / "report.csv"
    assert run(*words, "--interval", "month", "--format", "csv", "--output", str(path)) == ""
    assert path.read_bytes() == b"period,plays\r\n2026-01,8\r\n"


def test_downward_order_as_one_would_write_it(figures: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--metrics", "plays", *JANUARY, "--group-by", "asset", "--order-by", "-plays", "--format", "csv"]
    ManagementUtility(["manage.py", "report", "--tenant", "alice", *words]).execute()
    assert [line.split(",")[1] for line in capsys.readouterr().out.splitlines()] == ["asset", "b", "a"]


# --- Tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_is_one_word(alice: Tenant) -> None:
    make_customer(alice, "norte")
    words = ("token", "--tenant", "alice", "--customer", "norte", "--scope", "read,ppv", "--days", "30")
    printed = run(*words)
    (word,) = printed.split()
    assert printed == f"{word}\n"
    token = token_of(f"Bearer {word}")
    assert token
    assert (token.tenant, token.customer.slug, token.scopes) == (alice, "norte", ["read", "ppv"])
    assert 29 <= (token.expires_at - token.created_at).days <= 30


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--tenant", "nobody", "--scope", "read"), "There is no tenant “nobody”."),
        (("--tenant", "alice", "--customer", "sur", "--scope", "read"), "alice has no customer “sur”."),
        (
            ("--tenant", "alice", "--scope", "read,write"),
            "--scope “read,write” is not made of read, ppv, sync, manage.",
        ),
        (("--tenant", "alice", "--scope", ""), "is not made of"),
        (("--tenant", "alice", "--scope", "read", "--days", "0"), "--days 0 is not from 1 to"),
    ],
)
def test_wrong_tokens_are_exit_2(alice: Tenant, bob: Tenant, words: tuple[str, ...], message: str) -> None:
    make_customer(bob, "sur")
    with pytest.raises(CommandError, match=message) as error:
        run("token", *words)
    assert error.value.returncode == 2
