"""Files that must be whole before their first byte is sent: made in a folder of their own in VAR_DIR, which goes away after.

    build(make) -> Pieces      `make(folder)` writes the file and returns its path

An answer that has begun with 200 can't say any more that the disk was full; so the file is made first, then streamed.
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
    """The bytes of a file that nobody else can open any more. Whoever is done with it closes it; `size` is in bytes."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size

    def __iter__(self) -> Iterator[bytes]:
        with self.file:
            while piece := self.file.read(PIECE):
                yield piece

    def close(self) -> None:
        self.file.close()


def build(make: Callable[[Path], Path]) -> Pieces:
    """Raises ExportFailed where the disk does not take it; nothing is left behind then either."""
    folder = Path(settings.VAR_DIR) / "exports"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as scratch:
            path = make(Path(scratch))
            return Pieces(path.open("rb"), path.stat().st_size)
    except OSError as error:
        words = f"The file can't be made in {folder}: {error.strerror or error}. Make room there, or ask for less."
        raise ExportFailed(words) from error
