"""The provider's limit: a sliding window over the starts of requests, on the database's clock, shared by all."""

import threading

import pytest
from django.db import connection

from providers.limits import Limit, SharedWindow
from reporting.models import RateWindow


def window(requests: int = 3, seconds: float = 60, key: str = "key-of-alice") -> SharedWindow:
    return SharedWindow("smartstream", Limit(requests, seconds, key="api_key"), key)


@pytest.mark.django_db
def test_it_works() -> None:
    one = window()
    assert [one.take() for _ in range(3)] == [0, 0, 0]
    assert 59 < one.take() <= 60


@pytest.mark.django_db
def test_a_start_that_is_older_than_the_window_makes_a_place() -> None:
    """A full token bucket would let 99 requests of 50 a minute through; here only the oldest start falls out."""
    one = window()
    for _ in range(3):
        one.take()
    row = RateWindow.objects.get()
    row.starts = [row.starts[0] - 61, *row.starts[1:]]
    row.save()
    assert one.take() == 0
    assert one.take() > 0


@pytest.mark.django_db
def test_another_key_has_its_own_and_the_same_key_shares() -> None:
    for _ in range(3):
        window().take()
    assert window(key="key-of-bob").take() == 0
    assert window().take() > 0
    assert "key-of-alice" not in str(list(RateWindow.objects.values()))


@pytest.mark.django_db
def test_a_429_closes_it_for_everyone() -> None:
    window().close_for(40)
    assert 39 < window().take() <= 40
    window().close_for(10)
    assert window().take() > 30


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_exceed_it() -> None:
    taken: list[float] = []

    def work() -> None:
        try:
            taken.extend(window(requests=10).take() for _ in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 40
    assert taken.count(0) == 10
