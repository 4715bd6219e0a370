"""Which series each connection has ever reported: small, and kept in step with the facts by `reporting/ledger/reported.py`."""

from django.db import models

from reporting.models.connections import Connection
from reporting.models.ledger import Interval
from reporting.models.tenancy import TenantModel


class ReportedSeries(TenantModel):
    """That a connection has, or once had, facts of a metric, interval and dimension, none before `first_day` and none after
    `last_day`. A report knows by it where to look for sources that its figures lack, without going through their facts."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="reported")
    metric = models.CharField(max_length=40, db_collation="C")
    interval = models.CharField(max_length=8, db_collation="C", choices=Interval.choices)
    dimension = models.CharField(max_length=20, db_collation="C", blank=True)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [
            # The key by which a store writes, and by which a report reads those of each connection.
            models.UniqueConstraint(
                fields=["tenant", "connection", "metric", "interval", "dimension"], name="reported_series_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} by {self.interval} {self.dimension}".rstrip()
