"""The progress of what a connection chooses to sync, and of nothing else, counts in how far its figures reach.

Each subject that a sync asks for has a row from the moment on in which it is chosen, so that a feed or asset that was added
leaves the connection incomplete until its history is there; a feed that was taken away keeps its row, and holds nothing up.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Q

from providers.connections.account import opened
from providers.pipeline import assets
from providers.pipeline.subjects import BY_NAME, Subjects
from providers.toolkit import feed_choice
from providers.toolkit.errors import AskPerson
from providers.toolkit.feed_choice import ChosenFeed
from providers.toolkit.feeds import Per
from providers.toolkit.provider import Provider
from reporting.models import Connection, FeedProgress

BATCH = 1000


def settle(connection: Connection, provider: Provider) -> None:
    """After a change of what the connection chooses; in the tenant's scope."""
    credentials = opened(connection)
    if credentials is None:  # the next sync will ask for them
        return
    try:
        found = provider.named(credentials, connection.options)
    except AskPerson:  # the next sync will ask, too
        return
    assets.ensure(connection, found)
    named = [seen.external_id for seen in found]
    feeds = feed_choice.chosen(provider, connection.feeds, connection.options)
    mark(connection, feeds, named)
    begin(connection, Subjects.of(connection, feeds, named), feeds)


def mark(connection: Connection, chosen: Sequence[ChosenFeed], named: Collection[str]) -> None:
    """Tells the rows of what a plain sync asks for from the others."""
    names: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for feed, kinds in chosen:
        names[tuple(kinds) if feed.per is Per.ASSET else ()].append(feed.name)
    is_asked = Q(feed__in=names.pop((), []))
    for kinds, feeds in names.items():
        is_asked |= Q(feed__in=feeds) & _of(kinds, named)
    rows = FeedProgress.objects.filter(connection=connection)
    asked = rows.filter(is_asked).values("pk")
    rows.filter(is_chosen=True).exclude(pk__in=asked).update(is_chosen=False)
    rows.filter(is_chosen=False, pk__in=asked).update(is_chosen=True)


def _of(kinds: Sequence[str], named: Collection[str]) -> Q:
    """Rows of assets of these kinds; of accounts and applications only those that are named now."""
    return Q(asset__kind__in=kinds) & (~Q(asset__kind__in=BY_NAME) | Q(asset__external_id__in=named))


def begin(connection: Connection, subjects: Subjects, chosen: Sequence[ChosenFeed]) -> None:
    """Makes the rows that are missing."""
    kinds_of = {feed.name: kinds for feed, kinds in chosen}
    missing = [
        FeedProgress(
            tenant_id=connection.tenant_id,
            connection=connection,
            feed=feed.name,
            asset=asset,
            access_id=access.pk if access else None,
            is_chosen=feed.name in kinds_of
            and (feed.per is not Per.ASSET or asset is None or asset.kind in kinds_of[feed.name]),
        )
        for feed, asset, access, progress in subjects
        if progress is None
    ]
    FeedProgress.objects.bulk_create(missing, batch_size=BATCH, ignore_conflicts=True)
