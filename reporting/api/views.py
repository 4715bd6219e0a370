"""The report query over HTTP, and the vocabulary it is asked in."""

from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from reporting.api import schema
from reporting.api.base import TokenView
from reporting.api.problems import NoRoom, refusals
from reporting.api.renderers import FormatOrAccept, JSONRenderer, export_renderers
from reporting.exports import ExportFailed
from reporting.exports.download import download
from reporting.exports.options import Options, parsed
from reporting.exports.plain import document_of
from reporting.metrics import DIMENSIONS, METRICS, Dimension, Metric
from reporting.models import Tenant
from reporting.query import run as run_query
from reporting.query.parameters import parse
from reporting.query.report import ReportResult
from reporting.tenancy.reader import Reader


class ReportView(TokenView):
    """Figures over days, groups and filters, with what may be added up, and notes on what may not."""

    scope = "read"
    open_to_customers = ("get",)
    content_negotiation_class = FormatOrAccept

    def get_renderers(self) -> list[BaseRenderer]:
        return [JSONRenderer(), *export_renderers()]

    @extend_schema(operation_id="report", parameters=schema.REPORT_PARAMETERS, responses=schema.REPORT_RESPONSES)
    def get(self, request: Request) -> HttpResponseBase:
        token = self.token
        chosen = request.accepted_renderer.format
        result, options = run(request, self.token.tenant, self.reader, chosen)
        if chosen == JSONRenderer.format:
            return Response(result.as_json(rows_as_text=True))
        try:
            document = document_of(result, token.tenant, token.customer)
            return download(replace(document, options=options), chosen)
        except ExportFailed as error:
            raise NoRoom(str(error)) from None


def run(request: Request, tenant: Tenant, reader: Reader, format: str) -> tuple[ReportResult, Options]:
    """A token of one customer asks about that customer only."""
    parameters = {name: values for name, values in request.query_params.lists() if name != "format"}
    ask = partial(parse, tenant=tenant, reader=reader)
    with refusals():
        question, options = parsed(parameters, format, ask)
        return run_query(question), options


class MetricsView(TokenView):
    """All metrics and dimensions that the bearer may ask for: label, unit, how figures add up, definition. The same for every
    tenant."""

    scope = "read"
    open_to_customers = ("get",)

    @extend_schema(operation_id="metrics", responses=schema.METRICS_RESPONSES)
    def get(self, request: Request) -> Response:
        return Response(
            {
                "next": None,
                "previous": None,
                "results": [described(METRICS[name]) for name in self.reader.shown(METRICS)],
                "dimensions": [dimension_described(one) for one in DIMENSIONS.values() if self.shows(one)],
            }
        )

    def shows(self, dimension: Dimension) -> bool:
        return self.reader.costs.is_shown or not dimension.is_of_costs


def described(metric: Metric) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": metric.name,
        "label": metric.label,
        "family": metric.family,
        "unit": metric.unit,
        "adds_up": metric.adds,
        "definition": metric.definition,
    }
    if metric.numerator:
        shown |= {"numerator": metric.numerator, "denominator": metric.denominator, "scale": metric.scale}
    return shown


def dimension_described(dimension: Dimension) -> dict[str, str]:
    return {
        "name": dimension.name,
        "label": dimension.label,
        "definition": dimension.definition,
        "unknown": dimension.unknown,
    }
