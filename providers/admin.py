"""Connections in the console: the form of the provider, its state, and what a person may ask of it.

Every change is a POST: pausing, resuming and syncing are buttons of the form and actions of the list, never links.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from providers import registry
from providers.applications_page import choose
from providers.connections.account import passwords_closed, same_account
from providers.connections.forms import CREDENTIAL, OPTION, form_of
from providers.pipeline import chosen_progress, request_costs
from providers.pipeline.shown_costs import shown_costs
from providers.scheduling import queue
from reporting.admin.base import BY_TENANT, STATE_COLOURS, TenantAdmin, each, fix
from reporting.models import Connection, SyncRun

State = Connection.State


@admin.register(Connection)
class ConnectionAdmin(TenantAdmin):
    list_display = ["name", "tenant", "provider_name", "badge", "message", "last_success", "latest_run"]
    list_filter = ["state", BY_TENANT, "provider"]
    list_select_related = ["tenant"]
    search_fields = ["name", "slug", "provider", "tenant__name"]
    actions = ["sync_now", "pause", "resume", "delete_keeping_figures"]
    actions_submit_line = ["save_and_sync", "save_and_pause", "save_and_resume"]
    actions_detail = ["choose_applications"]
    readonly_fields = ["provider_name", "state", "message", "last_success", "failing", "latest_run"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        newest = SyncRun.objects.filter(tenant_id=OuterRef("tenant_id"), connection=OuterRef("pk")).order_by("-id")
        columns = ("pk", "state", "requests_done", "requests_total")
        found = {f"run_{name}": Subquery(newest.values(name)[:1]) for name in columns}
        return super().get_queryset(request).annotate(**found)

    # --- The form -----------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First the provider, then the form that it declares."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.GET.get("provider") in registry.all_providers():
            return super().add_view(request, form_url, extra_context)
        context = {
            **self.admin_site.each_context(request),
            "title": "Which provider?",
            "opts": self.opts,
            "providers": registry.all_providers().values(),
        }
        return TemplateResponse(request, "admin/providers/choose.html", context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = form_of(_slug(request, obj))
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.costs_of = staticmethod(shown_costs)
        if obj is not None and obj.has_facts():
            for name in ("time_zone", "currency"):
                if name in form.base_fields:
                    fix(form.base_fields[name])
                    form.base_fields[name].help_text = "Fixed: figures were stored with it."
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        provider = registry.get(_slug(request, obj))
        credentials = [CREDENTIAL + credential.name for credential in provider.credentials]
        state = ("State", {"fields": [("state", "last_success"), ("message", "failing"), "latest_run"]})
        groups = [
            (None, {"fields": ["tenant", "provider_name", ("name", "slug"), "history_from"]}),
            ("Credentials", {"fields": [*credentials, *(["forget"] if obj else [])]}),
            ("Feeds", {"fields": ["feeds"]}),
            ("How it counts", {"fields": [("time_zone", "currency"), ("lookback_days", "sync_every"), "reread_every"]}),
            ("Address", {"fields": ["base_url"], "classes": ["collapse"]}),
        ]
        if provider.options:
            groups.insert(2, ("Options", {"fields": [OPTION + option.name for option in provider.options]}))
        return [state, *groups] if obj else groups

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name"]}

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        """Only what the form says: a run may be writing what it found out at the same time."""
        obj.save(update_fields=form.columns() if change else None)
        if "base_url" in form.changed_data and (closed := passwords_closed(obj)):
            messages.warning(
                request,
                f"The address is another now: {closed} passwords of viewers (PPV accesses) are not sent there until they are "
                "entered again.",
            )
        if form.changes_choice:
            chosen_progress.settle(obj, registry.get(obj.provider))
        others = Connection.objects.filter(tenant_id=obj.tenant_id, provider=obj.provider)
        for twin in same_account(obj, others.exclude(state=State.DELETED)):
            messages.warning(
                request, f"“{twin}” leads to the same account. Reports of {obj.tenant} would count its figures twice."
            )
        if text := request_costs.warning(obj, timezone.now()):
            messages.warning(request, text)

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what changes its state; “needs attention” is answered by saving."""
        states = dict(Connection.objects.filter(pk=object_id).values_list("pk", "state"))
        useless = "save_and_pause" if State.PAUSED in states.values() else "save_and_resume"
        return [one for one in super().get_actions_submit_line(request, object_id) if useless not in one.action_name]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Figures stay: there is an action for that."""
        return False

    @action(description="Choose applications", url_path="applications", permissions=["change"])
    def choose_applications(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return choose(self, request, object_id)

    choose_applications.opens_own_scope = True  # type: ignore[attr-defined]  # it waits for the provider

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only of providers that have applications."""
        slug = Connection.objects.filter(pk=object_id).values_list("provider", flat=True).first()
        known = registry.all_providers().get(slug or "")
        has_any = known is not None and bool(known.applications_questions)
        return super().get_actions_detail(request, object_id) if has_any else []

    # --- What is shown ------------------------------------------------------------------------------------------------

    @display(description="Provider", ordering="provider")
    def provider_name(self, connection: Connection) -> str:
        known = registry.all_providers().get(connection.provider)
        return known.name if known else f"{connection.provider} (no such provider)"

    @display(description="State", ordering="state", label=STATE_COLOURS)
    def badge(self, connection: Connection) -> tuple[str, str]:
        return connection.state, connection.get_state_display()

    @display(description="What it says")
    def message(self, connection: Connection) -> str:
        return connection.state_message or "—"

    @display(description="Failing")
    def failing(self, connection: Connection) -> str:
        if not connection.failures:
            return "no"
        return (
            f"{connection.failures} runs in a row, since {timezone.localtime(connection.failing_since):%Y-%m-%d %H:%M}"
        )

    @display(description="Latest run")
    def latest_run(self, connection: Any) -> SafeString | str:
        if not getattr(connection, "run_pk", None):
            return "none yet"
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}, {} of {} requests</a>',
            reverse("admin:reporting_syncrun_change", args=[connection.run_pk]),
            connection.run_state,
            connection.run_requests_done,
            connection.run_requests_total,
        )

    # --- What a person may ask of it ----------------------------------------------------------------------------------

    @admin.action(description="Sync now", permissions=["change"])
    def sync_now(self, request: HttpRequest, queryset: QuerySet) -> None:
        queued = each(queryset.exclude(state=State.DELETED), lambda connection: _sync(request, connection))
        messages.info(request, f"{queued} runs asked for; their progress is under Runs.")

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet) -> None:
        paused = each(queryset.exclude(state=State.DELETED), lambda connection: _move(connection, State.PAUSED))
        messages.info(request, f"{paused} connections rest until they are resumed.")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet) -> None:
        resumed = each(queryset.exclude(state=State.DELETED), lambda connection: _move(connection, State.ACTIVE))
        messages.info(request, f"{resumed} connections are active; what is due is fetched within a minute.")

    @admin.action(description="Delete, keep the figures", permissions=["change"])
    def delete_keeping_figures(self, request: HttpRequest, queryset: QuerySet) -> None:
        deleted = each(queryset, _forget)
        messages.info(request, f"{deleted} connections are deleted, with their credentials. Their figures stay.")

    @action(description="Save and sync now")
    def save_and_sync(self, request: HttpRequest, obj: Connection) -> None:
        _sync(request, obj)
        messages.info(request, "A run was asked for; its progress is under Runs.")

    @action(description="Pause")
    def save_and_pause(self, request: HttpRequest, obj: Connection) -> None:
        _move(obj, State.PAUSED)

    @action(description="Resume")
    def save_and_resume(self, request: HttpRequest, obj: Connection) -> None:
        _move(obj, State.ACTIVE)


def _slug(request: HttpRequest, connection: Connection | None) -> str:
    return connection.provider if connection else request.GET.get("provider", "")


def _move(connection: Connection, state: str) -> None:
    connection.state, connection.state_message = state, ""
    connection.save(update_fields=["state", "state_message"])


def _forget(connection: Connection) -> None:
    connection.sealed_credentials = connection.sealed_session = ""
    connection.save(update_fields=["sealed_credentials", "sealed_session"])
    _move(connection, State.DELETED)


def _sync(request: HttpRequest, connection: Connection) -> None:
    """Asking for a sync also wakes a connection that waits for a person; a paused one stays paused after the run."""
    if connection.state == State.NEEDS_ATTENTION:
        _move(connection, State.ACTIVE)
    queue.queue(connection)
