"""What the feeds of a run are asked about, one subject at a time: the connection, an asset, or a pay-per-view access."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from providers.toolkit.feed_choice import ChosenFeed
from providers.toolkit.feeds import Feed, Per
from reporting.models import Asset, Connection, FeedProgress, PpvAccess

BY_NAME = (Asset.Kind.ACCOUNT, Asset.Kind.APPLICATION)
ProgressKey = tuple[str, int | None, int | None]  # feed, asset, access


class Subject(NamedTuple):
    """What one reading is about; of the whole connection where it names no asset."""

    feed: Feed
    asset: Asset | None
    access: PpvAccess | None
    progress: FeedProgress | None  # None: never read


@dataclass
class Subjects:
    """Yields the subjects of each feed, in the feeds' order."""

    feeds: Sequence[ChosenFeed]
    assets: Sequence[Asset] = ()
    accesses: Sequence[PpvAccess] = ()
    progress: Mapping[ProgressKey, FeedProgress] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, feeds: Sequence[ChosenFeed], named: Collection[str]) -> "Subjects":
        """The assets and accesses that these feeds ask for, and no others: a connection may have a million videos. `named` are
        the external ids of the account and the applications that its credentials and options name. In the tenant's scope."""
        kinds = {kind for feed, kinds in feeds if feed.per is Per.ASSET for kind in kinds}
        found = Asset.objects.filter(connection=connection, kind__in=kinds).order_by("pk")
        # One that was named before the credentials or options were changed is not asked for again.
        assets = [asset for asset in found if asset.kind not in BY_NAME or asset.external_id in named]
        accesses: list[PpvAccess] = []
        if any(feed.per is Per.ACCESS for feed, _ in feeds):
            of_connection = PpvAccess.objects.filter(asset__connection=connection)
            accesses = list(of_connection.select_related("asset").order_by("pk"))
            for (
                access
            ) in accesses:  # the address that this run asks: whatever it is by now, passwords open for this one
                access.asset.connection = connection
        progress = {(p.feed, p.asset_id, p.access_id): p for p in FeedProgress.objects.filter(connection=connection)}
        return cls(feeds, assets, accesses, progress)

    def __iter__(self) -> Iterator[Subject]:
        for feed, kinds in self.feeds:
            for asset, access in self._asked_of(feed, kinds):
                key = (feed.name, asset.pk if asset else None, access.pk if access else None)
                yield Subject(feed, asset, access, self.progress.get(key))

    def _asked_of(self, feed: Feed, kinds: Sequence[str]) -> Iterator[tuple[Asset | None, PpvAccess | None]]:
        if feed.per is Per.CONNECTION:
            yield None, None
        elif feed.per is Per.ACCESS:
            yield from ((access.asset, access) for access in self.accesses)
        else:
            yield from ((asset, None) for asset in self.assets if asset.kind in kinds)
