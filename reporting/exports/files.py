"""Files that must be complete before their first byte is sent: made in a folder of their own in VAR_DIR, which is then removed.

    build(make) -> Pieces      `make(folder)` writes the file and returns its path

An answer that has begun with 200 can't report that the disk is full, so the file is made first and streamed then.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from django.conf import settings

PIECE = 256 * 1024


class ExportFailed(Exception):
    """The file can't be made. The message is for the person who asked for it."""


class Pieces:
    """The bytes of a file that has no name any more. The reader closes it; `size` is in bytes."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size

    def __iter__(self) -> Iterator[bytes]:
        with self.file:
            while piece := self.file.read(PIECE):
                yield piece

    def close(self) -> None:
        self.file.close()


def build(make: Callable[[Path], Path]) -> Pieces:
    """Raises ExportFailed where the disk is full; nothing is left behind in that case either."""
    folder = Path(settings.VAR_DIR) / "exports"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as scratch:
            path = make(Path(scratch))
            return Pieces(path.open("rb"), path.stat().st_size)
    except OSError as error:
        words = f"The file can't be made in {folder}: {error.strerror or error}. Make room there, or ask for less."
        raise ExportFailed(words) from error
