"""What was fetched: runs, the answers they stored, and how far each feed is complete. Only a sync writes here."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from reporting.admin.base import BY_TENANT, STATE_COLOURS, ReadOnly, table
from reporting.models import FeedProgress, Snapshot, SnapshotPart, SyncRun

BY_CONNECTION = ("connection", RelatedDropdownFilter)


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnly):
    list_display = ["__str__", "tenant", "badge", "what", "progress", "facts_written", "problems", "queued_at", "took"]
    list_display_links = ["__str__"]
    list_filter = ["state", BY_TENANT, BY_CONNECTION]
    list_select_related = ["tenant", "connection"]
    search_fields = ["connection__name", "connection__slug", "tenant__name"]
    actions = ["cancel"]
    fieldsets = [
        (None, {"fields": ["tenant", "connection", "state", "what", "progress", "pace", "waiting", "facts_written"]}),
        ("Times", {"fields": ["queued_at", "started_at", "finished_at", "took"]}),
        ("What went wrong", {"fields": ["errors_table"]}),
        ("What was odd, and is stored all the same", {"fields": ["notes_table"]}),
    ]
    readonly_fields = ["what", "progress", "pace", "took", "errors_table", "notes_table"]

    @display(description="State", ordering="state", label=STATE_COLOURS)
    def badge(self, run: SyncRun) -> tuple[str, str]:
        return run.state, run.get_state_display()

    @display(description="What")
    def what(self, run: SyncRun) -> str:
        days = f"{run.from_day or '…'} to {run.to_day or 'today'}" if run.from_day or run.to_day else "what is due"
        return f"{run.feed}, {days}" if run.feed else days

    @display(description="Requests")
    def progress(self, run: SyncRun) -> str:
        return f"{run.requests_done} of {run.requests_total}"

    @display(description="Pace")
    def pace(self, run: SyncRun) -> str:
        if run.requests_a_minute is None:
            return "—"
        left = f", {duration(run.seconds_left)} left" if run.seconds_left else ""
        return f"{run.requests_a_minute:,.0f} requests a minute{left}"

    @display(description="Errors")
    def problems(self, run: SyncRun) -> int | str:
        return len(run.errors) or "—"

    @display(description="Took")
    def took(self, run: SyncRun) -> str:
        if not run.started_at:
            return "—"
        return duration(((run.finished_at or timezone.now()) - run.started_at).total_seconds())

    @display(description="Errors")
    def errors_table(self, run: SyncRun) -> SafeString:
        rows = [(*_about(error), error.get("error", ""), error.get("detail", "")) for error in run.errors]
        return table(["Feed", "Asset", "Days", "Kind", "What happened, and what to do"], rows)

    @display(description="Notes")
    def notes_table(self, run: SyncRun) -> SafeString:
        return table(["Feed", "Asset", "Days", "Note"], [(*_about(note), note.get("note", "")) for note in run.notes])

    @admin.action(description="Cancel", permissions=["view"])
    def cancel(self, request: HttpRequest, queryset: QuerySet) -> None:
        """A queued run ends at once; a running one after its current request."""
        if not request.user.has_perm("reporting.change_syncrun"):
            messages.error(request, "You may look at runs, but not cancel them.")
            return
        ended = {"state": SyncRun.State.CANCELLED, "finished_at": timezone.now(), "cancel_requested": True}
        queued = queryset.filter(state=SyncRun.State.QUEUED).update(**ended)
        running = queryset.filter(state=SyncRun.State.RUNNING).update(cancel_requested=True)
        messages.info(request, f"{queued} queued runs were cancelled, {running} running ones are asked to stop.")


class PartInline(TabularInline):
    model = SnapshotPart
    fields = ["number", "request_line", "status", "content_type", "size", "milliseconds", "body_link"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    ordering = ["number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("compressed")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Request")
    def request_line(self, part: SnapshotPart) -> str:
        return f"{part.request.get('method', '')} {part.request.get('url', '')}"

    @display(description="Answer")
    def body_link(self, part: SnapshotPart) -> SafeString:
        address = reverse("admin:reporting_snapshot_part", args=[part.snapshot_id, part.number])
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">as it came</a>', address)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly):
    """Readings. Bodies are shown as plain text, whatever the provider called them: they are strangers' words."""

    inlines = [PartInline]
    list_display = ["__str__", "connection", "tenant", "asset", "badge", "fetched_at", "times_seen", "reader_version"]
    list_filter = ["state", BY_TENANT, BY_CONNECTION]
    list_select_related = ["tenant", "connection", "asset"]
    search_fields = ["feed", "asset__external_id", "asset__title"]
    readonly_fields = ["options_text", "lost_days", "notes_text"]
    fieldsets = [
        (None, {"fields": ["tenant", "connection", "feed", "asset", "from_day", "to_day"]}),
        ("What became of it", {"fields": ["state", "error", "lost_days", "notes_text"]}),
        ("Times", {"fields": ["run", "fetched_at", "last_seen_at", "times_seen"]}),
        ("How it is read", {"fields": ["reader_version", "time_zone", "options_text", "content_hash"]}),
    ]

    @display(description="State", ordering="state", label=STATE_COLOURS)
    def badge(self, snapshot: Snapshot) -> tuple[str, str]:
        return snapshot.state, snapshot.get_state_display()

    @display(description="Days whose figures it would take away")
    def lost_days(self, snapshot: Snapshot) -> str:
        return _ranges(snapshot.lost)

    @display(description="Notes")
    def notes_text(self, snapshot: Snapshot) -> str:
        return " ".join(snapshot.notes) or "—"

    @display(description="Options")
    def options_text(self, snapshot: Snapshot) -> str:
        return json.dumps(snapshot.options, ensure_ascii=False)

    def get_urls(self) -> list[URLPattern]:
        body = self.admin_site.admin_view(self.body)
        own = [path("<int:snapshot>/parts/<int:number>/", body, name="reporting_snapshot_part")]
        return own + super().get_urls()

    def body(self, request: HttpRequest, snapshot: int, number: int) -> HttpResponse:
        """Answers of personal feeds are for those who may see sessions."""
        part = (
            SnapshotPart.objects.select_related("snapshot", "base").filter(snapshot_id=snapshot, number=number).first()
        )
        if part is None or not self.has_view_permission(request):
            raise Http404("no such part")
        if part.snapshot.is_personal and not request.user.has_perm("reporting.view_ppvsession"):
            raise PermissionDenied("This answer holds personal data.")
        response = HttpResponse(part.body, content_type="text/plain; charset=utf-8")
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response


@admin.register(FeedProgress)
class FeedProgressAdmin(ReadOnly):
    list_display = ["feed", "connection", "asset", "tenant", "covered_days", "final_to", "last_success", "failures"]
    list_filter = [BY_TENANT, BY_CONNECTION, "is_chosen"]
    list_select_related = ["tenant", "connection", "asset"]
    search_fields = ["feed", "asset__external_id", "asset__title", "connection__name"]
    ordering = ["connection", "feed", "id"]
    readonly_fields = ["covered_days", "final_days", "held_days"]
    fields = [
        "tenant",
        "connection",
        "feed",
        "asset",
        "is_chosen",
        "covered_days",
        "final_days",
        "held_days",
        "last_success",
        "failures",
        "last_error",
    ]

    @display(description="Covered")
    def covered_days(self, progress: FeedProgress) -> str:
        return _ranges(progress.covered)

    @display(description="Final")
    def final_days(self, progress: FeedProgress) -> str:
        return _ranges(progress.final)

    @display(description="Held, asked again")
    def held_days(self, progress: FeedProgress) -> str:
        return _ranges(progress.held)

    @display(description="Complete through")
    def final_to(self, progress: FeedProgress) -> str:
        return str(progress.final.last or "—")


def _about(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    """Feed, asset and days of an error or a note of a run."""
    days = " … ".join(str(entry[key]) for key in ("from", "to") if entry.get(key))
    return entry.get("feed", ""), entry.get("asset", ""), days


def duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _ranges(days: Any) -> str:
    return ", ".join(str(start) if start == end else f"{start} … {end}" for start, end in days.ranges) or "—"
