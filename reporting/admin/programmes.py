"""Programmes: the works that assets are copies of, the rules that put assets into them, and the two pages that do it by hand:
of assets that were selected in their list, and of what is proposed for equal titles."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from reporting.admin.base import BY_TENANT, TenantAdmin, TenantForm, each
from reporting.ledger import programme_suggestions
from reporting.ledger.programmes import apply_rule, check_copies, put
from reporting.models import Asset, DismissedSuggestion, Programme, ProgrammeRule, Tenant
from reporting.tenancy.scoping import tenant_scope

MOST_SHOWN = 50  # suggestions on a page; the next ones come up as these are decided
TO_PUT = ("reporting.change_asset", "reporting.add_programme")


class CopyInline(TabularInline):
    """The assets that are copies of it: to read; the asset's own form puts it elsewhere."""

    model = Asset
    fields = ["external_id", "title", "kind", "connection", "parent", "is_placed_by_hand"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = "Its copies"
    per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("connection", "parent")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Programme)
class ProgrammeAdmin(TenantAdmin):
    inlines = [CopyInline]
    list_display = ["name", "slug", "tag_words", "copies", "tenant", "created_at"]
    list_filter = [BY_TENANT]
    search_fields = ["name", "slug", "tags", "tenant__name"]
    fields = ["tenant", "name", "slug", "tags"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(number=Count("assets"))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name"]}

    @display(description="Tags")
    def tag_words(self, programme: Programme) -> str:
        return ", ".join(f"{name}: {word}" for name, word in programme.tags.items()) or "—"

    @display(description="Copies", ordering="number")
    def copies(self, programme: Any) -> int:
        return int(programme.number)


class ProgrammeRuleForm(TenantForm):
    apply_now = forms.BooleanField(
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        label="Look at the assets that are there, too",
        help_text="Else it catches assets that are seen from now on. What a person chose always stays.",
    )


@admin.register(ProgrammeRule)
class ProgrammeRuleAdmin(TenantAdmin):
    form = ProgrammeRuleForm
    list_display = ["pattern", "parent", "programme", "connection", "priority", "tenant", "created_at"]
    list_filter = [BY_TENANT, ("programme", RelatedDropdownFilter), ("connection", RelatedDropdownFilter)]
    list_select_related = ["tenant", "programme", "connection"]
    search_fields = ["pattern", "programme__name", "tenant__name"]
    fields = ["tenant", "programme", "connection", "parent", "pattern", "priority", "apply_now"]
    actions = ["apply"]

    def save_model(self, request: HttpRequest, obj: ProgrammeRule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data["apply_now"]:
            messages.info(request, f"{len(apply_rule(obj))} assets are in another programme now.")

    @admin.action(description="Apply to the assets that are there", permissions=["change"])
    def apply(self, request: HttpRequest, queryset: QuerySet) -> None:
        changed: set[int] = set()
        each(queryset, lambda rule: changed.update(asset.pk for asset in apply_rule(rule)))
        messages.info(request, f"{len(changed)} assets are in another programme now.")


# --- Assets that were selected in their list --------------------------------------------------------------------------


class PutForm(forms.Form):
    """One that is there, a new one by its name, or none."""

    NONE = "none"
    programme = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget)
    name = forms.CharField(
        required=False, max_length=200, label="Or a new one, by its name", widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, data: Any, assets: Sequence[Asset]) -> None:
        super().__init__(data)
        self.assets, self.tenant_id = assets, assets[0].tenant_id
        self.there = Programme.objects.filter(tenant_id=self.tenant_id)
        choices = [(str(programme.pk), f"{programme.name} ({programme.slug})") for programme in self.there]
        self.fields["programme"].choices = [("", "choose"), (self.NONE, "none"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen, name = cleaned.get("programme"), (cleaned.get("name") or "").strip()
        if bool(chosen) == bool(name):
            raise ValidationError("Choose a programme, or write the name of a new one.")
        programme = self.there.get(pk=chosen) if chosen and chosen != self.NONE else None
        if programme or name:
            check_copies(self.assets, programme or Programme(tenant_id=self.tenant_id, name=name))
        return cleaned | {"chosen": programme, "name": name}

    def save(self) -> tuple[Programme | None, list[Asset]]:
        programme, name = self.cleaned_data["chosen"], self.cleaned_data["name"]
        with tenant_scope(self.tenant_id):
            if name:
                slug = programme_suggestions.free_slug(name)
                programme = Programme.objects.create(tenant_id=self.tenant_id, slug=slug, name=name)
            return programme, put(self.assets, programme)


def put_selected(model_admin: Any, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """The list's action: asks which programme, then puts them there."""
    if not request.user.has_perms(TO_PUT):
        raise PermissionDenied
    assets = list(queryset.select_related("tenant", "connection", "parent"))
    if len({asset.tenant_id for asset in assets}) != 1:
        messages.error(request, "These assets are of several tenants: choose those of one, for instance by the filter.")
        return None
    form = PutForm(request.POST if "put" in request.POST else None, assets)
    if form.is_valid():
        programme, changed = form.save()
        for asset in changed:
            model_admin.log_change(request, asset, f"Programme: {programme or 'none'}")
        messages.success(
            request, f"{len(changed)} assets are in {f'“{programme}”' if programme else 'no programme'} now."
        )
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Put into a programme",
        "opts": model_admin.opts,
        "form": form,
        "assets": assets[:MOST_SHOWN],
        "more": len(assets) - MOST_SHOWN,
        "sent": [(name, value) for name in SENT_AGAIN for value in request.POST.getlist(name)],
    }
    return TemplateResponse(request, "admin/reporting/put_into_programme.html", context)


SENT_AGAIN = (ACTION_CHECKBOX_NAME, "select_across", "index", "action")


# --- What is proposed -------------------------------------------------------------------------------------------------


def suggestions(request: HttpRequest) -> HttpResponse:
    """GET lists what is proposed in a tenant; POST accepts or dismisses a title, or lets a dismissed one be proposed again."""
    if not request.user.has_perms(("reporting.view_programme", "reporting.view_asset")):
        raise PermissionDenied
    may_put = request.user.has_perms(TO_PUT)
    tenants = list(Tenant.objects.all())
    asked = request.POST.get("tenant") or request.GET.get("tenant") or ""
    tenant = next((one for one in tenants if str(one.pk) == asked), tenants[0] if tenants and not asked else None)
    if request.method == "POST":
        if not may_put:
            raise PermissionDenied
        if tenant:
            _decide(request, tenant)
        return redirect(f"{reverse('admin:programme_suggestions')}?tenant={tenant.pk if tenant else ''}")
    found = programme_suggestions.suggestions(tenant.pk) if tenant else []
    context = {
        **admin.site.each_context(request),
        "title": "Suggested programmes",
        "tenants": tenants,
        "tenant": tenant,
        "may_put": may_put,
        "suggestions": found[:MOST_SHOWN],
        "more": len(found) - MOST_SHOWN,
        "dismissed": DismissedSuggestion.objects.filter(tenant=tenant) if tenant else [],
    }
    return TemplateResponse(request, "admin/reporting/programme_suggestions.html", context)


def _decide(request: HttpRequest, tenant: Tenant) -> None:
    title = request.POST.get("title", "")
    if "dismiss" in request.POST:
        programme_suggestions.dismiss(tenant.pk, title)
        messages.info(request, "It is not proposed any more.")
    elif "again" in request.POST:
        DismissedSuggestion.objects.filter(tenant=tenant, title=title).delete()
    elif "accept" in request.POST:
        seen = {int(word) for word in request.POST.getlist("asset") if word.isdecimal()}
        try:
            programme, assets = programme_suggestions.accept(tenant.pk, title, seen)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, f"{len(assets)} assets are in “{programme}” now.")
