"""Alice's customer Norte with everything in its reports that an export can meet, as documents made at one moment."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from reporting.exports.customer import customer_document
from reporting.exports.document import Document
from reporting.exports.plain import document_of
from reporting.models import Connection, Customer, Tenant
from reporting.pages.forms import ReportForm
from reporting.query import run
from reporting.query.parameters import parse
from reporting.reports.customer import CustomerReport
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import cover, give, make_asset, make_connection, make_customer, make_session, tell

MADE = datetime(2026, 2, 1, 5, 30, tzinfo=UTC)
TODAY = date(2026, 2, 1)
HOURS = {"19": 312, "20": 700, "21": 100}  # 1,112 plays of a day
TITLES = ["Финал: Спартак — Зенит", "決勝戦 ハイライト", '=HYPERLINK("http://evil.example","x")', "Łódź"]
# Signs that a spreadsheet may take for a formula, DDE, the European semicolon, markup of typst, rich text of XlsxWriter.
HOSTILE = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    " =1+1",
    "=cmd|' /C calc'!A0",
    "x;=1+1",
    "x\n=1+1",
    '#read("/etc/passwd")',
    '#image("/etc/passwd")',
    "*bold* _it_ $x$ `raw` <label> @ref // no",
    "<r><t>raw</t></r>",
    "_x0041_",
    "http://evil.example/",
    "a\x07b",
    '"; DROP',
]


def days(first: str, count: int, start: int, step: int) -> dict[str, str]:
    day = date.fromisoformat(first)
    return {str(day + timedelta(days=number)): str(start + step * number) for number in range(count)}


def make_norte(alice: Tenant) -> Customer:
    """January 2026: three sources in two zones and two currencies, four titles, countries, a session; December to compare."""
    norte = make_customer(alice)
    with tenant_scope(alice):
        norte.name = "=FC Norte & Söhne #1"
        norte.save()
    boom = make_connection(alice, "boom", "boomstream", name="Boomstream, main", time_zone="Europe/Moscow")
    smart = make_connection(alice, "smart", "smartstream", name="SmartSTREAM", currency="USD")
    edge = make_connection(alice, "cdn", "scaleengine", name="Edge CDN")
    for number, title in enumerate(TITLES):
        asset = make_asset((boom, smart, edge, boom)[number], f"v{number}", title=title)
        give(asset, norte)
        tell(asset, "plays", days("2025-12-20", 43, 1000 + 100 * number, 7))
        tell(asset, "watch_time", days("2026-01-01", 31, 90_000, 1234))
        tell(asset, "data_transfer", days("2026-01-01", 31, 10**9, 10**8))
        tell(asset, "cost", {"2026-01-03": "23.564220929056", "2026-01-04": "-1.5"})
        tell(asset, "plays", {"2026-01-01 JP": 500, "2026-01-02 ES": 300, "2026-01-03 ZZ": 7}, dimension="country")
        make_session(asset, f"2026-01-1{number}T20:00:00+00:00", f"order {number}")
        if number == 0:  # of one day by hour, too: of all the others there are days only
            tell(asset, "plays", {f"2026-01-05T{hour}:00": plays for hour, plays in HOURS.items()}, interval="hour")
    for link, final in ((boom, "2026-01-28"), (smart, "2026-01-29"), (edge, "2026-01-31")):
        cover(link, "2025-12-01", "2026-01-31", final)
    stamps = {"boom": datetime(2026, 2, 1, 5, 0, 3, tzinfo=UTC), "smart": datetime(2026, 2, 1, 4, 0, tzinfo=UTC)}
    with tenant_scope(alice):
        for slug, stamp in stamps.items():
            Connection.objects.filter(slug=slug).update(last_success=stamp)
    return norte


def customer_page(norte: Customer, **address: str) -> Document:
    """The page's document; inside the tenant's scope."""
    form = ReportForm({"from": "2026-01-01", "to": "2026-01-31", **address}, today=TODAY)
    report = CustomerReport(norte.tenant, norte, form.choice(), OPERATOR)
    return customer_document(report, made=MADE, with_sessions=True, with_addresses=True)


def plain_report(tenant: Tenant, **parameters: str) -> Document:
    """A document of the report query on January 2026; inside the tenant's scope."""
    asked = {"from": "2026-01-01", "to": "2026-01-31"} | parameters
    query = parse({name: [value] for name, value in asked.items()}, tenant, OPERATOR, today=TODAY)
    return document_of(run(query), tenant, made=MADE)


def make_hostile(alice: Tenant) -> Customer:
    """One asset for each hostile text, as title, external id, key of a dimension and label of an access."""
    norte = make_customer(alice)
    link = make_connection(alice, "boom", name="=Boom|'!A0")
    for number, words in enumerate(HOSTILE):
        asset = make_asset(link, f"{words}{number}", title=words)
        give(asset, norte)
        tell(asset, "plays", {"2026-01-01": -number - 1, f"2026-01-01 {words}": Decimal(-number - 1)} | {})
        make_session(asset, "2026-01-01T20:00:00+00:00", words, user_agent=words)
    return norte
