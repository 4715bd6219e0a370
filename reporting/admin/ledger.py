"""What the ledger records beside facts: restatements, counter resets, pay-per-view sessions. Facts are in `facts.py`."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter
from unfold.decorators import display

from reporting.admin.base import BY_TENANT, ReadOnly
from reporting.models import CounterReset, PpvSession, Restatement
from reporting.vendor_text import address

BY_CONNECTION = ("connection", RelatedDropdownFilter)
BY_DAY = ("day", RangeDateFilter)


@admin.register(Restatement)
class RestatementAdmin(ReadOnly):
    list_display = ["metric", "day", "asset", "connection", "tenant", "split", "old", "new", "cause", "noticed_at"]
    list_filter = ["cause", BY_TENANT, BY_CONNECTION, BY_DAY]
    list_select_related = ["tenant", "connection", "asset"]
    search_fields = ["metric", "asset__external_id", "asset__title"]

    @display(description="Split")
    def split(self, restatement: Restatement) -> str:
        return f"{restatement.dimension} {restatement.key}" if restatement.dimension else "—"


@admin.register(CounterReset)
class CounterResetAdmin(ReadOnly):
    """Lifetime counters that went backwards."""

    list_display = ["metric", "day", "asset", "connection", "tenant", "day_before", "old", "new", "noticed_at"]
    list_filter = [BY_TENANT, BY_CONNECTION, BY_DAY]
    list_select_related = ["tenant", "connection", "asset"]
    search_fields = ["metric", "asset__external_id", "asset__title"]


@admin.register(PpvSession)
class PpvSessionAdmin(ReadOnly):
    list_display = ["access", "clock", "future", "ip", "country", "asset", "tenant", "left_activations"]
    list_filter = ["is_future", BY_TENANT, BY_CONNECTION, BY_DAY]
    list_select_related = ["tenant", "access__asset"]
    search_fields = ["ip", "access__label", "access__holder"]
    fields = [
        "tenant",
        "connection",
        "access",
        "clock",
        "started_at",
        "is_future",
        "number",
        "ip",
        "country",
        "country_name",
        "place",
        "user_agent",
        "left_activations",
        "snapshot",
    ]
    readonly_fields = ["clock"]

    @display(description="Start, provider's clock", ordering="-started_at")
    def clock(self, session: PpvSession) -> str:
        return session.started_text

    @display(description="In the future", boolean=True)
    def future(self, session: PpvSession) -> bool | None:
        """When the provider was asked. A sign where it is so, nothing where it is not."""
        return session.is_future or None

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """An address is found in any spelling."""
        words = " ".join(address(word) for word in search_term.split(" "))
        return super().get_search_results(request, queryset, words)

    @display(description="Media")
    def asset(self, session: PpvSession) -> str:
        return str(session.access.asset)
