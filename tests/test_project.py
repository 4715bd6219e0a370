"""What the project says of itself: its docs name every command and setting, and the documented settings are clean."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    for path in ROOT.glob("*/management/commands/*.py"):
        if path.stem != "__init__":
            assert f"`{path.stem}" in text, f"docs/commands.md does not speak of {path.stem}"


def test_every_setting_from_the_environment_is_in_the_example() -> None:
    read = re.findall(
        r'(?:env(?:\.\w+)?|secret)\(\s*"([A-Z_]+)"',
        "".join((ROOT / "reporting" / name).read_text() for name in ("settings.py", "environment.py")),
    )
    example = (ROOT / ".env.example").read_text()
    assert "DATABASE_URL" in read
    assert [name for name in read if f"{name}=" not in example] == []


def test_links_between_docs_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def deployed(**more: str) -> subprocess.CompletedProcess[str]:
    """`check --deploy` in the documented production settings; no database is asked."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgres://viewledger@db.example/viewledger",
        "SECRET_KEY": "documented-secret-of-more-than-fifty-different-characters-0123456789",
        "CREDENTIALS_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "ALLOWED_HOSTS": "reports.example.com",
        "CSRF_TRUSTED_ORIGINS": "https://reports.example.com",
        "SECURE": "true",
        "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    } | more
    environment = {name: value for name, value in environment.items() if value}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_the_documented_production_settings_are_clean() -> None:
    checked = deployed()
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "CREDENTIALS_KEYS"])
def test_with_an_own_database_missing_secrets_are_said(name: str) -> None:
    checked = deployed(**{name: ""})
    assert checked.returncode != 0
    assert f"{name} is not set" in checked.stderr
