"""What was odd in an answer and is stored all the same, where people look for it: the run, the reading, the sessions."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from reporting.models import Connection, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer
from tests.support.factories import make_asset, make_connection, make_session
from tests.support.pages import Enter

NOTE = "2 names too long to be kept: cut, each ends in ~ and a digest of the whole (vod/xxx…)."
DAY = date(2026, 1, 5)


@pytest.fixture
def boom(alice: Tenant) -> Connection:
    return make_connection(alice)


@pytest.fixture
def run(boom: Connection) -> SyncRun:
    noted = {"note": NOTE, "feed": "usage", "from": "2026-01-05", "to": "2026-01-05"}
    with tenant_scope(boom.tenant_id):
        return SyncRun.objects.create(tenant_id=boom.tenant_id, connection=boom, notes=[noted])


@pytest.fixture
def reading(boom: Connection) -> Snapshot:
    now = datetime.now(UTC)
    with tenant_scope(boom.tenant_id):
        made = Snapshot.objects.create(
            tenant_id=boom.tenant_id,
            connection=boom,
            feed="usage",
            from_day=DAY,
            to_day=DAY,
            fetched_at=now,
            last_seen_at=now,
            state=Snapshot.State.READ,
            is_personal=False,
            reader_version=1,
            time_zone="UTC",
            notes=[NOTE],
        )
        made.parts.create(
            tenant_id=boom.tenant_id, number=1, request={"method": "GET", "url": "/"}, status=200, fetched_at=now,
            compressed=b"(\xb5/\xfd \x02\x11\x00\x00[]", size=2, sha256="",
        )  # fmt: skip
    return made


def test_it_works(staff: Client, run: SyncRun) -> None:
    page = staff.get(reverse("admin:reporting_syncrun_change", args=[run.pk])).content.decode()
    assert NOTE in page
    assert "5 … 2026-01-05" in page


def test_the_console_shows_the_note_of_a_reading(staff: Client, reading: Snapshot) -> None:
    assert NOTE in staff.get(reverse("admin:reporting_snapshot_change", args=[reading.pk])).content.decode()


def test_a_managers_page_of_a_reading_shows_it(enter: Enter, alice: Tenant, reading: Snapshot) -> None:
    assert NOTE in enter(alice).get(f"/t/alice/readings/{reading.pk}/").content.decode()


def test_the_api_gives_them(client: Client, alice: Tenant, run: SyncRun, reading: Snapshot) -> None:
    shown = client.get(f"/api/v1/sync-runs/{run.pk}", headers=bearer(alice)).json()
    assert shown["notes"] == run.notes
    assert client.get(f"/api/v1/snapshots/{reading.pk}", headers=bearer(alice)).json()["notes"] == [NOTE]


def test_the_list_of_sessions(staff: Client, boom: Connection) -> None:
    """An address is found in any spelling; what is in the future is marked, and a filter."""
    asset = make_asset(boom)
    make_session(asset, "2026-01-05T12:00:00+00:00", label="mapped", ip="192.0.2.5")
    make_session(asset, "2030-01-05T12:00:00+00:00", label="later", ip="2001:db8::1", is_future=True)
    address = reverse("admin:reporting_ppvsession_changelist")

    def listed(**words: str) -> set[str]:
        html = staff.get(address, words).content.decode()
        return {word for word in ("192.0.2.5", "2001:db8::1") if f">{word}<" in html}

    assert listed() == {"192.0.2.5", "2001:db8::1"}
    assert listed(q="::ffff:192.0.2.5") == {"192.0.2.5"}
    assert listed(q="2001:DB8:0:0::1") == {"2001:db8::1"}
    assert listed(q="mapped") == {"192.0.2.5"}
    assert listed(is_future__exact="1") == {"2001:db8::1"}
