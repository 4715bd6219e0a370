"""What is counted for whom: assets and their customers, rules, pay-per-view accesses."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldBooleanSwitchWidget,
)

from reporting.admin.base import BY_TENANT, TenantAdmin, TenantForm, fix, sees_personal_data
from reporting.admin.programmes import put_selected
from reporting.ledger import assignments, programmes
from reporting.ledger.new_assets import catch_new
from reporting.models import GONE, NO_COPIES, Asset, Assignment, AssignmentRule, Customer, PpvAccess
from reporting.tenancy.scoping import tenant_scope

BY_CONNECTION = ("connection", RelatedDropdownFilter)


class AssignmentInline(TabularInline):
    """The days each customer has had it: to read; the form above gives days to somebody else."""

    model = Assignment
    fields = ["customer", "from_day", "to_day", "rule"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    verbose_name_plural = "Customers, by days"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AssetForm(TenantForm):
    """`give_to` is written by `ledger/assignments.py`, so that days are cut out of older assignments and totals follow."""

    NOBODY = "nobody"
    give_to = forms.ChoiceField(
        required=False, widget=UnfoldAdminSelectWidget, help_text="By hand: no rule changes it any more."
    )
    first_day = forms.DateField(
        required=False, widget=UnfoldAdminSingleDateWidget, help_text="From the beginning where empty."
    )
    last_day = forms.DateField(
        required=False, widget=UnfoldAdminSingleDateWidget, help_text="Without an end where empty."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customers = Customer.objects.filter(tenant_id=self.instance.tenant_id) if self.instance.pk else []
        choices = [(str(customer.pk), customer.name) for customer in customers]
        self.fields["give_to"].choices = [("", "leave as it is"), (self.NOBODY, "nobody"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        parent, connection = cleaned.get("parent"), cleaned.get("connection")
        if parent and connection and parent.connection_id != connection.pk:
            raise ValidationError({"parent": f"“{parent}” is of another connection, {parent.connection}."})
        if (programme := cleaned.get("programme")) and (cleaned.get("kind") or self.instance.kind) in NO_COPIES:
            raise ValidationError({"programme": f"An account or an application is no copy of “{programme}”."})
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if (first or last) and not cleaned.get("give_to"):
            raise ValidationError({"give_to": "Choose the customer for these days."})
        if first and last and first > last:
            raise ValidationError({"last_day": f"The last day, {last}, is before the first, {first}."})
        return cleaned

    def give(self) -> list[Asset]:
        chosen = self.cleaned_data.get("give_to")
        if not chosen:
            return []
        customer = None if chosen == self.NOBODY else Customer.objects.get(pk=chosen)
        return assignments.assign(
            self.instance, customer, self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        )


class ParentFilter(admin.SimpleListFilter):
    title, parameter_name = "application", "parent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        holders = Asset.objects.filter(kind=Asset.Kind.APPLICATION).select_related("connection")
        return [(str(holder.pk), f"{holder.external_id} ({holder.connection})") for holder in holders]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(parent=self.value()) if (self.value() or "").isdecimal() else queryset


class GoneFilter(admin.SimpleListFilter):
    title, parameter_name = "gone", "gone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "No longer at the provider"), ("no", "Still there")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(GONE if self.value() == "yes" else ~GONE) if self.value() else queryset


@admin.register(Asset)
class AssetAdmin(TenantAdmin):
    form = AssetForm
    inlines = [AssignmentInline]
    list_display = [
        "name",
        "external_id",
        "parent",
        "kind",
        "programme",
        "connection",
        "tenant",
        "customers",
        "status",
        "gone",
    ]
    list_filter = [
        BY_TENANT,
        BY_CONNECTION,
        ParentFilter,
        "kind",
        GoneFilter,
        ("programme", RelatedDropdownFilter),
        ("assignments__customer", RelatedDropdownFilter),
    ]
    list_select_related = ["tenant", "connection", "parent", "programme"]
    search_fields = ["external_id", "title", "parent__external_id", "connection__name", "tenant__name"]
    autocomplete_fields = ["parent", "programme"]
    actions = ["put_into_programme"]
    readonly_fields = ["status", "modified_at", "settled_at", "unlisted_since", "not_found_since"]
    show_full_result_count = False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        what = (None, {"fields": ["tenant", "connection", "parent", "external_id", "kind", "title", "programme"]})
        if obj is None:
            return [what]
        whose = ("Give its figures to a customer", {"fields": ["give_to", ("first_day", "last_day")]})
        return [what, whose, ("From the provider", {"fields": self.readonly_fields})]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        if obj:  # its figures belong to it; the totals are by its kind
            for name in ("connection", "parent", "external_id", "kind"):
                if name in form.base_fields:
                    fix(form.base_fields[name])
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        owned = Prefetch("assignments", Assignment.objects.select_related("customer"))
        return super().get_queryset(request).prefetch_related(owned)

    def save_model(self, request: HttpRequest, obj: Asset, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        with tenant_scope(obj.tenant_id):
            if "programme" in form.changed_data:
                programmes.put([obj], obj.programme)
            if not change or "title" in form.changed_data:
                catch_new([obj], counted=change)
            form.give()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its figures would go with it, and they may come from readings of the whole connection: it stays once those are."""
        return obj is not None and not obj.connection.has_facts() and super().has_delete_permission(request, obj)

    @admin.action(description="Put into a programme…", permissions=["change"])
    def put_into_programme(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return put_selected(self, request, queryset)

    @display(description="Asset", ordering="title")
    def name(self, asset: Asset) -> str:
        return str(asset)

    @display(description="Gone since")
    def gone(self, asset: Asset) -> str:
        return f"{timezone.localtime(asset.gone_since):%Y-%m-%d}" if asset.gone_since else "—"

    @display(description="Customers")
    def customers(self, asset: Asset) -> str:
        names = dict.fromkeys(str(assignment.customer) for assignment in asset.assignments.all())
        return ", ".join(names) or "—"


class RuleForm(TenantForm):
    history = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        label="Change history too",
        help_text="Else what rules gave before today stays as it is. What was given by hand always stays.",
    )


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(TenantAdmin):
    form = RuleForm
    list_display = ["pattern", "parent", "customer", "connection", "priority", "tenant", "created_at"]
    list_filter = [BY_TENANT, ("customer", RelatedDropdownFilter), BY_CONNECTION]
    list_select_related = ["tenant", "customer", "connection"]
    search_fields = ["pattern", "customer__name", "tenant__name"]
    fields = ["tenant", "customer", "connection", "parent", "pattern", "priority", "history"]

    def save_model(self, request: HttpRequest, obj: AssignmentRule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        with tenant_scope(obj.tenant_id):
            changed = assignments.apply_rule(obj, history=form.cleaned_data["history"])
        messages.info(request, f"{len(changed)} assets have another customer now.")


class PpvAccessForm(TenantForm):
    password = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="The viewer's password (the provider's “hash”). It is stored encrypted and never shown again.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["password"].help_text = "Leave it empty to keep the stored one."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        password, asset = cleaned.get("password"), cleaned.get("asset")
        if (
            asset
            and not password
            and self.instance.pk
            and self.instance.asset.connection.asked_at != asset.connection.asked_at
        ):
            self.add_error("password", "Enter it again: it is sent to another address than before.")
        if not password and not self.instance.pk:
            self.add_error("password", "An access is a password: enter it.")
        if password and asset:
            digest = PpvAccess.digest_of(password)
            twins = PpvAccess.objects.filter(asset=asset, digest=digest).exclude(pk=self.instance.pk)
            if twins.exists():
                self.add_error("password", f"“{asset}” has an access with this password already.")
        return cleaned


@admin.register(PpvAccess)
class PpvAccessAdmin(TenantAdmin):
    form = PpvAccessForm
    list_display = ["__str__", "asset", "holder", "tenant", "created_at"]
    list_select_related = ["tenant", "asset"]
    search_fields = ["label", "holder", "asset__external_id", "asset__title"]
    autocomplete_fields = ["asset"]
    fields = ["tenant", "asset", "label", "holder", "password"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return self.without_holder(request, super().get_list_display(request))

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return self.without_holder(request, super().get_search_fields(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.without_holder(request, super().get_fields(request, obj))

    def without_holder(self, request: HttpRequest, names: Iterable[Any]) -> list[Any]:
        """Who holds an access is personal data."""
        return [name for name in names if name != "holder" or sees_personal_data(request)]

    def save_model(self, request: HttpRequest, obj: PpvAccess, form: Any, change: bool) -> None:
        if form.cleaned_data["password"]:
            obj.hash = form.cleaned_data["password"]
        super().save_model(request, obj, form, change)
