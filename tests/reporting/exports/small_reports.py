"""Reports of ten rows at most, whose figures can be added up by hand from what stands here.

Each is about connections of its own: `films` (videos, a playlist, countries), `club` (an account and its assets), `dollar`
(another currency), `daily` (no hours), `odd` (ids and figures that programs get wrong).
"""

from dataclasses import replace
from datetime import UTC, datetime

from reporting.exports.document import Document
from reporting.exports.options import Options
from reporting.exports.plain import document_of
from reporting.models import Asset, Tenant
from reporting.query import ReportResult, run
from reporting.query.parameters import parse
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.exports.documents import MADE, TODAY
from tests.support.factories import cover, make_asset, make_connection, make_restatement, tell

FILMS = {"a": 40, "b": 30, "c": 20, "d": 10}  # plays on 4 January: 100
BEFORE = {"a": 30, "b": 30, "c": 15, "d": 5}  # on the 2nd: 80
ODD = {"-neg.mp4": 2**53 + 1, "=x": 10**20, "+1": -3, "@a": 4, "\tled by a tab": 5, "\rled by a CR": 6}
OF_FILMS = {"metrics": "plays", "connection": "films", "from": "2026-01-04", "to": "2026-01-04"}
TWO_DAYS = {"from": "2026-01-04", "to": "2026-01-05"}
SMALL_REPORTS = {
    "limit": OF_FILMS | {"group_by": "asset", "limit": "2"},
    "limit_per_day": OF_FILMS
    | {"from": "2026-01-02", "group_by": "asset", "interval": "day", "limit": "2", "limit_per": "period"},
    "remainder": OF_FILMS | {"group_by": "country", "limit": "2"},
    "days": OF_FILMS | TWO_DAYS | {"interval": "day", "compare": "previous_period"},
    "compared": OF_FILMS | {"group_by": "asset", "compare": "previous_period", "from": "2026-01-03"},
    "playlists": OF_FILMS | {"group_by": "asset", "interval": "day"},
    "account": OF_FILMS | {"connection": "club", "group_by": "asset"},
    "currencies": OF_FILMS | {"metrics": "plays,cost", "connection": "films,dollar"},
    "hours": OF_FILMS | {"interval": "hour", "connection": "films,daily"},
    "odd": OF_FILMS | {"metrics": "plays,data_transfer", "connection": "odd", "group_by": "asset"},
}


def make_small_world(alice: Tenant) -> None:
    films = make_connection(alice, "films", name="The films")
    for id, plays in FILMS.items():
        film = make_asset(films, id, title=f"Film {id.upper()}")
        tell(film, "plays", {"2026-01-04": plays, "2026-01-02": BEFORE[id]})
        tell(film, "cost", {"2026-01-04": "0.1"})
        if id == "a":
            tell(film, "plays", {"2026-01-04 JP": 25, "2026-01-04 ES": 10, "2026-01-04 FR": 5}, dimension="country")
            tell(film, "plays", {"2026-01-04T14:00": 12, "2026-01-04T15:00": 28}, interval="hour")
            make_restatement(film, "plays", "2026-01-04", 41, 40, datetime(2026, 1, 6, tzinfo=UTC))
    tell(make_asset(films, "p", "playlist", title="Films A and B"), "plays", {"2026-01-04": 65, "2026-01-02": 50})
    club = make_connection(alice, "club", name="The club")
    tell(make_asset(club, "all", "account"), "plays", {"2026-01-04": 50})
    tell(make_asset(club, "x", title="Film X"), "plays", {"2026-01-04": 45})
    dollar = make_connection(alice, "dollar", "smartstream", name="The dollar account", currency="USD")
    seen = make_asset(dollar, "y", title="Film Y")
    tell(seen, "plays", {"2026-01-04": 7})
    tell(seen, "cost", {"2026-01-04": "4.100000000001"})
    tell(
        make_asset(make_connection(alice, "daily", "smartstream", name="By day only"), "z"), "plays", {"2026-01-04": 9}
    )
    odd = make_connection(alice, "odd", name="Odd ids")
    for id, plays in ODD.items():
        asset = make_asset(odd, id)
        tell(asset, "plays", {"2026-01-04": plays})
        tell(asset, "data_transfer", {"2026-01-04": 2**53 + 3})
    untitled(alice, "d", *ODD)
    for link in (films, club, dollar, odd):
        cover(link, "2026-01-01", "2026-01-31", "2026-01-04")


def untitled(tenant: Tenant, *ids: str) -> None:
    with tenant_scope(tenant):
        Asset.objects.filter(external_id__in=ids).update(title="")


def small_result(tenant: Tenant, name: str) -> ReportResult:
    """Inside the tenant's scope."""
    return run(parse({word: [value] for word, value in SMALL_REPORTS[name].items()}, tenant, OPERATOR, today=TODAY))


def small_report(tenant: Tenant, name: str) -> Document:
    """The same as a document, without sheets that say the same for each."""
    options = Options(sheets=("summary", "report", "notes"))
    return replace(document_of(small_result(tenant, name), tenant, made=MADE), options=options)
