"""Connections: credentialed links to providers."""

import uuid
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from reporting.encryption import UndecryptableError, seal, unseal
from reporting.models.tenancy import TenantModel
from reporting.origin import origin
from reporting.periods import EARLIEST


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
    history_from = models.DateField(
        help_text="The first day to fetch.",
        validators=[MinValueValidator(EARLIEST, f"The earliest day that is fetched is {EARLIEST}.")],
    )
    lookback_days = models.PositiveSmallIntegerField(default=3, help_text="Days that may still change, asked again.")
    sync_every = models.DurationField(null=True, blank=True, help_text="One hour unless set.")
    reread_every = models.DurationField(
        null=True,
        blank=True,
        help_text="Within this time all final days are asked for again, a few with each sync. 30 days unless set; 0: never.",
    )
    options = models.JSONField(default=dict, blank=True)
    feeds = models.JSONField(
        default=list,
        blank=True,
        help_text="Feeds beside the provider's defaults, by name or glob; one that begins with - is taken away.",
    )
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
        return f"connection:{self.tenant_id}:{self.uid}:{self.asked_at}"

    @property
    def asked_at(self) -> str:
        """Who gets its secrets: the provider at its own address, or at scheme, host and port of another. A secret opens only
        for whom it was entered; whoever changes the address, by whatever way, does not get it sent there."""
        return f"{self.provider}@{origin(self.base_url)}"

    @property
    def credentials(self) -> dict[str, str]:
        return unseal(self.sealed_credentials, self.place) if self.sealed_credentials else {}

    @credentials.setter
    def credentials(self, values: dict[str, str]) -> None:
        self.sealed_credentials, self.sealed_session = seal(values, self.place), ""

    @property
    def session(self) -> dict[str, Any]:
        """None where it does not open: a run may have got it at an address that was changed meanwhile."""
        try:
            return unseal(self.sealed_session, self.place) if self.sealed_session else {}
        except UndecryptableError:
            return {}

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
        """True once an answer of it was read (Snapshot.State.READ)."""
        return self.snapshots.filter(state="read").exists()
