"""`manage.py provision`: what a wrong file is told. Each sentence names the line, the key and the remedy."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from providers.provisioning.positions import lines_of, written
from reporting.models import Connection, Snapshot, Tenant, User
from reporting.tenancy.scoping import all_tenants
from tests.support.provisioning import ACME, PPV_PASSWORD, SECRETS, Provision, problems, provision

__all__ = ["provision"]  # a fixture

TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
CONNECTION = "tenants[0].connections[0]"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('slug = "acme"', 'slug = "ac me"', "line 3, tenants[0].slug: Enter a valid “slug”"),
        ('name = "Acme Sports"\n', "", "line 2, tenants[0]: the key name is missing; add name = …"),
        ('name = "Acme Sports"', 'name = ""', "line 4, tenants[0].name: This field cannot be blank."),
        ('name = "Acme Sports"', "name = 1.5", "tenants[0].name: this must be a text, not a number with a point"),
        ("Europe/Madrid", "Europe/Madri", "tenants[0].time_zone: this is no time zone; write one like Europe/Madrid"),
        ("tenants.users", "tenants.user", "line 6, tenants[0].user: unknown key; did you mean users?"),
        ("Olga@acme.example", "olga", "tenants[0].users[0].email: Enter a valid email address."),
        ('role = "manager" ', 'role = "boss" ', "users[0].role: this must be one of manager, analyst, customer."),
        ('role = "manager" ', 'role = "customer" ', "line 6, tenants[0].users[0]: the role customer needs a customer"),
        ("env:OLGA_PASSWORD", "env:OLGA", "users[0].password: the environment variable OLGA is not set"),
        ('password = "env:OLGA_PASSWORD"', "", "line 6, tenants[0].users[0]: a new user needs a password"),
        ('"env:OLGA_PASSWORD"', '""', "users[0].password: the password is empty"),
        ('provider = "boomstream"', 'provider = "bomstream"', "there is no such provider; did you mean boomstream?"),
        ('provider = "boomstream"', 'provider = "x"', "write one of 247platform, boomstream, callfire, scaleengine,"),
        ("http://127", "ftp://127", f"{CONNECTION}.base_url: The address must begin with http:// or https://"),
        ('"EUR"', '"Euro"', f"line 18, {CONNECTION}.currency: this is no currency; write its three letters"),
        ("2026-01-01", "0001-01-01", f"{CONNECTION}.history_from: The earliest day that is fetched is 2000-01-01."),
        ("2026-01-01", '"1999-12-31"', f"{CONNECTION}.history_from: The earliest day that is fetched is 2000-01-01."),
        ("2026-01-01", "9999-12-31", f"{CONNECTION}.history_from: this day is in the future"),
        ("2026-01-01", TOMORROW, f"{CONNECTION}.history_from: this day is in the future"),
        ("2026-01-01", "2026-01-01T10:00:00", f"{CONNECTION}.history_from: this must be a day"),
        ("2026-01-01", '"2026-13-01"', f"{CONNECTION}.history_from: “2026-13-01” value has the correct format"),
        ("{ apikey", "{ api_key", f"line 20, {CONNECTION}.credentials.api_key: unknown key; did you mean apikey?"),
        ('{ apikey = "env:BOOMSTREAM_KEY" }', "{}", f"{CONNECTION}.credentials: the credential apikey is missing; add it"),
        ('  credentials = { apikey = "env:BOOMSTREAM_KEY" }\n', "", f"{CONNECTION}: the key credentials is missing"),
        ('{ apikey = "env:BOOMSTREAM_KEY" }', '"k"', f"{CONNECTION}.credentials: this must be a table"),
        ("{ project", "{ projekt", f"{CONNECTION}.options.projekt: unknown key; did you mean project?"),
        ('project = "all"', 'project = ["all"]', f"{CONNECTION}.options.project: this must be a text, not a list"),
        ('project = "all"', 'project = "most"', f"{CONNECTION}.options.project: this is none of the choices"),
        ('kind = "video"\n    title', 'kind = "movie"\n    title', "assets[0].kind: this must be one of video, live,"),
        ('title = "The final"', 'titel = "The final"', "assets[0].titel: unknown key; did you mean title?"),
        ('"final-2"', '"XXXXXXXX"', f"line 27, {CONNECTION}.assets[1]: this asset is in line 22 already"),
        ('    customer = "fc-norte"', '    customer = "fc-nort"', "assets[0].customer: this tenant has no such customer; did"),
        ('asset = "XXXXXXXX"', 'asset = "other"', "ppv_accesses[0].asset: this tenant has no such asset"),
        ("file:secrets/ppv-1", "file:secrets/none", "ppv_accesses[0].hash: the file "),
        ('  connection = "boom"', '  connection = "bom"', "assignment_rules[0].connection: this tenant has no such connection"),
        ("priority = 10", 'priority = "high"', "assignment_rules[0].priority: “high” value must be an integer."),
        ('label = "order 1001"', 'label = "order\\u0000"', "ppv_accesses[0].label: this holds the character NUL"),
    ],
)  # fmt: skip
def test_one_mistake(provision: Provision, old: str, new: str, said: str) -> None:
    found = problems(provision, (old, new))
    assert any(said in line for line in found), found
    assert all(line.startswith("acme.toml line ") for line in found)
    with all_tenants():
        assert not Tenant.objects.exists()


def test_all_mistakes_are_told_at_once_in_the_order_of_lines(provision: Provision) -> None:
    found = problems(
        provision,
        ('name = "Acme Sports"\n', ""),
        ("env:OLGA_PASSWORD", "env:NOBODY"),
        ('"EUR"', '"eur"'),
        ('    customer = "fc-norte"', '    customer = "unknown"'),
        ("priority", "prio"),
    )
    assert [int(line.split()[2].rstrip(",")) for line in found] == [2, 8, 17, 25, 38]


def test_no_message_holds_a_secret(provision: Provision, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where somebody named the wrong variable."""
    wrong = '"env:BOOMSTREAM_KEY"'
    monkeypatch.setenv("BOOMSTREAM_KEY", "secret key with blanks")
    found = "\n".join(
        problems(
            provision, ("priority = 10", f"priority = {wrong}"), ("2026-01-01", wrong), ('"Europe/Madrid"', wrong),
            ('"EUR"', wrong), ('slug = "acme"', f"slug = {wrong}"), ('provider = "boomstream"', f"provider = {wrong}"),
        )
    )  # fmt: skip
    assert len(found.splitlines()) >= 6
    for secret in ("secret key", *SECRETS.values(), PPV_PASSWORD):
        assert secret not in found


def test_a_file_that_is_none(provision: Provision, tmp_path: Path) -> None:
    assert "acme.toml is no TOML" in problems(provision, text="[[tenants]\n")[0]
    assert "line 1: the key tenants is missing" in problems(provision, text="")[0]
    assert "write [[tenants]] above each" in problems(provision, text='[tenants]\nslug = "a"\n')[0]
    (tmp_path / "latin.toml").write_bytes(b'name = "M\xe1laga"')
    for name, said in (("none.toml", "can't be read"), ("latin.toml", "not UTF-8")):
        with pytest.raises(CommandError, match=said) as error:
            call_command("provision", str(tmp_path / name))
        assert error.value.returncode == 2


def test_what_is_fixed_stays(provision: Provision) -> None:
    provision()
    with all_tenants():
        tenant = Tenant.objects.get()
        now = datetime.now(UTC)
        Snapshot.objects.create(
            tenant=tenant, connection=Connection.objects.get(), feed="f", from_day=date(2026, 1, 1), to_day=date(2026, 1, 1),
            fetched_at=now, last_seen_at=now, content_hash="", state="read", reader_version=1, time_zone="UTC",
        )  # fmt: skip
    assert provision(('"env:BOOMSTREAM_KEY"', '"a key that was rotated"')), "a new key to the same account may be given"
    (found,) = problems(provision, ('"EUR"', '"USD"'))
    assert found.startswith(f"acme.toml line 18, {CONNECTION}.currency: The currency is fixed")
    assert "make a new connection" in found
    (found,) = problems(provision, ("  currency", '  time_zone = "UTC"\n  currency'))
    assert found.startswith(f"acme.toml line 18, {CONNECTION}.time_zone: The time zone is fixed")
    assert "leads to another account" in problems(provision, ('project = "all"', 'project = "current"'))[0]


def test_nothing_stays_where_the_last_tenant_is_wrong(provision: Provision) -> None:
    second = ACME.replace('"acme"', '"second"').replace('"EUR"', '"E"').replace("Olga@", "otto@")
    (line,) = problems(provision, text=ACME + second)
    assert line.startswith("acme.toml line 57, tenants[1].connections[0].currency")
    assert not User.objects.exists()


def test_a_private_address_needs_the_setting(provision: Provision, settings: object) -> None:
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False  # type: ignore[attr-defined]
    (line,) = problems(provision)
    assert "base_url: The host 127.0.0.1 is in a private network" in line


def test_positions_of_odd_toml() -> None:
    text = '''# comment with [[brackets]] and = signs
title = """
several lines # not a comment
[[not.a.table]]
"""
literal = \'\'\'
x = [1]\'\'\'
"quoted.key" . 'other' = 1979-05-27 07:32:00   # a blank in it
list = [ { a = 1, b = ["x", # a comment ]
  "y]"] },
  { a = 2 } ]

[[t]]
k = "a \\"quoted\\" # sign"
  [[t.u]]
  [[t.u]]
  deep.er = { one = { two = [] } }
[[t]]
  [t.sub]
  z = -1e5
  [[t.u]]
  last = true
'''
    lines = lines_of(text)
    named = {written(path): line for path, line in lines.items()}
    assert named["title"] == 2
    assert named["literal"] == 6
    assert lines["quoted.key", "other"] == 8
    assert named["list[0].b[1]"] == 10
    assert named["list[1].a"] == 11
    assert named["t[0].k"] == 14
    assert named["t[0].u[1].deep.er.one.two"] == 17
    assert named["t[1].sub.z"] == 20
    assert named["t[1].u[0].last"] == 22

    def check(value: object, path: tuple[str | int, ...]) -> None:
        assert path in lines or not path
        if isinstance(value, dict | list):
            for key, member in value.items() if isinstance(value, dict) else enumerate(value):
                check(member, (*path, key))

    check(tomllib.loads(text), ())
