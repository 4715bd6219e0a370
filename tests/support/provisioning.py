"""What the tests of `provision` share: the file of the documentation, and ways to change and to run it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ACME = """
[[tenants]]
slug = "acme"
name = "Acme Sports"
time_zone = "Europe/Madrid"
  [[tenants.users]]
  email = "Olga@acme.example"
  role = "manager"                      # manager | analyst | customer
  password = "env:OLGA_PASSWORD"
  [[tenants.customers]]
  slug = "fc-norte"
  name = "FC Norte"
  [[tenants.connections]]
  slug = "boom"
  name = "Boomstream, main account"
  provider = "boomstream"
  base_url = "http://127.0.0.1:9000/boomstream"
  currency = "EUR"
  history_from = 2026-01-01
  credentials = { apikey = "env:BOOMSTREAM_KEY" }
  options = { project = "all" }
    [[tenants.connections.assets]]
    external_id = "XXXXXXXX"
    kind = "video"
    title = "The final"
    customer = "fc-norte"
    [[tenants.connections.assets]]
    external_id = "final-2"
    kind = "video"
    [[tenants.connections.ppv_accesses]]
    asset = "XXXXXXXX"
    hash = "file:secrets/ppv-1"
    label = "order 1001"
    holder = "viewer@example.org"
  [[tenants.assignment_rules]]
  customer = "fc-norte"
  connection = "boom"
  pattern = "final-*"
  priority = 10
"""
SECRETS = {"OLGA_PASSWORD": "a long enough password", "BOOMSTREAM_KEY": "boomstream-key-4711"}
PPV_PASSWORD = "ppv-password-4711"

Provision = Callable[..., str]


@pytest.fixture
def provision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db: None
) -> Provision:
    """Runs the command on a text, with replacements in it; returns what it prints, on both streams."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "ppv-1").write_text(PPV_PASSWORD + "\n")

    def run(*replacements: tuple[str, str], text: str = ACME, dry_run: bool = False) -> str:
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "acme.toml").write_text(text, "utf-8")
        call_command("provision", str(tmp_path / "acme.toml"), dry_run=dry_run)
        captured = capsys.readouterr()
        return captured.out + captured.err

    return run


def problems(provision: Provision, *replacements: tuple[str, str], text: str = ACME) -> list[str]:
    """The errors of a wrong file, a line each."""
    with pytest.raises(CommandError) as error:
        provision(*replacements, text=text)
    assert error.value.returncode == 2
    *lines, last = str(error.value).splitlines()
    assert last == "Nothing was changed."
    return lines
