"""What went wrong with the embedded server, in words for the person who started Viewledger."""

from pathlib import Path

from django.db import OperationalError

# What PostgreSQL or the system says, and what to do about it; the first that matches.
_ADVICE = (
    ("No space left on device", "Free some disk space, then start again."),
    ("Disk quota exceeded", "Free some disk space, then start again."),
    ("Read-only file system", "Set VAR_DIR to a folder that can be written."),
    ("Permission denied", "Set VAR_DIR to a folder of your own, or start as the user whom this one belongs to."),
    ("Cannot allocate memory", "Free some memory, then start again."),
    ("could not create shared memory segment", "Raise the system's shared memory limits, then start again."),
)
_ELSE = "Or set DATABASE_URL to use a PostgreSQL of your own."
_TAIL_LINES = 6


class EmbeddedPostgresError(OperationalError):
    """The embedded server can't be used. An OperationalError, since to callers it is a database that is not there."""


def failure(what: str, log: Path | None = None, *, log_from: int = 0, advice: str = "") -> EmbeddedPostgresError:
    """The error that says `what` happened, the end of the log (from byte `log_from` on), and what to do."""
    lines = [f"The embedded PostgreSQL could not be used: {what.strip()}"]
    if log is not None and log.exists():
        lines += [_tail(log, log_from), f"Its log: {log}"]
    text = "\n".join(filter(None, lines))
    advice = advice or next((advice for words, advice in _ADVICE if words in text), "")
    return EmbeddedPostgresError("\n".join(filter(None, [text, advice, _ELSE])))


def end_of(output: str) -> str:
    """The last lines of what a program printed: the first ones tell how well it went."""
    lines = [line for line in output.splitlines() if line.strip()]
    return "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:])


def _tail(log: Path, start: int) -> str:
    """As far as the log can be read; an error about an error helps nobody."""
    try:
        with log.open("rb") as file:
            file.seek(start)
            return end_of(file.read().decode(errors="replace"))
    except OSError:
        return ""
