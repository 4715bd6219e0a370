"""What the console's pages share: rows of a tenant, rows that nobody edits, and badges."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter

from reporting.models import TenantModel, User
from reporting.tenancy.access import PERMISSIONS_OF_RIGHTS, Right

BY_TENANT = ("tenant", RelatedDropdownFilter)

STATE_COLOURS = {
    "active": "success",
    "succeeded": "success",
    "read": "success",
    "running": "info",
    "queued": "info",
    "paused": "warning",
    "partial": "warning",
    "held": "warning",
    "needs_attention": "danger",
    "failed": "danger",
    "unreadable": "danger",
}


class TenantChoiceField(forms.ModelChoiceField):
    """Names the tenant beside each choice: two tenants may each have a customer “FC Norte”."""

    def label_from_instance(self, obj: Model) -> str:
        return f"{obj.tenant} · {obj}" if isinstance(obj, TenantModel) else str(obj)


class TenantForm(forms.ModelForm):
    """Refuses what belongs to another tenant than the row itself."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        tenant = cleaned.get("tenant") or (self.instance.tenant if self.instance.tenant_id else None)
        for name, value in list(cleaned.items()):
            if tenant and isinstance(value, TenantModel) and value.tenant_id != tenant.pk:
                self.add_error(name, f"“{value}” belongs to {value.tenant}. Choose one of {tenant}.")
        return cleaned


class TenantAdmin(ModelAdmin):
    """A model whose rows belong to a tenant; the tenant is chosen once, and choices then stay within it."""

    form = TenantForm
    list_filter: Any = [BY_TENANT]
    list_filter_submit = True
    list_select_related: Any = ["tenant"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if issubclass(db_field.related_model, TenantModel) and db_field.name not in self.get_autocomplete_fields(
            request
        ):
            kwargs["form_class"] = TenantChoiceField
            kwargs["queryset"] = db_field.related_model.objects.select_related("tenant").order_by("tenant__name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            return form
        for name, field in form.base_fields.items():
            if name == "tenant":
                fix(field)
                continue
            choices = getattr(field, "queryset", None)
            if choices is not None and issubclass(choices.model, TenantModel):
                field.queryset = choices.filter(tenant_id=obj.tenant_id)  # type: ignore[attr-defined]
        return form


class ReadOnly(ModelAdmin):
    """Rows that a sync writes: to look at, not to edit."""

    list_filter_submit = True
    show_full_result_count = False  # counting millions of rows costs more than showing a page of them

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def sees_personal_data(request: HttpRequest) -> bool:
    """Whether somebody of the platform may see viewers' addresses, and who holds an access."""
    permissions = PERMISSIONS_OF_RIGHTS[Right.PERSONAL_DATA]
    return isinstance(request.user, User) and request.user.has_perms(permissions)


def fix(field: forms.Field) -> None:
    """The field shows its value and takes no other."""
    field.disabled = True
    for power in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
        if hasattr(field.widget, power):
            setattr(field.widget, power, False)


def each(queryset: QuerySet, do: Callable[[Any], Any]) -> int:
    """Does it for each row, so that the model's own methods run; returns how many."""
    rows = list(queryset)
    for row in rows:
        do(row)
    return len(rows)


def table(headers: list[str], rows: list[tuple[Any, ...]]) -> SafeString:
    """A plain table inside a read-only field."""
    if not rows:
        return format_html("<span>{}</span>", "none")
    head = format_html_join("", '<th class="pr-4 py-1 text-left font-semibold">{}</th>', ((h,) for h in headers))
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        ((format_html_join("", '<td class="pr-4 py-1 align-top">{}</td>', ((c,) for c in row)),) for row in rows),
    )
    return format_html('<div class="overflow-x-auto"><table class="text-sm"><tr>{}</tr>{}</table></div>', head, body)
