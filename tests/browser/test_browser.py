"""What only a browser can tell: charts come alive, nothing scrolls sideways, and all of it works without JavaScript."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from reporting.models import Customer, Membership, Tenant, User
from reporting.periods import today_in
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.browser import Opened
from tests.support.factories import cover, give, make_asset, make_connection, make_customer, make_session, tell

# The server answers in a thread of its own, so rows are committed; flushing brings no role's rights back.
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = today_in("Europe/Madrid")
PAGES = (
    "/t/alice/",
    "/t/alice/c/norte/",
    "/t/alice/c/norte/?table=asset",
    "/t/alice/c/norte/sessions/",
    "/t/alice/lineage/?metrics=plays&customer=norte",
)


def ago(days: int) -> str:
    return str(TODAY - timedelta(days=days))


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    customer = make_customer(alice, "norte")
    for slug, provider in (("boom", "boomstream"), ("smart", "smartstream"), ("cdn", "scaleengine")):
        link = make_connection(alice, slug, provider, history_from=TODAY - timedelta(days=60))
        asset = make_asset(link, f"film-of-{slug}", title="A rather long title, as providers like to give them")
        give(asset, customer)
        tell(asset, "data_transfer", {ago(day): 10**9 * (day + 1) for day in range(40)})
        tell(asset, "plays", {ago(day): 1000 * (day + 1) for day in range(40)})
        cover(link, ago(60), ago(0), ago(3))
        make_session(asset, f"{ago(1)}T20:00:00+00:00", f"order of {slug}")
    return customer


@pytest.fixture
def manager(alice: Tenant) -> User:
    user = User.objects.create_user("olga@alice.example", "a-long-enough-password")
    with tenant_scope(alice):
        Membership.objects.create(tenant=alice, user=user, role="manager")
    return user


def test_it_works(opened: Opened, norte: Customer, manager: User) -> None:
    """Signs in with the keyboard, finds the customer, and the chart answers to the mouse."""
    page = opened("/")
    page.get_by_label("Email").fill(manager.email)
    page.get_by_label("Password").fill("a-long-enough-password")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Norte").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Norte")
    expect(page.locator(".chart[data-live=yes] svg")).to_be_visible()
    expect(page.locator(".chart .still")).to_have_count(0)
    page.locator(".chart .mark-rect path").nth(5).hover()
    expect(page.locator("#vg-tooltip-element")).to_contain_text("Plays")


def test_another_figure_and_period_without_leaving(opened: Opened, norte: Customer, manager: User) -> None:
    page = opened("/t/alice/c/norte/", manager)
    page.get_by_role("link", name="Data transfer · Cdn").click()
    expect(page.locator("#chart-title")).to_have_text("Data transfer · Cdn by day")
    page.get_by_role("link", name="Last 7 days").click()
    expect(page.locator("[aria-current=true]", has_text="Last 7 days")).to_be_visible()
    expect(page.locator("#chart-title")).to_have_text("Data transfer · Cdn by day")
    expect(page.locator(".chart[data-live=yes] svg")).to_be_visible()
    page.go_back()
    expect(page.locator("[aria-current=true]", has_text="Last 30 days")).to_be_visible()


def test_everything_is_there_without_javascript(opened: Opened, norte: Customer, manager: User) -> None:
    page = opened("/t/alice/c/norte/", manager, java_script_enabled=False)
    expect(page.locator(".chart .still svg")).to_be_visible()
    page.get_by_role("link", name="By asset").click()
    expect(page.get_by_role("rowheader", name="A rather long title").first).to_be_visible()
    days = page.locator(".custom", has_text="Custom range")
    days.locator("summary").click()
    page.get_by_role("textbox", name="From").fill(ago(5))
    page.get_by_role("textbox", name="To").fill(ago(2))
    days.locator("button").click()
    assert f"from={ago(5)}" in page.url
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize("words", ["PDF", "Excel", "CSV"])
def test_a_button_brings_the_report_as_a_file(opened: Opened, norte: Customer, manager: User, words: str) -> None:
    page = opened(f"/t/alice/c/norte/?from={ago(9)}&to={ago(2)}", manager)
    with page.expect_download() as waited:
        page.get_by_role("link", name=f"Download as {words}").click()
    ending = {"PDF": "pdf", "Excel": "xlsx", "CSV": "csv"}[words]
    assert waited.value.suggested_filename == f"report-norte-{ago(9)}-{ago(2)}.{ending}"
    assert waited.value.path().stat().st_size > 200
    expect(page.get_by_role("heading", level=1)).to_have_text("Norte")


@pytest.mark.parametrize("width", [375, 1200])
def test_no_page_scrolls_sideways(opened: Opened, norte: Customer, manager: User, width: int) -> None:
    page = opened("/t/alice/", manager, viewport={"width": width, "height": 800})
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(opened: Opened, norte: Customer, manager: User, scheme: str) -> None:
    """WCAG AA: 4.5 to 1, for every text of every page."""
    page = opened("/t/alice/", manager, color_scheme=scheme)
    for address in (*PAGES, "/accounts/2fa/", "/accounts/password/change/"):
        page.goto(address)
        assert page.evaluate(CONTRAST) == [], address


def test_the_console_opens(opened: Opened, norte: Customer) -> None:
    page = opened(
        "/admin/", User.objects.create_superuser("staff@viewledger.example"), viewport={"width": 1400, "height": 900}
    )
    page.get_by_role("link", name="Connections").click()
    expect(page.get_by_role("link", name="Boom", exact=True)).to_be_visible()
    with all_tenants():
        assert Tenant.objects.count() == 1


# The texts whose colour is too near that of the ground behind them.
CONTRAST = """
() => {
  const parse = (colour) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (place) => {
    for (let at = place; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const place of document.querySelectorAll("body *")) {
    const words = [...place.childNodes].filter((n) => n.nodeType === 3 && n.textContent.trim());
    if (!words.length || place.closest("svg, script, style, .unseen, .skip") || !place.checkVisibility()) continue;
    const pair = [light(parse(getComputedStyle(place).color)), light(ground(place))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${words[0].textContent.trim().slice(0, 30)}`);
  }
  return poor;
}
"""
