"""The embedded broker: messages in files, between processes that may be killed at any moment."""

from collections import Counter
from collections.abc import Iterator
from multiprocessing.pool import ThreadPool
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.transport.virtual import BrokerState

from reporting.embedded import broker

FOLDERS = ("data_folder_in", "data_folder_out", "control_folder")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    options = dict.fromkeys(FOLDERS, str(tmp_path))
    with Connection("filesystem://localhost", transport_options=options) as connection:
        yield connection


@pytest.fixture(autouse=True)
def _forgets_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """kombu keeps in mind what a process has bound, in whatever folder."""
    monkeypatch.setattr(broker.Transport, "global_state", BrokerState())


def received(connection: Connection) -> Iterator[Any]:
    """What is in the queue, through a session of its own."""
    with connection.clone() as mine, mine.SimpleQueue("line") as queue:
        while True:
            try:
                message = queue.get(block=False)
            except (queue.Empty, Empty):
                return
            message.ack()
            yield message.payload


def send(connection: Connection, numbers: range) -> None:
    with connection.clone() as mine, mine.SimpleQueue("line") as queue:
        for number in numbers:
            queue.put(number)


def test_it_works(connection: Connection) -> None:
    """In the order of sending, and it is ours that is used."""
    assert isinstance(connection.transport, broker.Transport)
    send(connection, range(12))
    assert list(received(connection)) == list(range(12))


def test_each_message_comes_once_whoever_sends_and_reads(connection: Connection) -> None:
    send(connection, range(0))  # declares the queue
    with ThreadPool(8) as pool:
        sending = [pool.apply_async(send, (connection, range(n * 100, n * 100 + 100))) for n in range(4)]
        reading = [pool.apply_async(lambda: list(received(connection))) for _ in range(4)]
        for one in sending:
            one.get(timeout=30)
        found = [number for one in reading for number in one.get(timeout=30)] + list(received(connection))
    assert Counter(found) == Counter(range(400))


def test_what_a_killed_sender_left_is_passed_over(connection: Connection, tmp_path: Path, caplog) -> None:
    send(connection, range(1))
    (tmp_path / "0_half.line.msg").write_text('{"body": "bm9')
    (tmp_path / "1_draft.line.msg.17.draft").write_text("")
    assert list(received(connection)) == [0]
    assert "not whole" in caplog.text


def test_a_table_that_is_not_whole_is_written_anew(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "line.exchange").write_text("")
    send(connection, range(1))
    assert list(received(connection)) == [0]
