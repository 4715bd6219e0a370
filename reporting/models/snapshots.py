"""What was fetched: runs, the raw answers they brought, and how far each feed has come."""

import math

from django.db import models
from django.db.models import Q
from django.utils import timezone

from reporting.models.assets import Asset
from reporting.models.connections import Connection
from reporting.models.days import Days
from reporting.models.fields import DaysField
from reporting.models.part_bytes import unpacked, unpacked_beginning
from reporting.models.tenancy import TenantModel


class SyncRun(TenantModel):
    """One pass of the line over one connection."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        PARTIAL = "partial"
        FAILED = "failed"
        CANCELLED = "cancelled"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    feed = models.CharField(max_length=100, blank=True, help_text="Only this feed; all that is due where empty.")
    from_day = models.DateField(null=True, blank=True, help_text="A one-off range, which leaves the progress alone.")
    to_day = models.DateField(null=True, blank=True)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    requests_done = models.PositiveIntegerField(default=0)
    requests_total = models.PositiveIntegerField(default=0, help_text="As far as it is known; pages add to it.")
    facts_written = models.PositiveIntegerField(default=0)
    waiting = models.CharField(max_length=200, blank=True, help_text="What the run waits for just now.")
    errors = models.JSONField(default=list, help_text="One object each: feed, asset, window, error, detail.")
    notes = models.JSONField(default=list, help_text="What was odd and stored all the same: feed, asset, window, note.")
    cancel_requested = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # The newest runs of a connection, in the admin and in GET sync-runs.
            models.Index(fields=["tenant", "connection", "-id"], name="run_newest"),
            # Runs that wait or are being made, few whatever there was before, and a tenant's last turn
            # (`providers/scheduling/queue.py`).
            models.Index(
                fields=["tenant", "connection"], name="run_under_way", condition=Q(state__in=["queued", "running"])
            ),
            models.Index(fields=["tenant", "started_at"], name="run_turn", condition=Q(started_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.connection} · run {self.pk} · {self.state}"

    @property
    def requests_a_minute(self) -> float | None:
        """Since it began, waits for the provider's limit included; None before the first request."""
        if self.started_at is None or not self.requests_done:
            return None
        seconds = ((self.finished_at or timezone.now()) - self.started_at).total_seconds()
        return 60 * self.requests_done / max(seconds, 1.0)

    @property
    def seconds_left(self) -> int | None:
        """At the rate so far, as far as the requests are known; None where it does not run."""
        rate = self.requests_a_minute
        if self.state != self.State.RUNNING or rate is None:
            return None
        return math.ceil(60 * (self.requests_total - self.requests_done) / rate)


class Snapshot(TenantModel):
    """One reading of (feed, asset, window): every page of its answer, as SnapshotParts."""

    class State(models.TextChoices):
        READ = "read"
        UNREADABLE = "unreadable"
        HELD = "held"  # it would take every figure of a past day away, and was not asked for twice yet

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="snapshots")
    run = models.ForeignKey(SyncRun, on_delete=models.SET_NULL, null=True, related_name="snapshots")
    feed = models.CharField(max_length=100)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, null=True, blank=True)
    access_id = models.BigIntegerField(null=True, help_text="The PPV access whose sessions were read.")
    from_day = models.DateField()
    to_day = models.DateField()
    fetched_at = models.DateTimeField()
    read_at = models.DateTimeField(
        null=True, help_text="When it was read, where that was not at once: it was unreadable."
    )
    last_seen_at = models.DateTimeField(help_text="When an equal answer came last.")
    times_seen = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(
        max_length=64, help_text="SHA-256 of all parts, without the feed's volatile fields."
    )
    state = models.CharField(max_length=10, choices=State.choices)
    error = models.TextField(blank=True)
    notes = models.JSONField(default=list, help_text="What was odd in it and is stored all the same, a sentence each.")
    lost = DaysField(default=Days, help_text="The days whose figures it would take away, where it is held for that.")
    is_whole = models.BooleanField(default=True, help_text="False where fetching ended before the last page.")
    is_personal = models.BooleanField(
        default=True, help_text="Its feed is declared personal: who may not see personal data may not see the answer."
    )
    reader_version = models.PositiveSmallIntegerField()
    time_zone = models.CharField(max_length=64)
    options = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # The last reading of the same thing, asked before each is kept (`providers/pipeline/snapshots.py`).
            models.Index(
                fields=["tenant", "connection", "feed", "asset", "access_id", "-id"], name="snapshot_last_reading"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed} {self.from_day}…{self.to_day}"


class SnapshotPart(TenantModel):
    """One page of an answer: the bytes as they came, scrubbed of secrets, compressed with zstd: whole, or as what differs from
    its base, which is kept whole (`part_bytes.py`, `providers/pipeline/kept_parts.py`)."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField(help_text="From 1, in the order of asking.")
    request = models.JSONField(help_text="method, url, and body, scrubbed.")
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100, blank=True)
    fetched_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(default=0)
    compressed = models.BinaryField()
    base = models.ForeignKey(
        "self",
        on_delete=models.DO_NOTHING,  # the database refuses: what needs the base is packed anew before
        null=True,
        db_index=False,
        related_name="dependents",
        help_text="The page of an earlier reading that is needed to read this one; kept whole itself.",
    )
    size = models.PositiveBigIntegerField(help_text="Bytes before compression.")
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["tenant", "snapshot", "number"], name="part_number")]
        # What a deletion must pack anew, and what the database looks for when a base goes.
        indexes = [models.Index(fields=["base"], name="part_dependents", condition=Q(base__isnull=False))]

    def __str__(self) -> str:
        return f"part {self.number} of {self.snapshot_id}"

    @property
    def body(self) -> bytes:
        return unpacked(bytes(self.compressed), self._base_body)

    def beginning(self, size: int) -> bytes:
        return unpacked_beginning(bytes(self.compressed), self._base_body, size)

    @property
    def _base_body(self) -> bytes | None:
        return unpacked(bytes(self.base.compressed)) if self.base else None


class FeedProgress(TenantModel):
    """How far one feed of one asset (or of the whole connection) has come.

    `covered` are the days that were read; `final` those among them that were read after they could still change. What is
    due follows from the two: every day from `history_from` to today that is not final. `reread` is how far the round has come
    that asks for final days again (`providers/pipeline/reread.py`).
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="progress")
    feed = models.CharField(max_length=100)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, null=True, blank=True)
    access_id = models.BigIntegerField(null=True)
    covered = DaysField(default=Days)
    final = DaysField(default=Days)
    reread = DaysField(default=Days, help_text="Final days that were read again in this round, or read first.")
    reread_since = models.DateTimeField(null=True, help_text="When the round began.")
    held = DaysField(
        default=Days, help_text="Days of readings that are held; due again, whatever else is known of them."
    )
    log_from = models.DateField(
        null=True, help_text="The earliest day with which a log began, where answers have one beside lifetime counters."
    )
    whole_log = models.JSONField(
        default=dict, help_text="By metric: the last reading with a whole log (providers/pipeline/log_days.py)."
    )
    is_chosen = models.BooleanField(
        default=True, help_text="False where the connection's syncs do not ask for it: then it holds nothing up."
    )
    last_success = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    failed_at = models.DateTimeField(null=True, help_text="The last of them.")
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "connection", "feed", "asset", "access_id"],
                name="progress_once",
                nulls_distinct=False,
            )
        ]
        # For the freshness of each report: when the newest of a connection's readings was made; and, for a customer's report,
        # the feeds that are asked for no asset, without going through those of all assets.
        indexes = [
            models.Index(
                fields=["tenant", "connection", "last_success"],
                name="progress_newest",
                condition=models.Q(access_id=None),
            ),
            models.Index(
                fields=["tenant", "connection"],
                name="progress_of_whole",
                condition=models.Q(access_id=None, asset=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed}: {self.covered}"
