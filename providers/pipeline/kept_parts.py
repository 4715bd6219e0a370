"""How the pages of answers are kept, so that those which resemble each other cost what differs.

A page is packed against the page of the same number of the last reading of the same request (of a feed of "now": of the same
asset), or against that one's base: a base is always kept whole, so that each page needs one other at the most. Where too much
differs, it is kept whole, and is the base of those to come. Before a base is deleted, `set_free` packs those that need it anew.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from itertools import groupby

from django.db import connection as database
from django.db.models import QuerySet

from providers.toolkit.feeds import Cadence, Feed
from reporting.models import Snapshot, SnapshotPart
from reporting.models.part_bytes import packed, unpacked

WORTH_IT = 1000  # bytes of a packed page; below, its row costs as much
LARGEST = 1 << 25  # bytes of a page that is held in memory together with its base
# So a day of hourly answers costs one of them more than its first, at the most, however long they are packed against one base.
HOURS = 24
LITTLE = 256

LAST = """
    SELECT p.number, coalesce(b.id, p.id), coalesce(b.compressed, p.compressed)
    FROM reporting_snapshotpart p LEFT JOIN reporting_snapshotpart b ON b.tenant_id = %(tenant_id)s AND b.id = p.base_id
    WHERE p.tenant_id = %(tenant_id)s AND p.snapshot_id = (
        SELECT id FROM reporting_snapshot
        WHERE tenant_id = %(tenant_id)s AND connection_id = %(connection_id)s AND feed = %(feed)s AND {about}
            AND state = 'read' AND is_whole AND id <> %(id)s
        ORDER BY id DESC LIMIT 1)
"""
SAME_DAYS = "AND from_day = %(from_day)s AND to_day = %(to_day)s"


def bodies(parts: QuerySet[SnapshotPart]) -> Iterator[bytes]:
    """One in memory at a time, with its base. They are fetched at once, packed: while rows are copied in, the database session
    takes no other statement."""
    kept = list(parts.values_list("compressed", "base__compressed"))
    return (unpacked(bytes(part), None if base is None else unpacked(bytes(base))) for part, base in kept)


def against_the_last(snapshot: Snapshot, feed: Feed, parts: Sequence[SnapshotPart]) -> list[SnapshotPart]:
    """The pages of a snapshot that is saved, which come packed whole, as they are to be kept."""
    if not any(len(part.compressed) >= WORTH_IT for part in parts):
        return list(parts)
    about = [
        f"{name} = %({name})s" if getattr(snapshot, name) else f"{name} IS NULL" for name in ("asset_id", "access_id")
    ]
    same = "" if feed.cadence is Cadence.NOW else SAME_DAYS
    with database.cursor() as cursor:
        cursor.execute(LAST.format(about=f"{' AND '.join(about)} {same}"), vars(snapshot))
        bases = {number: (pk, bytes(kept)) for number, pk, kept in cursor.fetchall()}
    return [against(part, *bases[part.number]) if part.number in bases else part for part in parts]


def against(part: SnapshotPart, base_id: int, base: bytes) -> SnapshotPart:
    """A copy of a whole part that needs the base, where that is worth it."""
    whole = bytes(part.compressed)
    if not len(whole) >= WORTH_IT or part.size > LARGEST:
        return part
    kept = packed(unpacked(whole), unpacked(base))
    if len(kept) > max(len(whole) // HOURS, LITTLE):
        return part
    smaller = copy(part)
    smaller.compressed, smaller.base_id = kept, base_id
    return smaller


def set_free(snapshots: Sequence[int], all_going: Collection[int], *, dry_run: bool) -> int:
    """Packs anew what stays and needs a page of these snapshots, before they are deleted: the first whole, the others against
    it. Returns how many bytes more that takes. `all_going`: with those that are deleted already, or would be."""
    needy = SnapshotPart.objects.filter(base__snapshot__in=snapshots).exclude(snapshot__in=all_going)
    ordered = needy.select_related("base").order_by("base_id", "snapshot_id", "pk")
    more = 0
    for _, group in groupby(ordered.iterator(chunk_size=20), key=lambda part: part.base_id):
        more += sum(after - before for before, after in _packed_anew(group, dry_run=dry_run))
    return more


def _packed_anew(parts: Iterable[SnapshotPart], *, dry_run: bool) -> Iterator[tuple[int, int]]:
    """The sizes of each page that had one base, before and after."""
    first: SnapshotPart | None = None
    for part in parts:
        before, body = len(part.compressed), part.body
        part.compressed, part.base = packed(body), None
        kept = part if first is None else against(part, first.pk, bytes(first.compressed))
        first = first or part
        if not dry_run:
            SnapshotPart.objects.filter(pk=part.pk).update(compressed=kept.compressed, base=kept.base_id)
        yield before, len(kept.compressed)
