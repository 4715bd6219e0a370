"""`GET lineage`: one figure of a report, the facts that make it, and the answers that these were read from.

A token of one customer sees its figure and facts, and nothing of how they were fetched.
"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from reporting.api import schema
from reporting.api.base import TokenView
from reporting.api.pagination import NewestFirst
from reporting.api.problems import refusals
from reporting.metrics import METRICS, Metric
from reporting.models import Snapshot
from reporting.query.json_figures import plain
from reporting.query.lineage import (
    WITHOUT,
    Change,
    FactHistory,
    FactLine,
    Lineage,
    PageRequest,
    RowChoice,
    Side,
    beside,
    notes_of_answers,
    parse_lineage,
    snapshots_behind,
)

SAME = [one for one in schema.REPORT_PARAMETERS if one.name not in {"metrics", "format", *WITHOUT}]
PARAMETERS = [
    OpenApiParameter("metrics", str, required=True, description="One; with `metric`, the report's own."),
    OpenApiParameter("metric", str, enum=list(METRICS), description="Which of the metrics, where they are several."),
    OpenApiParameter(
        "at", str, description="The row's `period`, as the report writes it; the total where it is left out."
    ),
    OpenApiParameter(
        "row",
        str,
        enum=[which.value for which in RowChoice if which],
        description="Of the row `other`, with the report's own `metrics`, `group_by`, `order_by` and `report_limit`; of the "
        "part that the dimension in `group_by` leaves over; of what no asset accounts for.",
    ),
    OpenApiParameter("report_limit", int, description="Of the row `other`: the report's `limit`."),
    *SAME,
    OpenApiParameter("limit", int, description=NewestFirst.page_size_query_description),
    OpenApiParameter("cursor", str, description="Of `next` and `previous`."),
]


class LineageView(TokenView):
    """The facts behind a figure of the report, and the snapshots behind the facts. The parameters are the report's, narrowed
    to one metric and to the values of one row: its customer, connection, programme, parent, asset and key as filters, its
    period as `at`. Rows that are a difference, or several rows as one, are named by `row`."""

    scope = "read"
    open_to_customers = ("get",)

    @extend_schema(operation_id="lineage", parameters=PARAMETERS, responses=schema.LINEAGE_RESPONSES)
    def get(self, request: Request) -> Response:
        token = self.token
        size = NewestFirst().get_page_size(request)
        asked = {name: values for name, values in request.query_params.lists() if name not in ("limit", "cursor")}
        with refusals():  # the report itself is asked for its notes
            lineage = parse_lineage(asked, token.tenant, self.reader)
            facts, following, before = lineage.facts(PageRequest(size, self.cursor(request)))
            figure = of_figure(lineage)
        lines, with_answers = beside(lineage, facts), token.customer_id is None
        shown = {
            "next": address(request, following),
            "previous": address(request, before),
            **figure,
            "results": [of_fact(lineage, line, with_answers=with_answers) for line in lines],
        }
        if with_answers:
            shown["notes"] += [note.as_json() for note in notes_of_answers(lineage, lines)]
            shown["snapshots"] = [of_snapshot(request, snapshot) for snapshot in snapshots_behind(lines)]
        return Response(shown)

    def cursor(self, request: Request) -> str:
        words = request.query_params.getlist("cursor")
        if len(words) > 1:
            raise ValidationError({"cursor": ["Give one value."]})
        return "".join(words)


def address(request: Request, cursor: str | None) -> str | None:
    """The same question, further on."""
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def of_figure(lineage: Lineage) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "query": lineage.echo(),
        "metric": lineage.metric.name,
        "figure": plain(lineage.metric, lineage.figure),
    }
    if lineage.currency:
        shown["currency"] = lineage.currency
    sides: list[dict[str, Any]] = [
        {"metric": side.metric.name, "sum": plain(side.metric, side.value), "facts": side.facts} | role(lineage, side)
        for side in lineage.sides
    ]
    return shown | {"sums": sides, "notes": [note.as_json() for note in lineage.notes]}


def role(lineage: Lineage, one: Side | FactLine) -> dict[str, str]:
    """Said where some facts are added and others taken off."""
    return {"role": "taken_off" if one.is_taken_off else "added"} if lineage.is_difference else {}


def of_fact(lineage: Lineage, line: FactHistory, *, with_answers: bool) -> dict[str, Any]:
    """`with_answers`: the ids of snapshots too."""
    fact, metric = line.fact, METRICS[line.fact.metric]
    shown: dict[str, Any] = {
        "connection": lineage.links[fact.connection].slug,
        "parent": line.asset.parent,
        "asset": line.asset.word,
        "asset_title": line.asset.title,
        "metric": fact.metric,
        "interval": fact.interval,
        "dimension": fact.dimension,
        "key": fact.key,
        "day": fact.day.isoformat(),
        "minute": fact.minute,
        "value": plain(metric, fact.value),
        "provisional": line.is_provisional,
    } | role(lineage, fact)
    shown["restatements"] = [of_change(metric, change, with_answers) for change in line.changes]
    if lineage.moment:
        shown["later"] = [of_change(metric, change, with_answers) for change in line.later]
    if with_answers:
        shown["snapshot"] = fact.snapshot
        shown["readings"] = [
            {"day": taken.day.isoformat(), "value": plain(metric, taken.value), "snapshot": taken.snapshot}
            for taken in line.readings
        ]
    return shown


def of_change(metric: Metric, change: Change, with_answers: bool) -> dict[str, Any]:
    said = {"old": plain(metric, change.old), "new": plain(metric, change.new), "noticed_at": change.noticed_at}
    return said | {"cause": change.cause or None} | ({"snapshot": change.snapshot} if with_answers else {})


def of_snapshot(request: Request, snapshot: Snapshot) -> dict[str, Any]:
    """What was asked and when; `links` lead to the reading and to each of its parts."""
    place = reverse("snapshot-detail", args=[snapshot.pk], request=request)
    return {
        "id": snapshot.pk,
        "connection": snapshot.connection.slug,
        "feed": snapshot.feed,
        "parent": snapshot.asset.parent.external_id if snapshot.asset and snapshot.asset.parent else None,
        "asset": snapshot.asset.external_id if snapshot.asset else None,
        "from_day": snapshot.from_day.isoformat(),
        "to_day": snapshot.to_day.isoformat(),
        "fetched_at": snapshot.fetched_at,
        "last_seen_at": snapshot.last_seen_at,
        "times_seen": snapshot.times_seen,
        "state": snapshot.state,
        "reader_version": snapshot.reader_version,
        "snapshot": place,
        "bodies": [f"{place}/body?part={part.number}" for part in snapshot.parts.all()],
    }
