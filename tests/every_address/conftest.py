"""What the tests here begin with."""

import gc
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.every_address.people import Asking, Person, everybody
from tests.every_address.world import World, make_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once for all tests here, which undo whatever they do."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def people(world: World) -> dict[str, Person]:
    return everybody(world)


@pytest.fixture(scope="module")
def ask() -> Iterator[Asking]:
    """Refusals are what is wanted here: the log would be full of them."""
    logging.disable()
    gc.freeze()  # what the other tests have loaded is not gone through again and again
    yield Asking()
    gc.unfreeze()
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _providers_are_not_asked(settings: Any) -> None:
    """The connections lead to loopback, which is refused before anything is sent."""
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False
