"""The console's page on which a person chooses the applications of a connection from the vendor's own list; names that the list
lacks, or all where it can't be read, are typed."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from providers import registry
from providers.connections import applications
from providers.connections.forms import WordsField
from providers.pipeline import chosen_progress
from providers.toolkit.errors import SyncError
from reporting.models import Connection
from reporting.tenancy.scoping import all_tenants


def choose(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """`admin` is the ModelAdmin of connections. Waits for the provider, outside of any transaction."""
    with all_tenants():
        connection = (
            Connection.objects.select_related("tenant").filter(pk=object_id).first() if object_id.isdecimal() else None
        )
        if connection is None or not admin.has_view_permission(request, connection):
            raise Http404("no such connection")
        if not admin.has_change_permission(request, connection):
            raise PermissionDenied
    provider = registry.all_providers().get(connection.provider)
    if provider is None or not provider.applications_questions:
        raise Http404("its provider has no applications")
    chosen = list(connection.options.get(provider.applications_option) or [])
    problem = ""
    if request.method == "POST":
        chosen = list(
            dict.fromkeys([*request.POST.getlist("app"), *WordsField(required=False).clean(request.POST.get("more"))])
        )
        if chosen:
            return _saved(admin, request, connection, provider.applications_option, chosen)
        problem = "Choose at least one: without an application there is nothing to fetch."
    names, refusal = _listed(connection)
    context = {
        **admin.admin_site.each_context(request),
        "title": f"Applications of {connection}",
        "opts": admin.opts,
        "connection": connection,
        "names": names,
        "chosen": chosen,
        "more": ", ".join(name for name in chosen if name not in names),
        "refusal": refusal,
        "problem": problem,
    }
    return TemplateResponse(request, "admin/providers/applications.html", context)


def _listed(connection: Connection) -> tuple[list[str], str]:
    """The vendor's list, or why there is none."""
    try:
        return applications.listed(connection), ""
    except SyncError as error:
        return [], str(error)


def _saved(admin: Any, request: HttpRequest, connection: Connection, option: str, chosen: list[str]) -> HttpResponse:
    with all_tenants():
        row = Connection.objects.select_for_update(of=("self",)).get(pk=connection.pk)
        row.options = {**row.options, option: chosen}
        row.save(update_fields=["options"])
        chosen_progress.settle(row, registry.get(row.provider))
        admin.log_change(request, row, f"Applications: {', '.join(chosen)}")
    messages.success(request, f"{connection} fetches {', '.join(chosen)} from its next sync on.")
    return redirect(reverse("admin:reporting_connection_change", args=[connection.pk]))
