"""The ledger: facts, their daily totals, and what changed afterwards.

Facts are written by `providers/pipeline/facts.py` only, for a sync and for a replay; `prune.py` there points them to the answer
that is kept. Daily totals are written by `reporting/ledger/daily_totals.py` only, in the same transaction.

Fact and DailyTotal can grow to many millions of rows: their keys begin with the tenant, and they carry no foreign key
constraints, since checking four for each of 40,000 rows a second costs more than storing them; the writer takes the ids from
rows that it has locked.
"""

from typing import Any

from django.db import models

from reporting.models.assets import Asset
from reporting.models.connections import Connection
from reporting.models.fields import NumericField
from reporting.models.snapshots import Snapshot
from reporting.models.tenancy import Tenant, TenantModel


def _loose(to: type[models.Model], **options: Any) -> models.ForeignKey:
    return models.ForeignKey(
        to, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+", **options
    )


class Interval(models.TextChoices):
    """How long a time a fact is for. A report reads one interval only, so the same views never count twice."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    LIFETIME = "lifetime"


class Fact(TenantModel):
    """One number. `day` and `minute` (of the day) are in the provider's own calendar; a month's day is its first; a
    lifetime reading's day is that of the reading. Plain figures have dimension and key empty."""

    pk = models.CompositePrimaryKey("tenant_id", "metric", "interval", "dimension", "day", "minute", "asset_id", "key")
    tenant = _loose(Tenant)
    metric = models.CharField(max_length=40, db_collation="C")
    interval = models.CharField(max_length=8, db_collation="C", choices=Interval.choices)
    dimension = models.CharField(max_length=20, db_collation="C", blank=True)
    day = models.DateField()
    minute = models.SmallIntegerField(default=0)
    asset = _loose(Asset)
    key = models.CharField(max_length=300, db_collation="C", blank=True)
    value = NumericField()
    connection = _loose(Connection)
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        # An asset's first, newest or previous reading; the key would lead through those of all assets, day by day.
        indexes = [
            models.Index(
                fields=["tenant", "connection", "metric", "dimension", "asset", "day"],
                name="fact_lifetime",
                condition=models.Q(interval=Interval.LIFETIME),
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.day} {self.key}: {self.value}"


class DailyTotal(TenantModel):
    """Facts of interval=day of metrics that sum, added up over the assets of one customer, connection and level.

    `customer_id` is 0 where the asset belonged to nobody on that day. `facts` counts the facts: no row is "not reported".
    """

    class Level(models.TextChoices):
        ACCOUNT = "account"
        ASSET = "asset"
        PLAYLIST = "playlist"  # what holds others, and never adds to them: a playlist, an application

    pk = models.CompositePrimaryKey(
        "tenant_id", "metric", "dimension", "day", "connection_id", "level", "customer_id", "key"
    )
    tenant = _loose(Tenant)
    metric = models.CharField(max_length=40, db_collation="C")
    dimension = models.CharField(max_length=20, db_collation="C", blank=True)
    day = models.DateField()
    connection = _loose(Connection)
    level = models.CharField(max_length=8, db_collation="C", choices=Level.choices)
    customer_id = models.BigIntegerField(default=0)
    key = models.CharField(max_length=300, db_collation="C", blank=True)
    value = NumericField()
    facts = models.IntegerField()

    class Meta:
        # A customer's report, which must not cost more the more customers there are.
        indexes = [
            models.Index(fields=["tenant", "customer_id", "metric", "dimension", "day"], name="total_of_customer")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.day}: {self.value}"


class Restatement(TenantModel):
    """A figure of a final day that changed, appeared (old is null) or was removed (new is null)."""

    class Cause(models.TextChoices):
        PROVIDER = "provider"
        READER = "reader", "our reader"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.SET_NULL, null=True)
    metric = models.CharField(max_length=40)
    interval = models.CharField(max_length=8, choices=Interval.choices)
    dimension = models.CharField(max_length=20, blank=True)
    day = models.DateField()
    minute = models.SmallIntegerField(default=0)
    key = models.CharField(max_length=300, blank=True)
    old = NumericField(null=True)
    old_since = models.DateTimeField(null=True, help_text="When the answer was fetched that the old figure came from.")
    new = NumericField(null=True)
    noticed_at = models.DateTimeField()
    cause = models.CharField(max_length=8, choices=Cause.choices)

    class Meta:
        ordering = ["-id"]
        # What changed in the days of a report.
        indexes = [models.Index(fields=["tenant", "connection", "day"], name="restatement_days")]

    def __str__(self) -> str:
        return f"{self.metric} {self.day}: {self.old} → {self.new}"


class Withdrawal(TenantModel):
    """A figure that was removed while its day was provisional, or a state or lifetime that was: no restatement, but what it was
    until then, for a report as of an earlier day (`reporting/query/as_of.py`)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE)
    metric = models.CharField(max_length=40)
    interval = models.CharField(max_length=8, choices=Interval.choices)
    dimension = models.CharField(max_length=20, blank=True)
    day = models.DateField()
    minute = models.SmallIntegerField(default=0)
    key = models.CharField(max_length=300, blank=True)
    old = NumericField()
    old_since = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        # What stood once in the days of a report.
        indexes = [models.Index(fields=["tenant", "connection", "day"], name="withdrawal_days")]

    def __str__(self) -> str:
        return f"{self.metric} {self.day}: {self.old} → nothing"


class CounterReset(TenantModel):
    """A lifetime counter that went backwards: a reading lower than the one before it. The day's difference is negative."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.SET_NULL, null=True)
    metric = models.CharField(max_length=40)
    day = models.DateField(help_text="Of the lower reading.")
    day_before = models.DateField(help_text="Of the reading before it, maybe the same.")
    old = NumericField()
    new = NumericField()
    noticed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        # What went backwards in the days of a report.
        indexes = [models.Index(fields=["tenant", "connection", "day"], name="counter_reset_days")]

    def __str__(self) -> str:
        return f"{self.metric} {self.day}: {self.old} → {self.new}"
