"""`manage.py sandbox`: says where it is and what opens it, needs no database, ends at once when told to."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[3]


def test_it_works(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--assets", "3", "--rows", "5", "--seed", "4"]
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    environment.pop("DATABASE_URL", None)
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = re.findall(r"http://[\d.:]+", process.stdout.readline())[0]
        said = [process.stdout.readline() for _ in range(8)]
        assert requests.get(f"{url}/_ledger?provider=callfire&from=2030-01-01", timeout=10).json()["seed"] == 4
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    assert any("apikey=sandbox-north-boomstream-key" in line for line in said)
    assert not (tmp_path / "postgres").exists()
