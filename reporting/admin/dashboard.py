"""The console's first page: what needs attention, and what ran last."""

from typing import Any

from django.http import HttpRequest

from reporting.models import Connection, SyncRun

SHOWN = 10


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds to the context of `templates/admin/index.html`; called by unfold."""
    may_see = ("reporting.view_connection", "reporting.view_syncrun")
    if not request.user.has_perms(may_see):
        return context
    waiting = Connection.objects.filter(state=Connection.State.NEEDS_ATTENTION).select_related("tenant")
    bad = [SyncRun.State.FAILED, SyncRun.State.PARTIAL]
    runs = SyncRun.objects.select_related("connection__tenant").order_by("-id")
    return context | {
        "needing_attention": list(waiting[:SHOWN]),
        "running": list(runs.filter(state__in=[SyncRun.State.RUNNING, SyncRun.State.QUEUED])[:SHOWN]),
        "failed_runs": list(runs.filter(state__in=bad)[:SHOWN]),
        "has_dashboard": True,
    }
