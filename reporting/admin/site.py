"""The console's frame: it has no log-in form of its own, and it lists facts beside the models."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from reporting.admin.base import ReadOnly
from reporting.admin.facts import facts
from reporting.admin.programmes import suggestions

# Django's own form would let a password pass without the second factor, and try passwords without a limit.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def extra_urls() -> list[URLPattern]:
    """Asked by unfold's site."""
    return [
        path("facts/", admin.site.admin_view(facts), name="facts"),
        path("programme-suggestions/", admin.site.admin_view(suggestions), name="programme_suggestions"),
    ]


admin.site.extra_urls = extra_urls  # type: ignore[attr-defined]

# A person's address is `User.email`; allauth's copies of it would be a second truth.
for model in (EmailAddress, Group, Authenticator):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    """Permissions of staff who are not superusers."""

    search_fields = ["name"]
    filter_horizontal = ["permissions"]


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly):
    """Second factors. Deleting one lets in a person who lost the phone; its secret is not shown."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser
