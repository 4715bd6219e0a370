"""The assets that a provider lists: new ones are made and assigned by the rules, known ones updated, missing ones marked.

One is gone when two whole lists in a row lack it: a list that changes while its pages are read may skip a living asset."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from providers.toolkit.rows import AssetSeen
from reporting.ledger.new_assets import catch_new
from reporting.ledger.programmes import place_new
from reporting.models import Asset, Connection, FeedProgress


def ensure(connection: Connection, named: Sequence[AssetSeen]) -> None:
    """Makes those that credentials and options name, and that are not there yet; in the tenant's scope."""
    for seen in named:
        Asset.objects.get_or_create(
            connection=connection,
            external_id=seen.external_id,
            parent=None,
            defaults={"tenant_id": connection.tenant_id, "kind": seen.kind, "title": seen.title},
        )


def store(connection: Connection, found: Sequence[AssetSeen], at: datetime, listed_by: str = "") -> list[Asset]:
    """Makes new assets and gives them to customers by the rules; updates what the provider says of known ones. A title that is
    there is kept: a person may have written it. Where they are a whole list, `listed_by` names its feed, and what it named
    before and names no more is missed, then unlisted. Returns the new ones."""
    names = [seen.external_id for seen in found]
    known = {asset.external_id: asset for asset in Asset.objects.filter(connection=connection, external_id__in=names)}
    untitled = [asset for asset in known.values() if not asset.title]
    for seen in found:
        if asset := known.get(seen.external_id):
            _update(asset, seen, at, listed_by)
    place_new(asset for asset in untitled if asset.title)
    new = {seen.external_id: seen for seen in found if seen.external_id not in known}
    made = Asset.objects.bulk_create(_new(connection, seen, at, listed_by) for seen in new.values())
    if made:
        catch_new(Asset.objects.filter(pk__in=[asset.pk for asset in made]))
    if listed_by:
        confirm_missed(connection, listed_by, names)
        listed = Asset.objects.filter(connection=connection, listed_by=listed_by, unlisted_since=None, missed_at=None)
        listed.exclude(external_id__in=names).update(missed_at=at)
    return made


def confirm_missed(connection: Connection, listed_by: str, names: Sequence[str] = ()) -> None:
    """One more whole list: what the list before it lacked, and this one does not name either, is gone since then."""
    missed = Asset.objects.filter(
        connection=connection, listed_by=listed_by, unlisted_since=None, missed_at__isnull=False
    )
    missed.exclude(external_id__in=names).update(unlisted_since=F("missed_at"))


def _new(connection: Connection, seen: AssetSeen, at: datetime, listed_by: str) -> Asset:
    return Asset(
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
        "missed_at": None if listed_by else asset.missed_at,
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
