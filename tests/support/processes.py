"""Runs our commands as processes of their own, on the test's database, to be killed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def environment(**more: str) -> dict[str, str]:
    """Settings under which another process meets the test's database."""
    database = connection.get_connection_params()
    host = quote(str(database.get("host") or "localhost"), safe="")
    login = f"{database['user']}:{quote(database.get('password') or '', safe='')}"
    port = database.get("port") or 5432
    return {
        **os.environ,
        "DATABASE_URL": f"postgres://{login}@/{database['dbname']}?host={host}&port={port}",
        "SECRET_KEY": settings.SECRET_KEY,
        "CREDENTIALS_KEYS": ",".join(settings.CREDENTIALS_KEYS),
        "ALLOW_PRIVATE_PROVIDER_URLS": "true",
        "SYNC_BACKOFF_SECONDS": "0.01",
        "VAR_DIR": str(settings.VAR_DIR),
        **more,
    }


def start(*arguments: str, **settings: str) -> "subprocess.Popen[bytes]":
    """`manage.py …` in the background, quiet."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(**settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def output(*arguments: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    """`manage.py …` to its end."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120, **more)
