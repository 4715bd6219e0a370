"""Where a benchmark runs: an installation of its own, and the vendors in a process of theirs, as in life: they would share our
processor's lock else."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import requests

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def installation() -> Iterator[Path]:
    """Django, set up in a new VAR_DIR with the embedded database, or with `DATABASE_URL`'s."""
    with tempfile.TemporaryDirectory(prefix="viewledger-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {"VAR_DIR": folder, "ALLOW_PRIVATE_PROVIDER_URLS": "true"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reporting.settings")
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        yield Path(folder)
        connection.close()


@contextmanager
def vendors(port: int, assets: int, rows: int) -> Iterator[SimpleNamespace]:
    """`url` and `assets` of a sandbox whose clock stands still, so that what is asked twice is answered alike."""
    command = [sys.executable, "manage.py", "sandbox", f"--port={port}", f"--assets={assets}", f"--rows={rows}"]
    with subprocess.Popen([*command, "--verbosity=0"], cwd=ROOT) as child:
        try:
            url = f"http://127.0.0.1:{port}"
            pin_clock(url)
            yield SimpleNamespace(url=url, assets=assets)
        finally:
            child.terminate()


def pin_clock(url: str) -> None:
    """As soon as it answers."""
    for _ in range(100):
        try:
            now = requests.get(f"{url}/_clock", timeout=5).json()["now"]
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            requests.post(f"{url}/_clock", json={"now": now}, timeout=5).raise_for_status()
            return
    raise SystemExit("The sandbox did not start.")
