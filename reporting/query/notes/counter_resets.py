"""Lifetime counters that went backwards in the days of a report: the figures by day hold a negative difference."""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, DateField, Exists, F, Max, Min, OuterRef, Q, Sum
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from reporting.ledger.holdings import held_by
from reporting.metrics import METRICS
from reporting.models import CounterReset, FeedProgress, NumericField
from reporting.periods import Range
from reporting.query.json_figures import plain
from reporting.query.notes.log_coverage import COUNTERS_WITH_LOG
from reporting.query.report import Note
from reporting.query.scope import Scope
from reporting.tenancy.reader import Costs


def notes_of_resets(
    scope: Scope, metrics: Collection[str], days: Range, costs: Costs, until: datetime | None = None
) -> Iterator[Note]:
    """One for each connection and metric; of what was noticed `until` then."""
    falling = [link.id for link in scope.connections.values() if link.has_resets]
    if not falling or not metrics:
        return
    within = {"connection__in": falling, "metric__in": metrics, "day__range": (days.start, days.end)}
    found = CounterReset.objects.filter(**within).exclude(_told_by_a_log())
    if until is not None:
        found = found.filter(noticed_at__lte=until)
    if scope.assets is not None:
        found = found.filter(asset__in=scope.assets)
    if scope.customers is not None:
        found = found.filter(held_by("asset", customer__in=scope.customers))
    sums = found.order_by().values("connection", "metric")
    fall = Sum(F("old") - F("new"), output_field=NumericField())
    told = sums.annotate(assets=Count("asset", distinct=True), fall=fall, first=Min("day"), last=Max("day"))
    columns = ("connection", "metric", "assets", "fall", "first", "last")
    for row in told.order_by("metric", "connection").values_list(*columns):
        yield _note(scope, costs, *row)


def _told_by_a_log() -> Q:
    """On days whose figures are a whole log's, not differences."""
    told = Q(pk__in=[])
    for metric in COUNTERS_WITH_LOG:
        until = Cast(KeyTextTransform("day", KeyTransform(metric, "whole_log")), DateField())
        logs = FeedProgress.objects.filter(asset=OuterRef("asset")).annotate(until=until)
        told |= Q(Exists(logs.filter(until__gt=OuterRef("day"))), metric=metric)
    return told


def _note(
    scope: Scope, costs: Costs, connection: int, metric: str, assets: int, fall: Decimal, first: object, last: object
) -> Note:
    slug, currency = scope.connections[connection].slug, scope.connections[connection].currency
    fallen = plain(METRICS[metric], costs.amount(METRICS[metric], fall, currency))
    shown = fallen if isinstance(fallen, str) else f"{fallen:,}"
    when = f"on {first}" if first == last else f"between {first} and {last}"
    of = f"{assets} assets" if assets > 1 else "one asset"
    words = (
        f"{METRICS[metric].label} of {of} of {slug} went backwards by {shown} {when}: the provider took it back, and the "
        "figures of these days are lower by that."
    )
    return Note("counter_reset", words, metric, {"connection": slug, "from": f"{first}", "to": f"{last}", "by": fallen})
