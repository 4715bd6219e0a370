"""A reading (snapshot) as its page shows it: its parts, the beginning of one answer, and other readings of the same days.

For a tenant's managers and analysts; what holds personal data is refused before.
"""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet

from reporting.models import Snapshot, SnapshotPart
from reporting.reports import raw_answers

OTHERS_SHOWN = 20


@dataclass
class ReadingPage:
    snapshot: Snapshot
    part: SnapshotPart

    @cached_property
    def parts(self) -> QuerySet[SnapshotPart]:
        return SnapshotPart.objects.filter(snapshot=self.snapshot).defer("compressed").order_by("number")

    @cached_property
    def text(self) -> str:
        return raw_answers.beginning(self.part)

    @property
    def is_cut(self) -> bool:
        return self.part.size > raw_answers.SHOWN

    @property
    def shown_bytes(self) -> int:
        return raw_answers.SHOWN

    @cached_property
    def others(self) -> list[Snapshot]:
        """The newest readings of some of the same days: what the provider answered before and after."""
        this = self.snapshot
        same = Snapshot.objects.filter(
            connection=this.connection_id, feed=this.feed, asset=this.asset_id, access_id=this.access_id
        )
        near = same.filter(from_day__lte=this.to_day, to_day__gte=this.from_day)
        return list(near.exclude(pk=this.pk).order_by("-id")[:OTHERS_SHOWN])
