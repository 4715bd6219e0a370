"""Leaves a provider alone that is down, for all of its connections; a connection with an address of its own stands alone.

    closed      runs go through; those that could not reach the provider are counted, in a row
    open        after TRIPS_AFTER of them the scheduler queues nothing, for FIRST_PAUSE
    half-open   then one connection tries: an answer closes the breaker, none opens it again for twice as long

Only the scheduler asks here: a run that a person wants is made anyway, and an answer to it closes the breaker too.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from providers import registry
from reporting.models import Connection, ProviderHealth, SyncRun
from reporting.origin import origin

TRIPS_AFTER = 5  # runs in a row
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
ANSWERS = {"NotFound", "Unreadable", "Incomplete", "UnknownFailure", "SessionRefused"}  # errors that quote an answer


def let_through(connections: Iterable[Connection], now: datetime) -> list[Connection]:
    """Those of the due connections whose provider is not known to be down; one where it is time to try again."""
    tripped = {(row.provider, row.host): row for row in ProviderHealth.objects.filter(failures__gte=TRIPS_AFTER)}
    return [connection for connection in connections if _may_pass(connection, tripped.get(address(connection)), now)]


def _may_pass(connection: Connection, health: ProviderHealth | None, now: datetime) -> bool:
    if health is None:
        return True
    if health.closed_until and health.closed_until > now:
        return False
    # Closed for the others meanwhile; were the try lost, another may follow after the same time.
    health.trying, health.closed_until = connection.pk, now + _pause(health.failures)
    health.save(update_fields=["trying", "closed_until"])
    return True


def ended(connection: Connection, run: SyncRun, stored: int) -> None:
    """Records what a run shows about its provider: that it is down, that it answers, or nothing."""
    kinds = {entry["error"] for entry in run.errors}
    if "Down" in kinds or (not stored and kinds == {"TryAgain"}):
        _note_down(connection)
    elif stored or kinds & ANSWERS or ("AskPerson" in kinds and run.requests_done):
        provider, host = address(connection)
        ProviderHealth.objects.filter(provider=provider, host=host).delete()


def _note_down(connection: Connection) -> None:
    provider, host = address(connection)
    with transaction.atomic():
        ProviderHealth.objects.bulk_create([ProviderHealth(provider=provider, host=host)], ignore_conflicts=True)
        health = ProviderHealth.objects.select_for_update().filter(provider=provider, host=host).first()
        if health is None:  # another run's answer has just closed it
            return
        if health.failures >= TRIPS_AFTER and health.trying != connection.pk:
            return  # it began before the breaker opened, or a person wanted it: no news
        health.failures, health.trying = health.failures + 1, None
        if health.failures >= TRIPS_AFTER:
            health.closed_until = timezone.now() + _pause(health.failures)
        health.save()


def _pause(failures: int) -> timedelta:
    doublings = min(failures - TRIPS_AFTER, 10)
    return min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)


def address(connection: Connection) -> tuple[str, str]:
    """Provider, and whose breaker it is: the vendor's own host has one for all connections. Any other address has one for each
    connection: whoever types it can neither close the vendor's for others nor, with a server of his own, open it again."""
    if connection.base_url:
        return connection.provider, f"{origin(connection.base_url)} of connection {connection.pk}"
    known = registry.all_providers().get(connection.provider)
    return connection.provider, origin(known.base_url if known else "")
