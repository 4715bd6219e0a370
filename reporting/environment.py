"""Reads the settings that come from the environment, and makes the secrets of an embedded installation.

Every setting may also be given as `NAME_FILE`, the path of a file that holds it (the form of container secrets). A secret that
is unset is made once, in VAR_DIR with mode 0600, but only while the database is the embedded one: with a DATABASE_URL there
may be other machines, and each would make its own.
"""

import os
from collections.abc import Callable
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()
env.smart_cast = False
if (ROOT / ".env").is_file():
    env.read_env(ROOT / ".env")

VAR_DIR = Path(env.str("VAR_DIR", default="var"))
VAR_DIR = VAR_DIR if VAR_DIR.is_absolute() else ROOT / VAR_DIR
DATABASE_URL = env.str("DATABASE_URL", default="")


def secret(name: str, make: Callable[[], str]) -> str:
    """A secret setting: from the environment, else from VAR_DIR, where it is made once."""
    value = env.str(name, default="")
    if value:
        return value
    if DATABASE_URL:
        raise ImproperlyConfigured(
            f"{name} is not set. With DATABASE_URL set, every process needs the same {name}: "
            f"set it, or {name}_FILE, in the environment or in .env (see .env.example)."
        )
    return _kept_in(VAR_DIR / name.lower(), make)


def _kept_in(path: Path, make: Callable[[], str]) -> str:
    """The file's text; a missing file is made whole and then linked into place, so that two processes agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            return path.read_text().strip()
        finally:
            draft.unlink()
    return path.read_text().strip()
