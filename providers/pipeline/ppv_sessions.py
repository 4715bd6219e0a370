"""The sessions of a pay-per-view access: those of the asked days become what the answer says."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from providers.toolkit.requests import Reading, Window
from providers.toolkit.rows import SessionSeen
from reporting.models import Connection, Days, PpvAccess, PpvSession, Snapshot


def store(
    connection: Connection,
    access: PpvAccess,
    snapshot: Snapshot,
    reading: Reading,
    window: Window,
    found: Sequence[SessionSeen],
) -> int:
    """Makes the access's sessions of the window's days what the answer says; returns the number of sessions in it."""
    known = {
        (session.started_text, session.ip, session.agent_digest): session
        for session in PpvSession.objects.filter(access=access, day__range=window)
    }
    named: dict[tuple[str, str, str], SessionSeen] = {
        (_text(seen.started), seen.ip[:45], _digest(seen.user_agent)): seen
        for seen in found
        if seen.started.date() in window
    }
    new = []
    for identity, seen in named.items():
        fields = _fields(seen, reading)
        session = known.pop(identity, None)
        if session is None:
            origin = {"connection": connection, "access": access, "snapshot": snapshot}
            new.append(PpvSession(tenant_id=connection.tenant_id, **origin, **fields))
        elif any(getattr(session, name) != value for name, value in fields.items()):
            PpvSession.objects.filter(pk=session.pk).update(snapshot=snapshot, **fields)
    PpvSession.objects.bulk_create(new)
    PpvSession.objects.filter(pk__in=[session.pk for session in known.values()]).delete()
    return len(named)


def lost_days(access: PpvAccess, window: Window, found: Sequence[SessionSeen], today: date) -> Days:
    """The window's days before today that have sessions, of which the answer names none."""
    known = (
        PpvSession.objects.filter(access=access, day__range=window, day__lt=today)
        .order_by()
        .values_list("day", flat=True)
    )
    return Days((day, day) for day in {*known.distinct()} - {seen.started.date() for seen in found})


def _fields(seen: SessionSeen, reading: Reading) -> dict[str, Any]:
    return {
        "started_at": seen.started.replace(tzinfo=reading.zone),
        "started_text": _text(seen.started),
        "day": seen.started.date(),
        "place": seen.place[:500],
        "ip": seen.ip[:45],
        "country": seen.country,
        "country_name": seen.country_name[:100],
        "user_agent": seen.user_agent,
        "agent_digest": _digest(seen.user_agent),
        "left_activations": seen.left_activations,
    }


def _text(started: datetime) -> str:
    return started.isoformat(sep=" ")


def _digest(user_agent: str) -> str:
    return hashlib.sha256(user_agent.encode()).hexdigest()
