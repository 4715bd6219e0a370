"""Who uses the site: tenants, people and their roles, customers, tokens."""

from copy import deepcopy
from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from reporting.admin.base import (
    BY_TENANT,
    TenantAdmin,
    TenantChoiceField,
    TenantForm,
    each,
    sees_personal_data,
)
from reporting.ledger import daily_totals
from reporting.models import ApiToken, Assignment, Customer, Membership, Tenant, User
from reporting.tenancy.scoping import tenant_scope


@admin.register(Tenant)
class TenantsAdmin(ModelAdmin):
    list_display = ["name", "slug", "time_zone", "customers", "connections", "created_at"]
    search_fields = ["name", "slug"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        counts = {"n_customers": Count("customer", distinct=True), "n_connections": Count("connection", distinct=True)}
        return super().get_queryset(request).annotate(**counts)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["slug"] if obj else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name"]}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A tenant with connections has figures, maybe millions: too many to gather for a page that asks “sure?”."""
        return obj is not None and not obj.connection_set.exists() and super().has_delete_permission(request, obj)

    @display(ordering="n_customers")
    def customers(self, tenant: Any) -> int:
        return tenant.n_customers

    @display(ordering="n_connections")
    def connections(self, tenant: Any) -> int:
        return tenant.n_connections


class OneAddress(forms.ModelForm):
    """Addresses are kept in lower case, so that the unique constraint means the person."""

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class PersonChangeForm(OneAddress, UserChangeForm):
    pass


class PersonCreationForm(OneAddress, UserCreationForm):
    pass


class MembershipInline(TabularInline):
    model = Membership
    form = TenantForm
    fields = ["tenant", "role", "customer", "sees_personal_data"]
    extra = 0
    tab = False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "customer":
            kwargs["form_class"] = TenantChoiceField
            kwargs["queryset"] = Customer.objects.select_related("tenant").order_by("tenant__name", "name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):
    """People, known by e-mail. Without a membership, and not staff, a person sees nothing."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = [MembershipInline]
    ordering = ["email"]
    search_fields = ["email", "first_name", "last_name"]
    list_display = ["email", "roles", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", "memberships__role"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "password", "first_name", "last_name"]}),
        ("Platform staff", {"fields": ["is_active", "is_staff", "is_superuser", "groups"], "classes": ["collapse"]}),
        ("Dates", {"fields": ["last_login", "date_joined"], "classes": ["collapse"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Who may edit people must not make themselves superusers by it."""
        powers = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups"]
        return [*self.readonly_fields, *powers]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not is_above and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()  # the old address must not sign in any more

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("memberships__tenant", "memberships__customer")

    @display(description="Memberships")
    def roles(self, user: User) -> str:
        return ", ".join(f"{m.tenant}: {m.customer or m.role}" for m in user.memberships.all()) or "—"


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    list_display = ["user", "tenant", "role", "customer", "sees_personal_data"]
    list_filter = [BY_TENANT, "role", "sees_personal_data"]
    list_select_related = ["tenant", "user", "customer"]
    search_fields = ["user__email", "customer__name", "tenant__name"]
    autocomplete_fields = ["user"]


class CustomerForm(TenantForm):
    """The markup belongs to costs that are shown with one."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        view, markup = cleaned.get("cost_view"), cleaned.get("cost_markup")
        if view == Customer.CostView.MARKUP and markup is None and "cost_markup" not in self.errors:
            self.add_error("cost_markup", "Give the per cent that are put on top, 0 for none.")
        elif view != Customer.CostView.MARKUP and markup is not None:
            self.add_error(
                "cost_markup", "Only costs that are shown with a markup have one: choose that, or empty this."
            )
        return cleaned


@admin.register(Customer)
class CustomerAdmin(TenantAdmin):
    form = CustomerForm
    list_display = ["name", "slug", "tenant", "assets", "costs", "created_at"]
    list_filter = [BY_TENANT, "cost_view"]
    search_fields = ["name", "slug", "tenant__name"]
    prepopulated_fields = {"slug": ["name"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_assets=Count("assignments__asset", distinct=True))

    @display(ordering="n_assets")
    def assets(self, customer: Any) -> int:
        return customer.n_assets

    @display(ordering="cost_view")
    def costs(self, customer: Any) -> str:
        """`Hidden`, `With a markup of 12.5 %`."""
        percent = "" if customer.cost_markup is None else f" of {customer.cost_markup.normalize():f} %"
        return f"{customer.get_cost_view_display()}{percent}"

    def delete_model(self, request: HttpRequest, obj: Customer) -> None:
        """Its assets become nobody's, and the daily totals follow."""
        with tenant_scope(obj.tenant_id):
            assets = list(Assignment.objects.filter(customer=obj).values_list("asset_id", flat=True))
            with daily_totals.moving(assets):
                obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        each(queryset, lambda customer: self.delete_model(request, customer))


class TokenForm(TenantForm):
    scopes = forms.MultipleChoiceField(
        choices=[
            ("read", "read: reports and lists"),
            ("ppv", "ppv: session lists, which hold personal data"),
            ("sync", "sync: start and cancel runs"),
            ("manage", "manage: change customers, connections, assets"),
        ],
        initial=["read"],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


@admin.register(ApiToken)
class ApiTokenAdmin(TenantAdmin):
    """Bearer tokens of the API. The token itself is shown once, on the page after it was made. It sees no more than who makes
    it: personal data is for those to give away who see it."""

    form = TokenForm
    fields = ["tenant", "name", "customer", "scopes", "expires_at"]
    list_display = ["__str__", "tenant", "customer", "scope_words", "last_used_at", "expires_at", "created_at"]
    list_select_related = ["tenant", "customer"]
    search_fields = ["name", "tenant__name", "customer__name"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        if not sees_personal_data(request):
            scopes: Any = deepcopy(form.base_fields["scopes"])  # all token forms share it
            scopes.choices = [choice for choice in scopes.choices if choice[0] != "ppv"]
            form.base_fields["scopes"] = scopes
        return form

    @display(description="Scopes")
    def scope_words(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        fields = {name: form.cleaned_data[name] for name in self.fields}
        made, request.token_word = ApiToken.issue(**fields)  # type: ignore[attr-defined]
        obj.pk, obj.digest = made.pk, made.digest

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The answer itself shows the token: a redirect would need to keep it somewhere meanwhile."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"Token “{obj}” was made",
            "word": request.token_word,  # type: ignore[attr-defined]
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/reporting/token_made.html", context)
