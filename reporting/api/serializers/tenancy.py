"""Customers, connections, programmes and assets. Only named fields: secrets have none here."""

from typing import TypeVar

from django.db.models import Model
from rest_framework import serializers

from reporting.api.serializers.fields import ParentField, Related
from reporting.models import ApiToken, Asset, Connection, Customer, Programme

Shown = TypeVar("Shown", bound=Model)


class FewerForCustomers(serializers.ModelSerializer[Shown]):
    """A customer's token gets the fields of FOR_CUSTOMERS only."""

    FOR_CUSTOMERS: tuple[str, ...] = ()

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        token = getattr(self.context.get("request"), "auth", None)
        if isinstance(token, ApiToken) and token.customer_id is not None:
            return {name: field for name, field in fields.items() if name in self.FOR_CUSTOMERS}
        return fields


class CustomerSerializer(FewerForCustomers[Customer]):
    """A customer's token does not learn how its costs are made, nor what else the tenant chose for it."""

    FOR_CUSTOMERS = ("id", "slug", "name", "created_at")
    cost_markup = serializers.DecimalField(
        max_digits=9,
        decimal_places=4,
        normalize_output=True,
        read_only=True,
        allow_null=True,
        help_text="Per cent on top of what the vendor charges, where `cost_view` is `markup`.",
    )

    class Meta:
        model = Customer
        fields = ["id", "slug", "name", "cost_view", "cost_markup", "sees_personal_data", "created_at"]


class ConnectionSerializer(FewerForCustomers[Connection]):
    """A customer's token sees what belongs to reading a report, and nothing of how it is fetched."""

    FOR_CUSTOMERS = ("id", "slug", "name", "provider", "time_zone", "currency", "last_success")

    class Meta:
        model = Connection
        fields = [
            "id",
            "slug",
            "name",
            "provider",
            "base_url",
            "time_zone",
            "currency",
            "history_from",
            "lookback_days",
            "sync_every",
            "reread_every",
            "options",
            "feeds",
            "state",
            "state_message",
            "last_success",
            "failures",
            "failing_since",
            "created_at",
        ]


class ProgrammeSerializer(FewerForCustomers[Programme]):
    """Tags, such as the licensor, are the tenant's own words: no customer's token sees them."""

    FOR_CUSTOMERS = ("id", "slug", "name")

    class Meta:
        model = Programme
        fields = ["id", "slug", "name", "tags", "created_at"]


class AssetSerializer(serializers.ModelSerializer[Asset]):
    connection: Related = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    vars()["parent"] = ParentField("parent")  # fields have a `parent` of their own
    customer = serializers.CharField(
        source="customer_slug", read_only=True, allow_null=True, help_text="Whose it is today."
    )
    programme = serializers.CharField(
        source="programme.slug",
        read_only=True,
        default=None,
        allow_null=True,
        help_text="The slug of the programme that it is a copy of.",
    )
    gone_since = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the provider began not to know it any more."
    )

    class Meta:
        model = Asset
        fields = [
            "id",
            "connection",
            "parent",
            "external_id",
            "kind",
            "title",
            "programme",
            "status",
            "customer",
            "gone_since",
            "modified_at",
            "created_at",
        ]
