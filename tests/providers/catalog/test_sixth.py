"""A sixth provider is one file and one folder of fixtures: no other edit, no migration."""

import http.server
import threading
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from providers import catalog, registry
from reporting.models import Asset, Connection, Fact, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.contract import check_provider
from tests.support.line import run

SIXTH = Path(__file__).parents[2] / "sixth"


@pytest.fixture
def sixth(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalog with one more folder to look in."""
    monkeypatch.setattr(catalog, "__path__", [*catalog.__path__, str(SIXTH / "catalog")])
    registry.all_providers.cache_clear()
    yield
    registry.all_providers.cache_clear()


@pytest.fixture
def vidstat() -> Iterator[str]:
    """The vendor's side: it answers with its fixture to whoever has the key."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = "key=sixth-key-of-alice" in self.path
            body = (SIXTH / "fixtures/vidstat/answers/views.json").read_bytes() if known else b"{}"
            self.send_response(200 if known else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def connect(tenant: Tenant, url: str, key: str) -> Connection:
    with tenant_scope(tenant):
        connection = Connection(
            tenant=tenant, slug="six", name="Six", provider="vidstat", base_url=url, time_zone="UTC",
            history_from=date(2026, 1, 1),
        )  # fmt: skip
        connection.credentials = {"api_key": key}
        connection.save()
        Asset.objects.create(tenant=tenant, connection=connection, external_id="final", kind="video")
    return connection


def test_it_works(alice: Tenant, sixth: None, vidstat: str) -> None:
    connection = connect(alice, vidstat, "sixth-key-of-alice")
    assert run(connection, from_day=date(2026, 1, 5), to_day=date(2026, 1, 6)).state == SyncRun.State.SUCCEEDED
    with tenant_scope(alice):
        assert list(Fact.objects.order_by("day").values_list("metric", "value")) == [("plays", 17), ("plays", 4)]


def test_it_keeps_the_contract(sixth: None) -> None:
    check_provider(registry.get("vidstat"), SIXTH / "fixtures" / "vidstat")


def test_it_needs_no_migration(alice: Tenant, sixth: None) -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes" in out.getvalue()


def test_its_refusals_reach_a_person(alice: Tenant, sixth: None, vidstat: str) -> None:
    connection = connect(alice, vidstat, "somebody-elses-key")
    assert run(connection).state == SyncRun.State.FAILED
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_ATTENTION
    assert "VidStat refuses the credentials" in connection.state_message
