"""The embedded broker: kombu's messages in files, made safe against processes that are killed while they write.

kombu opens a file, then writes it: who looks meanwhile reads nothing, and that ends a worker for good. Here a file appears
whole (a draft is renamed), and belongs to the one who could rename it away.
"""

import fcntl
import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg"  # in this order they are read
        try:
            _write_whole(Path(self.data_folder_out) / name, dumps(message))
        except OSError as error:
            raise filesystem.ChannelError(f"Cannot write {name}: {error.strerror}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for file in sorted(Path(self.data_folder_in).iterdir()):
            if file.name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = file.with_suffix(".taken")
            try:
                file.rename(taken)
            except FileNotFoundError:  # another worker was faster
                continue
            try:
                return loads(taken.read_text())
            except ValueError:
                logger.warning("A message that was not whole was dropped: %s", file.name)
            finally:
                taken.unlink(missing_ok=True)
        raise Empty

    def get_table(self, exchange: str) -> list[filesystem.exchange_queue_t]:
        try:
            return super().get_table(exchange)
        except ValueError:  # not whole: bound anew by the next who declares it
            return []

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with _locked(self.control_folder):
            table = self.get_table(exchange)
            if binding not in table:
                _write_whole(self._exchange_file(exchange), dumps([binding, *table]))


class Transport(filesystem.Transport):
    Channel = Channel


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    draft.write_text(text)
    draft.replace(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


TRANSPORT_ALIASES["filesystem"] = "reporting.embedded.broker:Transport"
