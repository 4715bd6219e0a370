"""How a run comes along: counts, errors, what it waits for. Written to its row at most once a second."""

import time
from collections.abc import Callable, Sequence

from django.utils import timezone

from providers.pipeline.plan import Due
from providers.toolkit.errors import AskPerson, SyncError
from reporting.models import SyncRun
from reporting.tenancy.scoping import tenant_scope
from reporting.vendor_text import message

EVERY_SECONDS = 1.0
MOST_ERRORS = 200  # in the row, and as many notes

OnEnd = Callable[[SyncRun, int, str], None]  # the run, how many readings it stored, and why a person is needed, or ""


class RunProgress:
    """Keeps one SyncRun's row in step."""

    def __init__(self, run: SyncRun, on_end: OnEnd, on_progress: Callable[[SyncRun], None]) -> None:
        self.run, self.on_end, self.on_progress = run, on_end, on_progress
        self.readings_stored, self.attention, self.cancelled, self.is_leaving = 0, "", False, False
        self.saved_at = 0.0

    def start(self) -> None:
        if self.run.state == SyncRun.State.RUNNING:  # the worker that claimed it has saved that already
            self.saved_at = time.monotonic()
            return
        self.run.state, self.run.started_at = SyncRun.State.RUNNING, timezone.now()
        self.save()

    def expect(self, readings: int) -> None:
        """At least one request each; pages and log-ins add to it as they come."""
        self.run.requests_total = self.run.requests_done + readings
        self.save_sometimes()

    def request(self) -> None:
        self.run.requests_done, self.run.waiting = self.run.requests_done + 1, ""
        self.run.requests_total = max(self.run.requests_total, self.run.requests_done)
        self.save_sometimes()

    def waiting(self, reason: str) -> None:
        self.run.waiting = reason[:200]
        self.save()

    def stored(self, facts_written: int) -> None:
        """One more reading."""
        self.readings_stored += 1
        self.run.facts_written += facts_written

    def error(self, due: Due | None, error: BaseException) -> None:
        if len(self.run.errors) >= MOST_ERRORS:
            return
        entry = {
            "error": type(error).__name__,
            "group": error.group if isinstance(error, SyncError) else "fix the code",
            "detail": message(str(error)),
        }
        self.run.errors.append(entry | (_about(due) if due is not None else {}))

    def note(self, due: Due, notes: Sequence[str]) -> None:
        """What was odd in a reading that was stored all the same."""
        left = MOST_ERRORS - len(self.run.notes)
        self.run.notes += [{"note": text} | _about(due) for text in notes[:left]]

    def needs_attention(self, error: AskPerson) -> None:
        self.attention = str(error)
        self.error(None, error)

    def leave(self) -> None:
        """This process was asked to stop."""
        self.is_leaving = True

    def is_cancelled(self) -> bool:
        self.save_sometimes()
        return self.cancelled or self.is_leaving

    def end(self, state: str | None = None) -> None:
        """Settles the run's state, then calls `on_end`."""
        if state is None:
            if not self.run.errors:
                state = SyncRun.State.SUCCEEDED
            else:
                state = SyncRun.State.PARTIAL if self.readings_stored else SyncRun.State.FAILED
        self.run.state, self.run.finished_at, self.run.waiting = state, timezone.now(), ""
        self.run.requests_total = self.run.requests_done
        self.save()
        self.on_end(self.run, self.readings_stored, self.attention)

    def save_sometimes(self) -> None:
        if time.monotonic() - self.saved_at >= EVERY_SECONDS:
            self.save()

    def save(self) -> None:
        fields = [
            "state",
            "started_at",
            "finished_at",
            "requests_done",
            "requests_total",
            "facts_written",
            "waiting",
            "errors",
            "notes",
        ]
        with tenant_scope(self.run.tenant_id):
            self.run.save(update_fields=fields)
            self.cancelled = SyncRun.objects.values_list("cancel_requested", flat=True).get(pk=self.run.pk)
        self.saved_at = time.monotonic()
        self.on_progress(self.run)


def _about(due: Due) -> dict[str, str]:
    """Feed, days and asset of a reading."""
    about = {"feed": due.feed.name, "from": str(due.window.start), "to": str(due.window.end)}
    return about if due.asset is None else about | {"asset": due.asset.external_id}
