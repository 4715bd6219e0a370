"""Stores what a reading saw besides figures: assets that the provider told of, and pay-per-view sessions."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from providers.toolkit.requests import Reading, Window
from providers.toolkit.rows import AssetSeen, SessionSeen
from reporting.ledger.assignments import assign_new
from reporting.models import Asset, Connection, FeedProgress, PpvAccess, PpvSession, Snapshot


def store_assets(connection: Connection, found: Sequence[AssetSeen], at: datetime, listed_by: str = "") -> list[Asset]:
    """Makes new assets and gives them to customers by the rules; updates what the provider says of known ones. A title that
    stands is kept: a person may have written it. Where they are a whole list, `listed_by` names its feed, and what it named
    before and names no more is noted as gone. Returns the new ones."""
    known = {
        asset.external_id: asset
        for asset in Asset.objects.filter(connection=connection, external_id__in=[seen.external_id for seen in found])
    }
    for seen in found:
        if asset := known.get(seen.external_id):
            _update(asset, seen, at, listed_by)
    new = {
        seen.external_id: Asset(
            tenant_id=connection.tenant_id,
            connection=connection,
            external_id=seen.external_id,
            kind=seen.kind,
            title=seen.title[:500],
            status=seen.status[:40],
            modified_at=seen.modified_at,
            settled_at=at if seen.settled else None,
            listed_by=listed_by,
        )
        for seen in found
        if seen.external_id not in known
    }
    made = Asset.objects.bulk_create(new.values())
    if made:
        assign_new(Asset.objects.filter(pk__in=[asset.pk for asset in made]))
    if listed_by:
        names = [seen.external_id for seen in found]
        listed = Asset.objects.filter(connection=connection, listed_by=listed_by, unlisted_since=None)
        listed.exclude(external_id__in=names).update(unlisted_since=at)
    return made


def note_found(asset: Asset, not_found_since: datetime | None) -> None:
    """The provider knows it, or does not since then; the first time counts."""
    asset.not_found_since = not_found_since and (asset.not_found_since or not_found_since)
    Asset.objects.filter(pk=asset.pk).update(not_found_since=asset.not_found_since)


def _update(asset: Asset, seen: AssetSeen, at: datetime, listed_by: str) -> None:
    settled_at = (asset.settled_at or at) if seen.settled else None
    after = {
        "title": asset.title or seen.title[:500],
        "status": seen.status[:40],
        "modified_at": seen.modified_at,
        "settled_at": settled_at,
        "listed_by": listed_by or asset.listed_by,
        "unlisted_since": None if listed_by else asset.unlisted_since,
    }
    changed = [name for name, value in after.items() if getattr(asset, name) != value]
    for name in changed:
        setattr(asset, name, after[name])
    if changed:
        asset.save(update_fields=changed)
    if "modified_at" in changed:  # what was read before may have changed, until it is read again
        for progress in FeedProgress.objects.filter(asset=asset):
            progress.covered = progress.covered & progress.final
            progress.save(update_fields=["covered"])


def store_sessions(
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
            place = {
                "tenant_id": connection.tenant_id,
                "connection": connection,
                "access": access,
                "snapshot": snapshot,
            }
            new.append(PpvSession(**place, **fields))
        elif any(getattr(session, name) != value for name, value in fields.items()):
            PpvSession.objects.filter(pk=session.pk).update(snapshot=snapshot, **fields)
    PpvSession.objects.bulk_create(new)
    PpvSession.objects.filter(pk__in=[session.pk for session in known.values()]).delete()
    return len(named)


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
