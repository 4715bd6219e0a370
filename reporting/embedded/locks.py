"""File locks (flock) that the kernel gives back when their process dies, however it dies.

A lock belongs to the *open file*, which a forked child shares. So the child closes its copies at once (closing one of
several does not unlock), and a lock that is handed to a program we start is held for as long as any of its processes
lives.
"""

import fcntl
import os
import threading
import time
import weakref
from pathlib import Path
from typing import Self

_PAUSE = 0.02
_all: "weakref.WeakSet[FileLock]" = weakref.WeakSet()
# Held while a file is opened, so that no fork happens before the new descriptor is known to `_forget_in_child`.
_opening = threading.Lock()


class FileLock:
    """One lock on one file, shared or exclusive; not re-entrant. Raises OSError where the file can't be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None
        with _opening:
            _all.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def fd(self) -> int | None:
        """The descriptor while the file is open, for `subprocess` to pass on."""
        return self._fd

    def try_acquire(self, *, shared: bool = False) -> bool:
        """Takes the lock, or says False where others hold it. A shared lock of our own becomes exclusive or is lost."""
        if self._flock(fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
            return True
        self.release()
        return False

    def acquire(self, *, seconds: float) -> None:
        """Takes the lock exclusively; raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not self.try_acquire():
            if time.monotonic() > deadline:
                raise TimeoutError(f"another process has held {self._path} for more than {seconds:.0f} seconds")
            time.sleep(_PAUSE)

    def held_elsewhere(self) -> bool:
        """Whether someone else holds it exclusively. Keeps the file open, so that asking costs microseconds."""
        if not self._flock(fcntl.LOCK_SH):
            return True
        fcntl.flock(self._open(), fcntl.LOCK_UN)
        return False

    def release(self) -> None:
        """Unlocks for all who share the open file, so that a child just being started does not prolong it."""
        fd = self._fd
        if fd is not None:
            fcntl.flock(fd, fcntl.LOCK_UN)
            self.hand_over()

    def hand_over(self) -> None:
        """Closes our copy only: a program that was given the descriptor keeps the lock."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def _flock(self, operation: int) -> bool:
        try:
            fcntl.flock(self._open(), operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _open(self) -> int:
        with _opening:
            if self._fd is None:
                self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            return self._fd


def _forget_in_child() -> None:
    _opening.release()
    for lock in list(_all):
        lock.hand_over()


os.register_at_fork(before=_opening.acquire, after_in_parent=_opening.release, after_in_child=_forget_in_child)
