"""Links to providers, what they count, and for whom it is counted."""

import fnmatch
import uuid
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from reporting.encryption import fingerprint, seal, unseal
from reporting.models.tenancy import Customer, TenantModel


class Connection(TenantModel):
    """One credentialed link to one provider. Its time zone, currency and account are fixed once it has facts."""

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        NEEDS_ATTENTION = "needs_attention", "needs attention"
        DELETED = "deleted", "deleted, figures kept"

    slug = models.SlugField()
    name = models.CharField(max_length=200)
    provider = models.SlugField(help_text="The provider's name, as `GET /api/v1/providers` lists them.")
    uid = models.UUIDField(default=uuid.uuid4, editable=False, help_text="Binds the credentials to this row.")
    base_url = models.CharField(max_length=200, blank=True, help_text="Replaces the provider's scheme and host.")
    time_zone = models.CharField(max_length=64, help_text="The provider's clock; days are its days.")
    currency = models.CharField(max_length=3, blank=True)
    history_from = models.DateField(help_text="The first day to fetch.")
    lookback_days = models.PositiveSmallIntegerField(default=3, help_text="Days that may still change, asked again.")
    sync_every = models.DurationField(null=True, blank=True, help_text="One hour unless set.")
    reread_every = models.DurationField(
        null=True,
        blank=True,
        help_text="Within this time all final days are asked for again, a few with each sync. 30 days unless set; 0: never.",
    )
    options = models.JSONField(default=dict, blank=True)
    sealed_credentials = models.TextField(editable=False)
    sealed_session = models.TextField(blank=True, editable=False, help_text="What the provider's log-in handed out.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    state_message = models.TextField(blank=True, editable=False)
    last_success = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False, help_text="Runs in a row that brought nothing.")
    failing_since = models.DateTimeField(null=True, editable=False)
    notified_at = models.DateTimeField(null=True, editable=False, help_text="When its managers were written to.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "slug"], name="connection_slug")]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        """What its ciphertexts are bound to."""
        return f"connection:{self.tenant_id}:{self.uid}"

    @property
    def credentials(self) -> dict[str, str]:
        return unseal(self.sealed_credentials, self.place) if self.sealed_credentials else {}

    @credentials.setter
    def credentials(self, values: dict[str, str]) -> None:
        self.sealed_credentials, self.sealed_session = seal(values, self.place), ""

    @property
    def session(self) -> dict[str, Any]:
        return unseal(self.sealed_session, self.place) if self.sealed_session else {}

    @session.setter
    def session(self, values: dict[str, Any]) -> None:
        self.sealed_session = seal(values, self.place) if values else ""

    def clean(self) -> None:
        if self.time_zone not in available_timezones():
            raise ValidationError({"time_zone": f"“{self.time_zone}” is no time zone; write one like Europe/Madrid."})
        if not self.pk:
            return
        before = Connection.objects.filter(pk=self.pk).first()
        if before is None or not self.has_facts():
            return
        fixed = [name for name in ("provider", "time_zone", "currency") if getattr(before, name) != getattr(self, name)]
        if fixed:
            said = {name: f"The {name.replace('_', ' ')} is fixed: figures were stored with it." for name in fixed}
            raise ValidationError(said)

    def has_facts(self) -> bool:
        from reporting.models.snapshots import Snapshot  # snapshots hang on connections

        return Snapshot.objects.filter(connection=self, state=Snapshot.State.READ).exists()


class ProviderHealth(models.Model):
    """A provider's address that does not answer (`providers/scheduling/circuit_breaker.py`). There is no row for one that does.

    No tenant: where a provider is down, it is down for all.
    """

    provider = models.SlugField()
    host = models.CharField(max_length=300, help_text="With the port.")
    failures = models.PositiveIntegerField(default=0, help_text="Runs in a row that could not reach it.")
    closed_until = models.DateTimeField(null=True, help_text="The scheduler queues nothing before.")
    trying = models.BigIntegerField(null=True, help_text="The connection that was let through to try.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "host"], name="provider_health_once")]

    def __str__(self) -> str:
        return f"{self.provider} at {self.host}"


class Asset(TenantModel):
    """What a provider counts. External ids are unique within a connection only."""

    class Kind(models.TextChoices):
        VIDEO = "video"
        LIVE = "live"
        PLAYLIST = "playlist"
        STREAM = "stream"
        BROADCAST = "broadcast"
        ACCOUNT = "account"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="assets", db_index=False)
    external_id = models.CharField(max_length=1000, db_collation="C")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=40, blank=True, help_text="The provider's own word, e.g. FINISHED.")
    modified_at = models.DateTimeField(null=True, blank=True, help_text="When the provider says that it last changed.")
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it was first seen finished.")
    listed_by = models.CharField(max_length=100, blank=True, editable=False, help_text="The feed whose list named it.")
    unlisted_since = models.DateTimeField(null=True, editable=False, help_text="That list does not name it any more.")
    not_found_since = models.DateTimeField(
        null=True, editable=False, help_text="Asked for by itself, the provider does not know it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["external_id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "connection", "external_id"], name="asset_external_id"),
        ]

    def __str__(self) -> str:
        return self.title or self.external_id

    @property
    def gone_since(self) -> datetime | None:
        """When the provider began not to know it any more, in either way."""
        return min((at for at in (self.unlisted_since, self.not_found_since) if at is not None), default=None)


GONE = Q(unlisted_since__isnull=False) | Q(not_found_since__isnull=False)  # assets with a `gone_since`


class AssignmentRule(TenantModel):
    """Gives assets to a customer by a glob on external id or title. The highest priority wins, then the oldest rule."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, blank=True)
    pattern = models.CharField(max_length=500, help_text="Case-sensitive; * matches anything, slashes too; ? one sign.")
    priority = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-priority", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "customer", "connection", "pattern"], name="rule_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.pattern} → {self.customer}"

    def matches(self, asset: Asset) -> bool:
        if asset.kind == Asset.Kind.ACCOUNT or self.connection_id not in (None, asset.connection_id):
            return False
        return any(fnmatch.fnmatchcase(text, self.pattern) for text in (asset.external_id, asset.title) if text)


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


class PpvAccess(TenantModel):
    """One viewer's password for a pay-per-view media. The password is a secret; the label is shown instead."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="ppv_accesses")
    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    sealed_hash = models.TextField(editable=False)
    digest = models.CharField(max_length=64, editable=False, help_text="Finds the access of a password again.")
    label = models.CharField(max_length=200, blank=True)
    holder = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "PPV access"
        verbose_name_plural = "PPV accesses"
        ordering = ["label", "id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "asset", "digest"], name="ppv_access_once")]

    def __str__(self) -> str:
        return self.label or f"access {self.pk}"

    @property
    def place(self) -> str:
        return f"ppv:{self.tenant_id}:{self.uid}"

    @property
    def hash(self) -> str:
        return unseal(self.sealed_hash, self.place)

    @hash.setter
    def hash(self, password: str) -> None:
        self.sealed_hash, self.digest = seal(password, self.place), self.digest_of(password)

    @staticmethod
    def digest_of(password: str) -> str:
        return fingerprint(password)
