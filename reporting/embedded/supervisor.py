"""Runs several programs in the foreground as one thing: when one ends, or a signal comes, all end.

Each child has a session of its own, so that Ctrl-C reaches only us and we end them in order: a polite SIGTERM, and after
`PATIENCE` seconds SIGKILL to the child's whole group. Nothing is lost by that: what a worker had not stored is due again.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType

PATIENCE = 2.0
LOOK_EVERY = 0.1


class Stop(Exception):
    """A signal asked us to end."""


class Supervisor:
    """`start()` programs, then `wait()`; `stop()` ends them, the last started first."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        for again in (signal.SIGINT, signal.SIGTERM):
            signal.signal(again, signal.SIG_IGN)  # one is enough; the end must not be interrupted
        raise Stop

    def start(self, name: str, arguments: list[str], environment: Mapping[str, str] | None = None) -> None:
        self.children[name] = subprocess.Popen(
            [sys.executable, *arguments], env={**os.environ, **(environment or {})}, start_new_session=True
        )

    def wait(self, meanwhile: Callable[[], None] = lambda: None) -> str:
        """Blocks until a child ends by itself; returns its name. `meanwhile` is called again and again."""
        while True:
            for name, child in self.children.items():
                if child.poll() is not None:
                    return name
            meanwhile()
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        running = [child for child in reversed(self.children.values()) if child.poll() is None]
        for child in running:
            _signal_group(child, signal.SIGTERM)  # its own children too: a sync ends after the request in flight
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and any(child.poll() is None for child in running):
            time.sleep(LOOK_EVERY / 2)
        for child in self.children.values():
            _signal_group(child, signal.SIGKILL)  # a worker's processes outlive a master that was killed
            child.wait()


def _signal_group(child: "subprocess.Popen[bytes]", number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)
