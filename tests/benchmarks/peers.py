"""The other programs, in an environment of their own: what they need must not be what Viewledger needs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NEEDS = HERE / "peers.txt"
FOLDER = Path(os.environ.get("PEERS_DIR", HERE.parents[1] / ".venv-bench"))


def ask(script: str, **asked: Any) -> Any:
    """Runs `peers/<script>.py` with one JSON argument; returns the JSON that it printed last."""
    command = [str(_python()), str(HERE / "peers" / f"{script}.py"), json.dumps(asked)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{script} failed:\n{ended.stderr[-3000:]}")
    return json.loads(ended.stdout.splitlines()[-1])


def _python() -> Path:
    """Makes the environment, unless it is there with these very pins."""
    python, installed = FOLDER / "bin" / "python", FOLDER / "installed.txt"
    if not installed.exists() or installed.read_text() != NEEDS.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "-r", str(NEEDS)], check=True)
        installed.write_text(NEEDS.read_text())
    return python
