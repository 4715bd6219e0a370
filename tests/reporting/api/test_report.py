"""`GET /api/v1/report` and `metrics`, as a client sees them: real requests through the middleware."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from reporting.api.problems import not_found, server_error
from reporting.models import Asset, Customer, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import give, make_asset, make_connection, make_customer, tell

JANUARY = "from=2026-01-01&to=2026-01-31"
Get = Callable[..., HttpResponse]


@pytest.fixture
def figures(alice: Tenant) -> Tenant:
    video = make_asset(make_connection(alice, "v", "247platform"), "final", title="=The, “final”")
    give(video, make_customer(alice, "norte"))
    tell(video, "plays", {"2026-01-01": 3, "2026-01-02": -1})
    tell(video, "watch_time", {"2026-01-01": "30.5"})
    tell(video, "cost", {"2026-01-01": "23.564220929056"})
    return alice


def test_it_works(figures: Tenant, client: Client) -> None:
    address = f"/api/v1/report?metrics=plays,watch_time,cost&{JANUARY}&group_by=asset"
    response = client.get(address, headers=bearer(figures))
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    body = response.json()
    assert body["rows"] == [
        {
            "row_type": "plain",
            "period_start": None,
            "connection": "v",
            "asset": "final",
            "asset_kind": "video",
            "parent": None,
            "asset_title": "=The, “final”",
            "currency": "EUR",
            "plays": 2,
            "watch_time": 30.5,
            "cost": "23.564220929056",
            "restated": 0,
        }
    ]
    assert body["totals"] == {"plays": 2, "watch_time": 30.5, "cost": "23.564220929056", "currency": "EUR"}
    assert body.keys() == {"query", "columns", "rows", "totals", "final", "unattributed", "freshness", "notes"}


def test_figures_beyond_64_bits_are_answered_too(figures: Tenant, client: Client) -> None:
    with tenant_scope(figures):
        video = Asset.objects.get()
    tell(video, "data_out", {"2026-01-01": 2**63 - 1, "2026-01-02": 10**20})
    headers = bearer(figures)
    address = f"/api/v1/report?metrics=data_out&interval=day&{JANUARY}"
    rows = client.get(address, headers=headers).json()["rows"]
    lines = client.get(f"{address}&format=ndjson", headers=headers).getvalue().decode().splitlines()
    for shown in (rows, [json.loads(line) for line in lines]):
        assert [row["data_out"] for row in shown[:3]] == [2**63 - 1, 1e20, None]
    by_asset = client.get(f"{address}&group_by=asset", headers=headers).json()["rows"]
    assert [row["data_out"] for row in by_asset] == [2**63 - 1, 1e20]


def test_whole_amounts_of_money_are_text_too(figures: Tenant, client: Client) -> None:
    with tenant_scope(figures):
        video = Asset.objects.get()
    tell(video, "cost", {"2026-01-02": 5, "2026-01-03": Decimal("0.10")})
    tell(video, "plays", {"2026-01-03": 7})
    address = "/api/v1/report?metrics=cost,plays&interval=day&group_by=asset&from=2026-01-02&to=2026-01-03"
    rows = client.get(address, headers=bearer(figures)).json()["rows"]
    assert [(row["cost"], row["plays"]) for row in rows] == [("5", -1), ("0.10", 7)]


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}])
def test_without_a_token(figures: Tenant, client: Client, headers: dict[str, str]) -> None:
    response = client.get(f"/api/v1/report?metrics=plays&{JANUARY}", headers=headers)
    problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_an_expired_token(figures: Tenant, client: Client) -> None:
    headers = bearer(figures, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    problem(client.get("/api/v1/report?metrics=plays", headers=headers), 401)


def test_a_token_without_the_scope(figures: Tenant, client: Client) -> None:
    body = problem(client.get("/api/v1/report?metrics=plays", headers=bearer(figures, "sync")), 403)
    assert "scope read" in body["detail"]


def test_wrong_parameters_by_field(figures: Tenant, client: Client) -> None:
    body = problem(client.get("/api/v1/report?metrics=views&limit=0&colour=red", headers=bearer(figures)), 400)
    assert body["errors"].keys() == {"metrics", "limit", "colour"}


def test_an_unknown_format(figures: Tenant, client: Client) -> None:
    body = problem(client.get("/api/v1/report?metrics=plays&format=docx", headers=bearer(figures)), 400)
    assert body["errors"].keys() == {"format"}
    headers = bearer(figures) | {"Accept": "application/msword"}
    problem(client.get("/api/v1/report?metrics=plays", headers=headers), 406)


def test_writing_to_a_report(figures: Tenant, client: Client) -> None:
    response = client.post("/api/v1/report", headers=bearer(figures, "read,manage"))
    problem(response, 405)
    assert "GET" in response["Allow"]


def test_bobs_slugs_are_404(figures: Tenant, bob: Tenant, client: Client) -> None:
    for filter_ in ("customer=norte", "connection=v", "asset=final"):
        body = problem(client.get(f"/api/v1/report?metrics=plays&{filter_}", headers=bearer(bob)), 404)
        assert body["errors"].keys() == {filter_.partition("=")[0]}
    assert client.get(f"/api/v1/report?metrics=plays&{JANUARY}", headers=bearer(bob)).json()["totals"] == {
        "plays": None
    }


def test_a_customers_token_sees_only_its_own(figures: Tenant, client: Client) -> None:
    sur = make_customer(figures, "sur")
    with tenant_scope(figures):
        norte = Customer.objects.get(slug="norte")
    address = f"/api/v1/report?metrics=plays&{JANUARY}"
    assert client.get(address, headers=bearer(figures, customer=norte)).json()["totals"] == {"plays": 2}
    nothing = client.get(address, headers=bearer(figures, customer=sur)).json()
    assert (nothing["totals"], nothing["freshness"]) == ({"plays": None}, [])
    problem(client.get(f"{address}&customer=norte", headers=bearer(figures, customer=sur)), 404)


def test_addresses_that_are_not_there(rf: RequestFactory) -> None:
    request = rf.get("/api/v1/nothing")
    problem(not_found(request, Exception()), 404)
    problem(server_error(request), 500)


# --- Formats ----------------------------------------------------------------------------------------------------------


def test_csv(figures: Tenant, client: Client) -> None:
    address = f"/api/v1/report?metrics=plays,cost&{JANUARY}&interval=day&group_by=asset"
    response = client.get(f"{address}&format=csv", headers=bearer(figures))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="report-2026-01-01-2026-01-31.csv"'
    written = response.getvalue()
    marks = ["row_type", "period_start", "final", "restated"]
    of_first, of_second = (["plain", day, "false", "0"] for day in ("2026-01-01", "2026-01-02"))
    assert list(csv.reader(written.decode().splitlines())) == [
        [
            *("period", "connection", "asset", "asset_kind", "parent", "asset_title", "currency"),
            *("plays", "cost", *marks),
        ],
        # A title that a spreadsheet would take for a formula gets an apostrophe; a negative figure is none.
        ["2026-01-01", "v", "final", "video", "", "'=The, “final”", "EUR", "3", "23.564220929056", *of_first],
        ["2026-01-02", "v", "final", "video", "", "'=The, “final”", "EUR", "-1", "", *of_second],
    ]
    by_header = client.get(address, headers=bearer(figures) | {"Accept": "text/csv"})
    assert by_header.getvalue() == written


def test_ndjson(figures: Tenant, client: Client) -> None:
    address = "/api/v1/report?metrics=plays&from=2026-01-01&to=2026-01-03&interval=day&format=ndjson"
    response = client.get(address, headers=bearer(figures))
    assert response["Content-Type"] == "application/x-ndjson"
    *rows, last = [json.loads(line) for line in response.getvalue().splitlines()]
    body = client.get(address.replace("ndjson", "json"), headers=bearer(figures)).json()
    assert rows == body["rows"]
    assert [(row["period"], row["plays"], row["row_type"], row["final"], row["restated"]) for row in rows] == [
        ("2026-01-01", 3, "plain", False, 0),
        ("2026-01-02", -1, "plain", False, 0),
        ("2026-01-03", None, "plain", False, 0),
    ]
    assert last == {"report": {name: value for name, value in body.items() if name not in ("columns", "rows")}}
    assert {"query", "totals", "unattributed", "freshness", "notes"} <= last["report"].keys()


def test_ndjson_ends_with_what_is_compared_and_kept_apart(figures: Tenant, client: Client) -> None:
    address = f"/api/v1/report?metrics=plays,cost&{JANUARY}&compare=previous_period"
    body = client.get(address, headers=bearer(figures)).json()
    content = client.get(f"{address}&format=ndjson", headers=bearer(figures)).getvalue()
    report = json.loads(content.splitlines()[-1])["report"]
    assert report["previous"] == body["previous"]
    assert report.get("totals_by") == body.get("totals_by")


# --- Vocabulary and schema --------------------------------------------------------------------------------------------


def test_metrics(alice: Tenant, client: Client) -> None:
    body = client.get("/api/v1/metrics", headers=bearer(alice)).json()
    by_name = {metric["name"]: metric for metric in body["results"]}
    assert by_name["devices"]["adds_up"] == "never"
    assert by_name["average_watch_time"]["numerator"] == "watch_time"
    assert "country" in {dimension["name"] for dimension in body["dimensions"]}
    problem(client.get("/api/v1/metrics"), 401)


def test_the_schema_is_made_without_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import call_command

    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json")
    schema = json.loads(capsys.readouterr().out)
    assert schema["openapi"].startswith("3.1")
    report = schema["paths"]["/api/v1/report"]["get"]
    assert {"metrics", "from", "to", "interval", "country"} <= {one["name"] for one in report["parameters"]}
    assert "application/problem+json" in report["responses"]["default"]["content"]


def test_the_schema_and_its_page_need_no_token_and_no_other_server(db: None, client: Client) -> None:
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "https://" not in page
