"""Step 4 of the line: the only writer of facts, sessions and progress.

One reading is stored in one transaction, under the lock of its connection's row. Rows stream from the answer's parts into the
database, so memory does not grow with the answer.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection as database
from django.db.backends.utils import CursorWrapper

from providers.pipeline import assets, facts, feed_progress, loss, parentless, ppv_sessions
from providers.pipeline.log_days import LogDays
from providers.pipeline.plan import Due
from providers.pipeline.replaced_days import ReplacedDays
from providers.pipeline.rows import PagedSession, SortedRows
from providers.toolkit.feeds import Per, Span
from providers.toolkit.requests import Reading, Window
from providers.toolkit.rows import Row
from reporting.ledger import daily_totals
from reporting.models import Asset, Connection, Days, Interval, Restatement, Snapshot


class ReadingStore:
    """Stores what one snapshot says. Its caller has opened the tenant's scope and locked the connection's row.

    `cause` names who changed figures of final days (Restatement.Cause); where it is empty, no restatement is recorded. Only
    days `within` are touched.
    """

    def __init__(
        self,
        connection: Connection,
        due: Due,
        snapshot: Snapshot,
        reading: Reading,
        cause: str = "",
        within: Window | None = None,
    ) -> None:
        self.connection, self.due, self.feed, self.snapshot = connection, due, due.feed, snapshot
        self.reading, self.cause = reading, cause
        self.replaced = ReplacedDays.of(due, reading, within)
        self.progress = feed_progress.find(connection, due)
        is_reread = cause == Restatement.Cause.READER
        self.log = LogDays(due.feed, self.replaced, self.progress, is_reread=is_reread)
        self.facts_written = 0
        self.had_parentless = False
        self.values: dict[str, Any] = {
            "tenant": connection.tenant_id,
            "connection": connection.pk,
            "snapshot": snapshot.pk,
            "asset": due.asset.pk if due.asset else None,
        }

    def store(self, rows: Iterable[Row | PagedSession]) -> int:
        """Returns how many facts were written or removed. Raises Unreadable, and Held where the provider's answer would take
        all figures of past days away; the caller's transaction must then be rolled back."""
        found = SortedRows(rows, self.replaced)
        with database.cursor() as cursor:
            facts.copy_in(cursor, found.figures(), self.replaced)
            self._store_assets(cursor, found)
            if self.feed.series:
                self._store_facts(cursor)
                self._note_restatements(cursor)
        self._store_sessions(found)
        self._keep_notes(found)
        self._advance_progress()
        return self.facts_written

    def _store_assets(self, cursor: CursorWrapper, found: SortedRows) -> None:
        """Those that the answer lists, and those that its figures name."""
        listed_by = self.feed.name if self.feed.discovers else ""
        assets.store(self.connection, found.assets, self.reading.fetched_at, listed_by)
        if self.feed.series and self.feed.asset_kind:
            facts.name_assets(cursor, self.values, self.feed)

    def _store_facts(self, cursor: CursorWrapper) -> None:
        """Makes the facts of the replaced days what the answer says, and their daily totals too."""
        facts.refuse_repeated_cells(cursor, self.feed.series)
        self.log.note(cursor, self.reading.fetched_at)
        changed = facts.find_changes(cursor, self.values, self.feed, self.log.ranges(cursor, self.values))
        self._check_loss(lambda: loss.lost_days(cursor, self.values, self.due, self.reading.day, self.log.whole))
        changed += self._take_from_parentless(cursor)
        self.facts_written = facts.write(cursor, self.values, changed)
        if self.feed.differences and (changed or self.log.is_reread):
            by_log = self.log.parameters()
            self.facts_written += facts.write_differences(cursor, self.values, self.feed.differences, by_log)
        if self.facts_written:
            daily_totals.apply_changes(cursor, self.connection.pk, self._kind_of_assets())
        if self.had_parentless and changed:
            cursor.execute(parentless.MARK_GONE, {**self.values, "now": self.reading.fetched_at})

    def _take_from_parentless(self, cursor: CursorWrapper) -> int:
        """Where applications were read together before: their figures of these days are not counted twice."""
        if not (self.feed.asset_kind and self.feed.per is Per.ASSET):
            return 0
        window = self.replaced.window
        before = parentless.applications_before(self.connection, self.due, window)
        if not before:
            return 0
        self.had_parentless = True
        is_last = parentless.is_last(self.connection, self.due, window, before)
        return facts.take_from_parentless(cursor, self.values, self.replaced.ranges(), is_last=is_last)

    def _check_loss(self, lost: Callable[[], Days]) -> None:
        """A replay reads what was believed before."""
        if self.cause == Restatement.Cause.PROVIDER:
            loss.check(self.connection, self.due, self.snapshot, lost())

    def _kind_of_assets(self) -> str:
        """The kind of all assets that the facts are of; "" where there are several: a person may have given one another."""
        if self.due.asset and not self.feed.asset_kind:
            return self.due.asset.kind
        kinds = (self.feed.asset_kind, Asset.Kind.APPLICATION)  # an application has no figures of its own
        others = Asset.objects.filter(connection=self.connection).exclude(kind__in=kinds)
        return "" if others.exists() else self.feed.asset_kind

    def _note_restatements(self, cursor: CursorWrapper) -> None:
        if self.facts_written:
            facts.note_changes(cursor, self.values, self.snapshot, self.progress.final, self.cause)
        is_lifetime = any(series.interval == Interval.LIFETIME for series in self.feed.series)
        if (
            is_lifetime and self.cause == Restatement.Cause.PROVIDER
        ):  # in a replay an early reading comes after a later one
            facts.note_resets(cursor, self.values, self.snapshot)

    def _store_sessions(self, found: SortedRows) -> None:
        access, window = self.due.access, self.replaced.window
        if access is not None:
            self._check_loss(lambda: ppv_sessions.lost_days(access, window, found.sessions, self.reading.day))
            ppv_sessions.store(self.connection, access, self.snapshot, self.reading, window, found.sessions)

    def _keep_notes(self, found: SortedRows) -> None:
        """What was changed or is odd in the answer, as it is read now."""
        notes = found.names.notes()
        if self.due.access is not None and (future := ppv_sessions.in_future(found.sessions, self.reading)):
            notes.append(f"{future} session{'' if future == 1 else 's'} in the future.")
        if notes != self.snapshot.notes:
            self.snapshot.notes = notes
            self.snapshot.save(update_fields=["notes"])

    def _advance_progress(self) -> None:
        if self.due.one_off:
            self.log.save()
        else:
            reported = self.replaced.range_of(Span.LOG)
            feed_progress.advance(self.progress, self.connection, self.due, self.reading, reported)
