"""What a provider counts (assets), and which customer each belongs to on which days."""

import fnmatch
from datetime import date, datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from reporting.models.connections import Connection
from reporting.models.tenancy import Customer, TenantModel


class Asset(TenantModel):
    """What a provider counts. External ids are unique within (connection, parent) only."""

    class Kind(models.TextChoices):
        VIDEO = "video"
        LIVE = "live"
        PLAYLIST = "playlist"
        STREAM = "stream"
        BROADCAST = "broadcast"
        APPLICATION = "application"  # what holds streams at a CDN
        ACCOUNT = "account"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="assets", db_index=False)
    external_id = models.CharField(max_length=1000, db_collation="C")
    parent = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="children",
        help_text="What holds it, in the same connection: a stream's application.",
    )
    programme = models.ForeignKey(
        "Programme",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assets",
        help_text="The work that it is a copy of.",
    )
    programme_rule = models.ForeignKey(
        "ProgrammeRule",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        help_text="The rule that put it into its programme.",
    )
    is_placed_by_hand = models.BooleanField(
        db_default=False, default=False, editable=False, help_text="A person put it into its programme, or into none."
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=40, blank=True, help_text="The provider's own word, e.g. FINISHED.")
    modified_at = models.DateTimeField(null=True, blank=True, help_text="When the provider says that it last changed.")
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it was first seen finished.")
    listed_by = models.CharField(max_length=100, blank=True, editable=False, help_text="The feed whose list named it.")
    missed_at = models.DateTimeField(
        null=True, editable=False, help_text="When a whole list lacked it; it is gone when the next one does, too."
    )
    unlisted_since = models.DateTimeField(null=True, editable=False, help_text="That list does not name it any more.")
    not_found_since = models.DateTimeField(
        null=True, editable=False, help_text="Asked for by itself, the provider does not know it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["external_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "connection", "external_id", "parent"],
                name="asset_external_id",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.external_id

    @property
    def gone_since(self) -> datetime | None:
        """When the provider began not to know it any more, in either way."""
        return min((at for at in (self.unlisted_since, self.not_found_since) if at is not None), default=None)


NEVER_CAUGHT = (Asset.Kind.ACCOUNT, Asset.Kind.APPLICATION)  # by rules: neither has what a customer holds
GONE = Q(unlisted_since__isnull=False) | Q(not_found_since__isnull=False)  # assets with a `gone_since`


class AssetRule(TenantModel):
    """Catches assets by a glob on external id or title. The highest priority wins, then the oldest rule."""

    never_caught: ClassVar[tuple[str, ...]] = NEVER_CAUGHT

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, blank=True)
    parent = models.CharField(
        max_length=500,
        blank=True,
        help_text="Only assets held by one whose external id matches this, as in the pattern; any where it is empty.",
    )
    pattern = models.CharField(max_length=500, help_text="Case-sensitive; * matches anything, slashes too; ? one sign.")
    priority = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["-priority", "created_at", "id"]

    def matches(self, asset: Asset) -> bool:
        if asset.kind in self.never_caught or self.connection_id not in (None, asset.connection_id):
            return False
        if self.parent and not (asset.parent and fnmatch.fnmatchcase(asset.parent.external_id, self.parent)):
            return False
        return any(fnmatch.fnmatchcase(text, self.pattern) for text in (asset.external_id, asset.title) if text)

    @property
    def words(self) -> str:
        """What it catches."""
        return f"{self.parent + ': ' if self.parent else ''}{self.pattern}"


class AssignmentRule(AssetRule):
    """Gives assets to a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)

    class Meta(AssetRule.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "customer", "connection", "parent", "pattern"], name="rule_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.words} → {self.customer}"


class Assignment(TenantModel):
    """The customer an asset belongs to, from a day to a day, both included; open ends mean always."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="assignments")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="assignments")
    from_day = models.DateField(null=True, blank=True)
    to_day = models.DateField(null=True, blank=True)
    rule = models.ForeignKey(AssignmentRule, on_delete=models.SET_NULL, null=True, blank=True, editable=False)

    class Meta:
        ordering = ["asset", F("from_day").asc(nulls_first=True)]
        constraints = [
            # "At most one customer on any day" is an exclusion constraint; 0002 adds it in SQL.
            models.CheckConstraint(
                condition=Q(from_day__isnull=True) | Q(to_day__isnull=True) | Q(to_day__gte=F("from_day")),
                name="assignment_days_in_order",
                violation_error_message="The last day is before the first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset} → {self.customer}"

    def clean(self) -> None:
        if not (self.asset_id and self.customer_id):
            return
        others = Assignment.objects.filter(asset_id=self.asset_id).exclude(pk=self.pk)
        for other in others:
            if (other.from_day or date.min) <= (self.to_day or date.max) and (self.from_day or date.min) <= (
                other.to_day or date.max
            ):
                raise ValidationError(f"{self.asset} belongs to {other.customer} on some of these days already.")
