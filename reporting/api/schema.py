"""What the OpenAPI schema says of the report, and of errors, beyond what can be seen from the code."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from reporting.comparisons import COMPARED
from reporting.exports import EXPORTS
from reporting.exports.options import ESCAPES, PAPERS, SHEETS
from reporting.metrics import DIMENSIONS, METRICS
from reporting.periods import NAMED, ReportInterval
from reporting.query import GROUPS
from reporting.query.parameters import DEFAULT_PERIOD, MAX_LIMIT
from reporting.query.question import LIMITED_PER
from reporting.query.report import PREVIOUS_MARKS
from reporting.query.result_rows import RowType

ONE_OR_NONE = {"type": ["number", "string", "null"], "description": "Money is a string with its exact decimals."}
FIGURES = {"type": "object", "additionalProperties": ONE_OR_NONE}
DAY = {"type": "string", "format": "date"}
DAY_OR_NONE = {"type": ["string", "null"], "format": "date"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _words(name: str, description: str, words: Any = None, required: bool = False) -> OpenApiParameter:
    """Several values: comma-separated or repeated."""
    items: dict[str, Any] = {"type": "string"} | ({"enum": list(words)} if words else {})
    return OpenApiParameter(name, _list(items), description=description, required=required, explode=False, style="form")


REPORT_PARAMETERS = [
    _words("metrics", "One or more.", METRICS, required=True),
    OpenApiParameter("from", DAY, description="The first day, in the providers' own calendars."),
    OpenApiParameter("to", DAY, description="The last day, included; today unless given."),
    OpenApiParameter("period", str, enum=NAMED, description=f"Instead of from and to; {DEFAULT_PERIOD} unless given."),
    OpenApiParameter("interval", str, enum=[every.value for every in ReportInterval], default="total"),
    _words("group_by", "Groups, and at most one dimension.", (*GROUPS, *DIMENSIONS)),
    _words("customer", "Slugs."),
    _words("connection", "Slugs."),
    _words("provider", "Slugs."),
    _words("programme", "Slugs; `-`: assets that are in no programme."),
    _words("parent", "External ids of what holds the assets (an application); `-`: assets that nothing holds."),
    _words(
        "asset",
        "External ids; one that stands under several parents means all of these. A comma that belongs to one is written `\\,`.",
    ),
    *(_words(name, f"Keys. {dimension.definition}") for name, dimension in DIMENSIONS.items()),
    OpenApiParameter(
        "compare",
        str,
        enum=COMPARED,
        description="Adds the figures of as many days before, of the year before, or of the same weekdays.",
    ),
    _words("order_by", "Names of columns; a minus before one sorts downwards."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
        description="The rest becomes one row more, of the type `other`.",
    ),
    OpenApiParameter("limit_per", str, enum=LIMITED_PER, description="As many rows in each period."),
    OpenApiParameter("as_of", DAY, description="Figures as they were at the end of that day, by the tenant's clock."),
    OpenApiParameter("format", str, enum=["json", *EXPORTS], description="Or the header Accept."),
    OpenApiParameter(
        "escape", str, enum=ESCAPES, description="Of csv: none leaves texts that look like formulas as they are."
    ),
    _words("sheets", "Of xlsx: which ones; all unless given.", SHEETS),
    OpenApiParameter("paper", str, enum=PAPERS, default=PAPERS[0], description="Of pdf."),
]

MARKS = _list({"type": "string", "enum": list(PREVIOUS_MARKS)}) | {
    "description": "What makes the days compared with unlike these."
}

REPORT = _object(
    query=_object(),
    columns=_list(_object(name={"type": "string"}, type={"type": "string"}, unit={"type": "string"})),
    rows=_list(
        {
            "type": "object",
            "properties": {
                "row_type": {"type": "string", "enum": list(RowType)},
                "period_start": {"type": ["string", "null"], "description": "The first day or moment, without a zone."},
                "final": {"type": "boolean", "description": "Of rows with a period."},
                "restated": {"type": "integer"},
                "previous": FIGURES | {"description": "With `compare`: the figures of the same place before."},
                "previous_start": {"type": ["string", "null"]},
                "previous_marks": MARKS,
            },
            "additionalProperties": ONE_OR_NONE,
        }
    ),
    totals=FIGURES,
    final={"type": "boolean", "description": "Whether all days of the totals are; each row with a period has its own."},
    restated={
        "type": "integer",
        "description": "How many restatements are in the rows; each row has its own.",
    },
    totals_of={
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
        "description": "By metric whose total lacks a connection: those that it is of.",
    },
    totals_by=_list(FIGURES) | {"description": "By provider or currency, where totals must not be added."},
    unattributed=FIGURES | {"description": "The totals minus what assets report."},
    previous=_object(**{"from": DAY, "to": DAY, "totals": FIGURES}),
    previous_marks=MARKS,
    freshness=_list(
        _object(
            connection={"type": "string"},
            last_success={"type": ["string", "null"], "format": "date-time"},
            covered_from=DAY_OR_NONE,
            final_through=DAY_OR_NONE,
            complete={"type": "boolean"},
            held=_list(_object(**{"from": DAY, "to": DAY}))
            | {
                "description": "Days whose figures the last answer would take away; believed when a second one says the same."
            },
            missing=_list(_object(**{"from": DAY, "to": DAY})) | {"description": "Days that are not read."},
            failing_since={"type": ["string", "null"], "format": "date-time"},
            error={"type": ["string", "null"], "description": "What is to be done next about a connection that fails."},
            syncing={
                "type": ["object", "null"],
                "description": "The run under way: `since`, `requests_done`, `requests_total`.",
            },
        )
    ),
    notes=_list(_object(code={"type": "string"}, metric={"type": "string"}, detail={"type": "string"})),
)
REPORT_RESPONSES: dict[tuple[int, str], Any] = {(200, "application/json"): REPORT} | {
    (200, export.media_type): {"type": "string"} | ({"format": "binary"} if export.is_binary else {})
    for export in EXPORTS.values()
}

_WORD = {"type": "string"}
_WORD_OR_NONE = {"type": ["string", "null"]}
METRICS_RESPONSES: dict[tuple[int, str], Any] = {
    (200, "application/json"): _object(
        results=_list(_object(name=_WORD, label=_WORD, family=_WORD, unit=_WORD, adds_up=_WORD, definition=_WORD)),
        dimensions=_list(_object(name=_WORD, label=_WORD, definition=_WORD, unknown=_WORD)),
    )
}

_ID = {"type": "integer"}
_STAMP = {"type": "string", "format": "date-time"}
_ID_OR_NONE = {"type": ["integer", "null"]}
_LINK = {"type": ["string", "null"], "format": "uri"}
_ROLE = _WORD | {"enum": ["added", "taken_off"], "description": "Only where the figure is a difference."}
_CHANGES = _list(
    _object(
        old=ONE_OR_NONE,
        new=ONE_OR_NONE,
        noticed_at=_STAMP,
        cause={"type": ["string", "null"], "description": "null: it was removed while its day was provisional."},
        snapshot=_ID_OR_NONE,
    )
)
LINEAGE_RESPONSES: dict[tuple[int, str], Any] = {
    (200, "application/json"): _object(
        next=_LINK,
        previous=_LINK,
        query=_object(),
        metric=_WORD,
        figure=ONE_OR_NONE,
        currency=_WORD,
        sums=_list(_object(metric=_WORD, sum=ONE_OR_NONE, facts=_ID, role=_ROLE))
        | {"description": "What all facts add up to: two where the figure is a ratio, or a difference."},
        notes=REPORT["properties"]["notes"],
        results=_list(
            _object(
                **dict.fromkeys(
                    ("connection", "asset", "asset_title", "metric", "interval", "dimension", "key"), _WORD
                ),
                parent=_WORD_OR_NONE,
                day=DAY,
                minute=_ID,
                value=ONE_OR_NONE,
                provisional={"type": ["boolean", "null"]},
                role=_ROLE,
                restatements=_CHANGES,
                later=_CHANGES | {"description": "With as_of: the changes after that day."},
                snapshot=_ID_OR_NONE | {"description": "null, with a note: as of that day it is not known any more."},
                readings=_list(_object(day=DAY, value=ONE_OR_NONE, snapshot=_ID_OR_NONE))
                | {"description": "Of a lifetime counter: the readings whose difference it is."},
            )
        ),
        snapshots=_list(
            _object(
                id=_ID,
                **dict.fromkeys(("connection", "feed", "state"), _WORD),
                **dict.fromkeys(("parent", "asset"), _WORD_OR_NONE),
                from_day=DAY,
                to_day=DAY,
                fetched_at=_STAMP,
                last_seen_at=_STAMP,
                times_seen=_ID,
                reader_version=_ID,
                snapshot=_LINK,
                bodies=_list(_LINK),
            )
        )
        | {"description": "Of this page's facts; absent for a token of one customer."},
    )
}

PROBLEM = _object(
    type=_WORD,
    title=_WORD,
    status={"type": "integer"},
    detail=_WORD,
    errors={"type": "object", "additionalProperties": _list(_WORD)},
)


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Every operation may answer with a problem (a hook of SPECTACULAR_SETTINGS)."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = {"description": "What went wrong.", "content": content}
    return result
