"""Pay-per-view: the viewers' passwords (accesses), and the sessions that were opened with them."""

import uuid

from django.db import models

from reporting.encryption import fingerprint, seal, unseal
from reporting.models.assets import Asset
from reporting.models.connections import Connection
from reporting.models.snapshots import Snapshot
from reporting.models.tenancy import TenantModel


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
        """What the password is bound to: this row, and whom its connection asks."""
        return f"ppv:{self.tenant_id}:{self.uid}:{self.asset.connection.asked_at}"

    @property
    def hash(self) -> str:
        return unseal(self.sealed_hash, self.place)

    @hash.setter
    def hash(self, password: str) -> None:
        self.sealed_hash, self.digest = seal(password, self.place), self.digest_of(password)

    @staticmethod
    def digest_of(password: str) -> str:
        return fingerprint(password)


class PpvSession(TenantModel):
    """One session of a pay-per-view access, known by (access, start, address, agent), and by its number where an answer names
    several of these."""

    access = models.ForeignKey(PpvAccess, on_delete=models.CASCADE, related_name="sessions")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.SET_NULL, null=True)
    started_at = models.DateTimeField(help_text="The provider's clock, read in the connection's zone.")
    day = models.DateField(help_text="The provider's day of the start.")
    place = models.CharField(max_length=500, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 alpha-2; ZZ where it is unknown.")
    country_name = models.CharField(max_length=100, blank=True, help_text="As the provider wrote it.")
    user_agent = models.TextField(blank=True)
    left_activations = models.IntegerField(null=True)
    # The hour a clock repeats gives two sessions one wall-clock time; the text as it came keeps the identity.
    started_text = models.CharField(max_length=40)
    agent_digest = models.CharField(max_length=64)
    number = models.PositiveIntegerField(
        default=1, help_text="From 1, among those of one second with equal address and agent."
    )
    is_future = models.BooleanField(
        default=False, help_text="It begins after the moment at which the provider was asked for it."
    )

    class Meta:
        verbose_name = "PPV session"
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "access", "started_text", "ip", "agent_digest", "number"],
                name="ppv_session_once",
            )
        ]
        # The session list of a tenant, newest first, by days.
        indexes = [models.Index(fields=["tenant", "-started_at", "-id"], name="ppv_session_newest")]

    def __str__(self) -> str:
        return f"{self.access} {self.started_at:%Y-%m-%d %H:%M}"
