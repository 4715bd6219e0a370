"""A report by programme in each form, small enough to be added up in the head."""

import json

import pytest

from reporting.exports import EXPORTS
from reporting.models import Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.exports.documents import plain_report
from tests.reporting.exports.golden import check_golden, pdf_as_text, workbook_as_text
from tests.support.factories import cover, make_asset, make_connection, make_programme, report, tell

AS_TEXT = {"csv": bytes.decode, "ndjson": bytes.decode, "xlsx": workbook_as_text, "pdf": pdf_as_text}
ASKED = {"metrics": "plays,average_watch_time", "interval": "month", "group_by": "programme"}


@pytest.fixture
def final(alice: Tenant) -> Tenant:
    """The final has 1 + 2 plays at two platforms, of which one tells 60 seconds, too; a playlist of 100 adds nothing. The gala
    has 4 plays. 8 plays are of a video that is in no programme."""
    boom, smart = make_connection(alice, "boom"), make_connection(alice, "smart", "smartstream")
    copies = [make_asset(boom, "f1"), make_asset(smart, "f2")]
    playlist, gala, alone = make_asset(boom, "all", "playlist"), make_asset(boom, "g"), make_asset(boom, "alone")
    for asset, plays in zip((*copies, playlist, gala, alone), (1, 2, 100, 4, 8), strict=True):
        tell(asset, "plays", {"2026-01-01": plays})
    tell(copies[0], "watch_time", {"2026-01-01": 60})
    make_programme(alice, "final-2026", *copies, playlist, name="The final")
    make_programme(alice, "gala", gala, name="The gala")
    for link in (boom, smart):
        cover(link, "2026-01-01", "2026-02-01", "2026-01-31")
    return alice


@pytest.mark.parametrize("format", EXPORTS)
def test_it_works(final: Tenant, format: str) -> None:
    with tenant_scope(final):
        written = b"".join(EXPORTS[format].write(plain_report(final, **ASKED)))
    check_golden(f"programmes.{format}.txt", AS_TEXT[format](written))


def test_the_same_in_json(final: Tenant) -> None:
    answer = report(final, marks=True, **ASKED)
    check_golden("programmes.json.txt", json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
