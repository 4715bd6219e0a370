"""What is known of the providers themselves: whether they answer, and how much of their limits is used.

No tenant: where a provider is down, it is down for all, and two tenants with the same key share its limit.
"""

from django.db import models


class ProviderHealth(models.Model):
    """A provider's address that does not answer (`providers/scheduling/circuit_breaker.py`); one that does has no row."""

    provider = models.SlugField()
    host = models.CharField(
        max_length=300,
        help_text="The vendor's own, with its port; or the one connection whose address is not the vendor's.",
    )
    failures = models.PositiveIntegerField(default=0, help_text="Runs in a row that could not reach it.")
    closed_until = models.DateTimeField(null=True, help_text="The scheduler queues nothing before.")
    trying = models.BigIntegerField(null=True, help_text="The connection that was let through to try.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "host"], name="provider_health_once")]

    def __str__(self) -> str:
        return f"{self.provider} at {self.host}"


class RateWindow(models.Model):
    """The start times of the last requests made with one key, shared by all workers (`providers/http/rate_limit.py`).

    It knows the key's digest only.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    starts = models.JSONField(default=list, help_text="Unix times by the database's clock, oldest first.")
    closed_until = models.DateTimeField(null=True, help_text="The provider said: not before.")

    def __str__(self) -> str:
        return self.digest[:8]
