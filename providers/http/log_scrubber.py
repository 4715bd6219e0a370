"""Keeps secrets out of the log, whoever writes the line: urllib3 quotes whole addresses, with the key in them, in warnings and
in debug lines; an exception of any library may quote what it was given.

Records are scrubbed where they are made, so that no handler, ours, Celery's or one that an operator adds, ever sees a secret of
a connection that is being asked.
"""

import logging
from threading import RLock
from typing import Any
from weakref import WeakSet

from providers.http.scrubber import Scrubber

_in_use: "WeakSet[Scrubber]" = WeakSet()
_lock = RLock()  # lines are written in several threads, while another one begins a run
_formatter = logging.Formatter()


def hide(scrubber: Scrubber) -> None:
    """From now on, as long as the scrubber is in use, no log line shows its secrets."""
    with _lock:
        _in_use.add(scrubber)


def install() -> None:
    """Once for each process."""
    make = logging.getLogRecordFactory()
    if getattr(make, "scrubs", False):
        return

    def scrubbed(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = make(*arguments, **named)
        with _lock:
            scrubbers = list(_in_use)
        if scrubbers:
            scrub(record, scrubbers)
        return record

    scrubbed.scrubs = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(scrubbed)


def scrub(record: logging.LogRecord, scrubbers: list[Scrubber]) -> None:
    """The message becomes one text where it holds a secret, and so does the traceback."""
    try:
        said = record.getMessage()
    except (TypeError, ValueError):  # its arguments do not fit: logging itself will say so, and quote them
        record.msg, record.args = _without(f"{record.msg} {record.args}", scrubbers), None
        return
    if (shown := _without(said, scrubbers)) != said:
        record.msg, record.args = shown, None
    if record.exc_info and record.exc_info[0] is not None:
        told = _formatter.formatException(record.exc_info)
        if (shown := _without(told, scrubbers)) != told:
            record.exc_info, record.exc_text = None, shown


def _without(text: str, scrubbers: list[Scrubber]) -> str:
    for scrubber in scrubbers:
        text = scrubber.text(text)
    return text
