"""How far each feed has come with what it is asked about: the days that are covered and final, or how often it failed."""

from datetime import timedelta

from django.utils import timezone

from providers.pipeline import assets
from providers.pipeline.plan import Calendar, Due
from providers.toolkit.errors import Held, NotFound, SyncError
from providers.toolkit.feeds import Cadence
from providers.toolkit.requests import Reading
from reporting.models import Asset, Connection, Days, FeedProgress
from reporting.tenancy.scoping import tenant_scope


def find(connection: Connection, due: Due) -> FeedProgress:
    """The row of the feed and what it is asked about, saved or not yet."""
    access_id = due.access.pk if due.access else None
    key = {"connection": connection, "feed": due.feed.name, "asset": due.asset, "access_id": access_id}
    return FeedProgress.objects.filter(**key).first() or FeedProgress(tenant_id=connection.tenant_id, **key)


def advance(
    progress: FeedProgress, connection: Connection, due: Due, reading: Reading, reported: tuple | None = None
) -> None:
    """The days of this reading are covered, and final as far as they could not change any more when it was made."""
    calendar = Calendar.of(connection, reading.fetched_at)
    days = Days([(reading.window.start, min(reading.window.end, calendar.today))])
    if due.feed.cadence is Cadence.NOW:  # the answer speaks of a whole life, or of no days at all
        days = Days([(connection.history_from, calendar.today), *([reported] if reported else [])])
    provisional = Days([(calendar.final_through + timedelta(days=1), calendar.today)])
    progress.covered, progress.final = progress.covered | days, progress.final | (days - provisional)
    progress.held = Days() if due.feed.cadence is Cadence.NOW else progress.held - days
    progress.reread = progress.reread | (days & progress.final)
    progress.reread_since = progress.reread_since or reading.fetched_at
    progress.last_success, progress.failures, progress.last_error = reading.fetched_at, 0, ""
    progress.save()
    if due.asset is not None and due.asset.not_found_since is not None:
        assets.note_found(due.asset, None)


def note_failure(connection: Connection, due: Due, error: SyncError) -> None:
    """One more failure in a row of this feed and asset. What a person asked for by itself leaves the progress alone, but for
    days that are known already and in doubt now."""
    with tenant_scope(connection.tenant_id):
        progress = find(connection, due)
        if due.one_off and not (isinstance(error, Held) and progress.pk):
            return
        progress.failures, progress.last_error, progress.failed_at = progress.failures + 1, str(error), timezone.now()
        if isinstance(error, Held):
            progress.held = progress.held | error.lost
        progress.save()
        if isinstance(error, NotFound) and due.asset is not None and due.asset.kind != Asset.Kind.ACCOUNT:
            assets.note_found(due.asset, progress.failed_at)
