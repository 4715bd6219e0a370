"""The sessions of a pay-per-view access: those of the asked days become what the answer says.

A session in the future (a clock is wrong, here or there) belongs to the reading that covers the day of asking, beside its own
days: it is kept, and marked until a later answer names it when its time has come.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from providers.pipeline.rows import NumberedSession
from providers.toolkit.requests import Reading, Window
from providers.toolkit.rows import SessionSeen
from reporting.models import Connection, Days, PpvAccess, PpvSession, Snapshot

Identity = tuple[str, str, str, int]  # start, address, agent, number
TOLERANCE = timedelta(minutes=2)  # by so much two clocks may differ


def store(
    connection: Connection,
    access: PpvAccess,
    snapshot: Snapshot,
    reading: Reading,
    window: Window,
    found: Sequence[NumberedSession],
) -> int:
    """Makes the access's sessions of the window's days what the answer says; returns the number of sessions in it."""
    days = Q(day__range=window)
    if reading.day in window:
        days |= Q(day__gt=window.end)
    known: dict[Identity, PpvSession] = {
        (session.started_text, session.ip, session.agent_digest, session.number): session
        for session in PpvSession.objects.filter(days, access=access)
    }
    named = {_identity(one): one for one in found if _belongs(one.seen.started.date(), window, reading)}
    new = []
    for identity, one in named.items():
        fields = _fields(one, reading)
        session = known.pop(identity, None)
        if session is None:
            origin = {"connection": connection, "access": access, "snapshot": snapshot}
            new.append(PpvSession(tenant_id=connection.tenant_id, **origin, **fields))
        elif any(getattr(session, name) != value for name, value in fields.items()):
            PpvSession.objects.filter(pk=session.pk).update(snapshot=snapshot, **fields)
    PpvSession.objects.bulk_create(new)
    PpvSession.objects.filter(pk__in=[session.pk for session in known.values()]).delete()
    return len(named)


def lost_days(access: PpvAccess, window: Window, found: Sequence[NumberedSession], today: date) -> Days:
    """The window's days before today that have sessions, of which the answer names none."""
    known = (
        PpvSession.objects.filter(access=access, day__range=window, day__lt=today)
        .order_by()
        .values_list("day", flat=True)
    )
    return Days((day, day) for day in {*known.distinct()} - {one.seen.started.date() for one in found})


def in_future(found: Sequence[NumberedSession], reading: Reading) -> int:
    """How many begin after the moment of asking."""
    return sum(_is_future(one.seen, reading) for one in found)


def _belongs(day: date, window: Window, reading: Reading) -> bool:
    return day in window or (reading.day in window and window.end < day < date.max.replace(month=1, day=1))


def _is_future(seen: SessionSeen, reading: Reading) -> bool:
    """By the wall clock of the provider's zone, which has no end where a moment in UTC has one."""
    asked = reading.fetched_at.astimezone(reading.zone).replace(tzinfo=None)
    return seen.started > asked + TOLERANCE


def _identity(one: NumberedSession) -> Identity:
    return _text(one.seen.started), one.seen.ip, _digest(one.seen.user_agent), one.number


def _fields(one: NumberedSession, reading: Reading) -> dict[str, Any]:
    seen = one.seen
    return {
        "started_at": seen.started.replace(tzinfo=reading.zone),
        "started_text": _text(seen.started),
        "day": seen.started.date(),
        "place": seen.place,
        "ip": seen.ip,
        "country": seen.country,
        "country_name": seen.country_name,
        "user_agent": seen.user_agent,
        "agent_digest": _digest(seen.user_agent),
        "left_activations": seen.left_activations,
        "number": one.number,
        "is_future": _is_future(seen, reading),
    }


def _text(started: datetime) -> str:
    return started.isoformat(sep=" ")


def _digest(user_agent: str) -> str:
    return hashlib.sha256(user_agent.encode()).hexdigest()
