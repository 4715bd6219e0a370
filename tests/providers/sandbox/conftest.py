"""A sandbox with a pinned clock, and a client of its vendors."""

from collections.abc import Iterator

import pytest
import requests

from providers.sandbox import Sandbox
from tests.support.vendors import NOON, Client


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(now=NOON, smartstream_limit=None) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """The module's sandbox, as new."""
    running.faults.clear()
    running.requests.clear()
    running.pinned = NOON
    return running


@pytest.fixture
def client(sandbox: Sandbox, http: requests.Session) -> Client:
    return Client(sandbox, http)
