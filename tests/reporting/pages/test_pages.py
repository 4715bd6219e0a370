"""What people see: each where their figures are, and nobody what is not theirs."""

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reporting.models import Asset, Connection, Customer, Fact, Membership, Tenant, User
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import (
    cover,
    give,
    make_asset,
    make_connection,
    make_customer,
    make_restatement,
    make_session,
    make_snapshot,
    tell,
)
from tests.support.pages import PASSWORD, TODAY, Enter, ago, person, text_of


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """A customer of Alice's with a film at Boomstream, watched this week and the month before."""
    customer = make_customer(alice, "norte")
    boom = make_connection(alice, "boom", "boomstream", history_from=TODAY - timedelta(days=90), currency="")
    film = make_asset(boom, "FILM", title="The final")
    give(film, customer)
    tell(film, "plays", {ago(2): 1_234_567, ago(1): 3, ago(40): 1_000_000})
    tell(film, "watch_time", {ago(2): 45_240})
    cover(boom, ago(90), ago(0), ago(3))
    return customer


def test_it_works(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """Figures, what they were before, the chart and its table, how fresh all is."""
    client = enter(alice)
    page = text_of(client, "/t/alice/c/norte/")
    assert "1,234,570" in page  # plays of 30 days
    assert "+23.5 %" in page
    assert "12 h 34 min" in page
    assert "provisional from" in page
    assert "days in UTC" in page
    html = client.get("/t/alice/c/norte/").content.decode()
    assert "<svg" in html  # drawn here, so that it is there without JavaScript
    assert 'id="chart-spec"' in html


# --- Signing in -------------------------------------------------------------------------------------------------------


def sign_in(email: str, password: str = PASSWORD, client: Client | None = None):
    return (client or Client()).post("/accounts/login/", {"login": email, "password": password}, follow=True)


def test_each_is_led_to_their_figures(enter: Enter, alice: Tenant, norte: Customer) -> None:
    people = {person(alice, "manager"): "/t/alice/", person(alice, "analyst"): "/t/alice/"}
    people |= {person(alice, "customer", norte): "/t/alice/c/norte/"}
    people |= {User.objects.create_superuser("staff@viewledger.example", PASSWORD): "/admin/"}
    for user, place in people.items():
        assert sign_in(user.email).redirect_chain[-1][0] == place
        assert sign_in(user.email.upper()).redirect_chain[-1][0] == place


def test_who_has_several_places_chooses(enter: Enter, alice: Tenant, bob: Tenant) -> None:
    user = person(alice)
    with tenant_scope(bob):
        Membership.objects.create(tenant=bob, user=user, role="analyst")
    page = sign_in(user.email).content.decode()
    assert '<a href="/t/alice/">' in page
    assert '<a href="/t/bob/">' in page


def test_who_has_none_is_told(enter: Enter) -> None:
    user = User.objects.create_user("nobody@alice.example", PASSWORD)
    assert "belongs to no tenant" in sign_in(user.email).content.decode()


def test_guessing_passwords_is_stopped(enter: Enter, alice: Tenant) -> None:
    """After five failures a minute even the right password waits, and the page says so; another address does not."""
    user = person(alice)
    for _ in range(5):
        assert "do not belong together" in sign_in(user.email, "wrong").content.decode()
    assert "Wait a minute" in sign_in(user.email).content.decode()
    assert sign_in(person(alice, "analyst").email).redirect_chain[-1][0] == "/t/alice/"


def test_nobody_signs_up(enter: Enter) -> None:
    form = {"email": "new@alice.example", "password1": PASSWORD, "password2": PASSWORD}
    assert "There is no sign-up" in Client().get("/accounts/signup/").content.decode()
    assert "There is no sign-up" in Client().post("/accounts/signup/", form).content.decode()
    assert not User.objects.exists()


def test_a_second_factor_is_asked_for(enter: Enter, alice: Tenant) -> None:
    """At the console too, which has no other door."""
    user = User.objects.create_superuser("staff@viewledger.example", PASSWORD)
    TOTP.activate(user, generate_totp_secret())
    client = Client()
    assert sign_in(user.email, client=client).redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    for address in ("/admin/", "/t/alice/"):
        assert client.get(address, follow=True).redirect_chain[-1][0] == "/accounts/2fa/authenticate/"


def test_a_second_factor_is_made(enter: Enter, alice: Tenant) -> None:
    """The password once more, then the code of the app, then the recovery codes."""
    client = Client()
    sign_in(person(alice).email, client=client)
    activate = "/accounts/2fa/totp/activate/"
    asked = client.get(activate, follow=True)
    assert "Enter your password" in asked.content.decode()
    page = client.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    assert page.redirect_chain[-1][0] == activate
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    assert client.post(activate, {"code": "000000"}).status_code == 200
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    done = client.post(activate, {"code": code}, follow=True)
    assert done.redirect_chain[-1][0] == "/accounts/2fa/recovery-codes/"
    assert "reporting/site.css" in done.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "password/change/",
        "password/reset/",
        "2fa/",
        "logout/",
        "email/",
        "login/",
        "reauthenticate/",
    ],
)
def test_account_pages_wear_the_sites_look(enter: Enter, alice: Tenant, address: str) -> None:
    client = Client()
    if address != "login/":
        sign_in(person(alice).email, client=client)
    page = client.get(f"/accounts/{address}").content.decode()
    assert "reporting/site.css" in page
    assert 'class="card account"' in page


# --- Whose figures ----------------------------------------------------------------------------------------------------


def test_nobody_sees_anything_unsigned(client: Client, norte: Customer) -> None:
    for address in ("/t/alice/", "/t/alice/c/norte/", "/t/alice/c/norte/sessions/", "/t/nowhere/"):
        assert client.get(address)["Location"] == f"/accounts/login/?next={address}"


def test_bob_does_not_see_alices_pages(enter: Enter, bob: Tenant, norte: Customer) -> None:
    client = enter(bob)
    for address in ("/t/alice/", "/t/alice/c/norte/", "/t/alice/c/norte/sessions/", "/t/bob/c/norte/", "/t/nowhere/"):
        assert client.get(address).status_code == 404, address


def test_charlie_sees_charlies_report_alone(enter: Enter, alice: Tenant, norte: Customer) -> None:
    charlie = make_customer(alice, "charlie")
    client = enter(alice, "customer", charlie)
    assert client.get("/t/alice/")["Location"] == "/t/alice/c/charlie/"
    assert "Nothing was reported" in text_of(client, "/t/alice/c/charlie/")
    assert "Boom" not in text_of(client, "/t/alice/c/charlie/")
    for address in ("/t/alice/c/norte/", "/t/alice/c/norte/sessions/"):
        assert client.get(address).status_code == 404


def test_staff_sees_every_tenant(enter: Enter, norte: Customer) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("staff@viewledger.example"))
    assert "1,234,570" in text_of(client, "/t/alice/c/norte/")


def test_pages_only_read(enter: Enter, alice: Tenant, norte: Customer) -> None:
    assert enter(alice).post("/t/alice/c/norte/").status_code == 405


def test_pages_are_not_kept_by_shared_caches(enter: Enter, alice: Tenant, norte: Customer) -> None:
    assert "no-store" in enter(alice).get("/t/alice/c/norte/")["Cache-Control"]


# --- The overview -----------------------------------------------------------------------------------------------------


def test_the_overview_shows_customers_and_connections(enter: Enter, alice: Tenant, norte: Customer) -> None:
    make_connection(alice, "fire", "callfire", state="needs_attention", state_message="CallFire refuses the password.")
    make_customer(alice, "quiet")
    page = text_of(enter(alice, "analyst"), "/t/alice/")
    for words in ("Norte", "1,234,570", "Quiet", "needs attention", "CallFire refuses the password.", "Europe/Madrid"):
        assert words in page


def test_bytes_of_two_providers_stay_apart(enter: Enter, alice: Tenant, norte: Customer) -> None:
    for slug, provider, number in (("cdn", "scaleengine", 2_000_000_000), ("vms", "247platform", 1_500_000_000)):
        asset = make_asset(make_connection(alice, slug, provider), "FILM")
        give(asset, norte)
        tell(asset, "data_transfer", {ago(2): number})
    client = enter(alice)
    for address in ("/t/alice/", "/t/alice/c/norte/"):
        page = text_of(client, address)
        assert "2.0 GB" in page
        assert "1.5 GB" in page
        assert "3.5 GB" not in page
    chosen = text_of(client, "/t/alice/c/norte/?metric=data_transfer.scaleengine")
    assert "Data transfer · Cdn by day" in chosen


def test_money_in_two_currencies_stays_apart(enter: Enter, alice: Tenant, norte: Customer) -> None:
    for slug, currency, amount in (("one", "EUR", "2.50"), ("two", "USD", "4.25")):
        asset = make_asset(make_connection(alice, slug, "247platform", currency=currency), "FILM")
        give(asset, norte)
        tell(asset, "cost", {ago(2): amount})
    page = text_of(enter(alice), "/t/alice/c/norte/?metric=cost.USD")
    assert "2.50 EUR" in page
    assert "4.25 USD" in page
    assert "6.75" not in page
    assert "Cost · USD by day" in page


# --- The report -------------------------------------------------------------------------------------------------------


def test_periods_and_intervals_of_the_address(enter: Enter, alice: Tenant, norte: Customer) -> None:
    client = enter(alice)
    assert "1,000,000" in text_of(client, f"/t/alice/c/norte/?from={ago(41)}&to={ago(39)}")
    assert "week" in text_of(client, "/t/alice/c/norte/?interval=week&period=last_90_days")
    assert "Plays by month" in text_of(client, "/t/alice/c/norte/?interval=month")
    assert "The final" in text_of(client, "/t/alice/c/norte/?table=asset")
    assert "The final" in text_of(client, "/t/alice/c/norte/?interval=total")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("period=nonsense", "nonsense is not one of the available choices"),
        ("from=2026-01-31&to=2026-01-01", "is before the first"),
        ("from=2026-01-01", "Give both the first and the last day"),
        ("from=yesterday&to=today", "Enter a valid date"),
        ("period=last_7_days&from=2026-01-01&to=2026-01-02", "not both"),
        ("interval=hour&period=this_year&from=&to=", ""),
        ("compare=never", "not one of the available choices"),
        ("from=2020-01-01&to=2026-01-01&interval=hour", "14 days at most"),
    ],
)
def test_an_address_that_can_not_be_is_said(
    enter: Enter, alice: Tenant, norte: Customer, query: str, words: str
) -> None:
    assert words in text_of(enter(alice), f"/t/alice/c/norte/?{query}")


@pytest.mark.parametrize(
    "question",
    [
        "from=0001-01-01&to=0001-01-01", "from=0001-01-01&to=9999-12-31", "from=1990-01-01&to=2999-12-31",
        "from=9999-12-30&to=9999-12-31&interval=week", "from=0001-01-02&to=0001-01-02&interval=month&compare=previous_year",
        "as_of=0001-01-01",
    ],
)  # fmt: skip
def test_days_at_the_ends_of_the_calendar_are_refused(
    enter: Enter, alice: Tenant, norte: Customer, question: str
) -> None:
    client = enter(alice)
    for address in ("/t/alice/c/norte/", "/t/alice/c/norte/sessions/", "/t/alice/"):
        assert client.get(f"{address}?{question}").status_code == 200
    page = text_of(client, f"/t/alice/c/norte/?{question}")
    assert any(word in page for word in ("earliest day", "last day is", "at most; these are"))


def test_an_unknown_figure_shows_the_first(enter: Enter, alice: Tenant, norte: Customer) -> None:
    assert "Plays by day" in text_of(enter(alice), "/t/alice/c/norte/?metric=nonsense")


def test_a_day_without_a_figure_is_a_dash(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """Watch time was reported on one day of three: the others are unknown, not 0."""
    page = text_of(enter(alice), f"/t/alice/c/norte/?metric=watch_time&from={ago(3)}&to={ago(1)}")
    assert page.count("The provider does not report it.") >= 3
    assert " 0 s" not in page


def test_countries_with_what_is_not_split(enter: Enter, alice: Tenant, norte: Customer) -> None:
    asset = make_asset(make_connection(alice, "smart", "smartstream"), "ref:1")
    give(asset, norte)
    tell(asset, "sessions", {ago(2): 100})
    tell(asset, "sessions", {f"{ago(2)} JP": 70, f"{ago(2)} ES": 20}, dimension="country")
    page = text_of(enter(alice), "/t/alice/c/norte/?metric=sessions")
    assert re.search(r"Japan 70 70 % Spain 20 20 % Not split by country 10 10 %", page)


def test_a_name_is_only_a_name(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """Titles come from providers and customers: they are shown, never run."""
    evil = "</script><script>alert(1)</script>"
    asset = make_asset(make_connection(alice, "evil", "smartstream", name=evil), "<b>", title=evil)
    give(asset, norte)
    tell(asset, "plays", {ago(1): 5})
    html = enter(alice).get("/t/alice/c/norte/?table=asset").content.decode()
    assert evil not in html
    assert "&lt;script&gt;alert(1)" in html


def test_the_page_costs_the_same_for_one_asset_and_for_many(enter: Enter, alice: Tenant, norte: Customer) -> None:
    client = enter(alice)
    many = make_connection(alice, "many", "boomstream")

    def statements() -> int:
        with CaptureQueriesContext(database) as captured:
            assert client.get("/t/alice/c/norte/?table=asset").status_code == 200
        return len(captured)

    def film(number: int) -> None:
        asset = make_asset(many, f"FILM-{number}")
        give(asset, norte)
        tell(asset, "plays", {ago(1): number})

    film(1)
    before = statements()
    for number in range(2, 6):
        film(number)
    assert statements() == before


def test_the_charts_bundle_is_our_own(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """Named by its version, kept for ever by the browser, and no address of the page leads to another host."""
    client = enter(alice)
    html = client.get("/t/alice/c/norte/").content.decode()
    found = re.search(r'data-bundle="([^"]+)"', html)
    assert found is not None
    bundle = client.get(found[1])
    assert b"vegaEmbed" in bundle.content
    assert "immutable" in bundle["Cache-Control"]
    assert client.get("/t/alice/vega-0.0.js").status_code == 404
    hosts = re.findall(r'(?:src|href|action)="(?:https?:)?//([^/"]+)', html)
    assert hosts == []


# --- Sessions ---------------------------------------------------------------------------------------------------------


def test_sessions_are_listed_on_the_providers_clock(enter: Enter, alice: Tenant, norte: Customer) -> None:
    asset = make_asset(make_connection(alice, "moscow", "boomstream", time_zone="Europe/Moscow"), "LIVE", title="Live")
    give(asset, norte)
    make_session(asset, f"{ago(1)}T20:00:00+03:00", "order 7", ip="203.0.113.9", country="FR", left_activations=0)
    page = text_of(enter(alice, "customer", norte), "/t/alice/c/norte/sessions/")
    for words in ("20:00", "Europe/Moscow", "order 7", "Live", "203.0.113.0/24", "France"):
        assert words in page
    assert "203.0.113.9" not in page  # a viewer's address is for those who were given the right


def test_sessions_of_another_customers_days_are_not_listed(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """The film was Charlie's before it became Norte's."""
    charlie = make_customer(alice, "charlie")
    film = make_asset(make_connection(alice, "moved", "boomstream"), "MOVED")
    give(film, charlie, None, ago(6))
    give(film, norte, ago(5))
    make_session(film, f"{ago(8)}T12:00:00+00:00", "charlies-order")
    make_session(film, f"{ago(2)}T12:00:00+00:00", "nortes-order")
    page = text_of(enter(alice), "/t/alice/c/norte/sessions/")
    rows = page.partition("Activations left")[2]
    assert "nortes-order" in rows
    assert "charlies-order" not in rows


def test_sessions_are_filtered_and_paged(enter: Enter, alice: Tenant, norte: Customer) -> None:
    film = make_asset(make_connection(alice, "ppv", "boomstream"), "PPV")
    give(film, norte)
    for number in range(101):
        make_session(film, f"{ago(1)}T12:00:00+00:00", "order 1", ip=f"192.0.2.{number}")
    other = make_session(film, f"{ago(2)}T12:00:00+00:00", "order 2", ip="198.51.100.7")
    client = enter(alice)
    assert "1 to 100 of 102" in text_of(client, "/t/alice/c/norte/sessions/")
    assert "198.51.100.7" in text_of(client, "/t/alice/c/norte/sessions/?page=2")
    assert "198.51.100.7" in text_of(client, f"/t/alice/c/norte/sessions/?access={other.access_id}")
    assert "1 to 1 of 1" in text_of(client, f"/t/alice/c/norte/sessions/?access={other.access_id}")
    assert "No sessions on these days" in text_of(client, f"/t/alice/c/norte/sessions/?from={ago(9)}&to={ago(8)}")


def test_sessions_are_found_by_any_spelling_of_their_address(enter: Enter, alice: Tenant, norte: Customer) -> None:
    film = make_asset(make_connection(alice, "ppv", "boomstream"), "PPV")
    give(film, norte)
    make_session(film, f"{ago(1)}T12:00:00+00:00", ip="192.0.2.5", user_agent="mapped")
    make_session(film, f"{ago(1)}T12:00:00+00:00", ip="2001:db8::1", user_agent="short", is_future=True)
    client, address = enter(alice), "/t/alice/c/norte/sessions/"
    for spelled, found, other in (("::FFFF:192.0.2.5", "mapped", "short"), ("2001:DB8:0::1", "short", "mapped")):
        html = client.get(address, {"ip": spelled}).content.decode()
        assert found in html
        assert other not in html
        assert f'value="{spelled}"' in html  # the field shows what was asked for
        assert ("in the future when the provider was asked" in html) == (found == "short")
    assert "No sessions on these days" in client.get(address, {"ip": "192.0.2.6"}).content.decode()
    kept = client.get(f"{address}?period=last_7_days&ip=192.0.2.5").content.decode()
    assert 'name="period" value="last_7_days"' in kept


def test_the_error_page_says_what_to_do(enter: Enter, alice: Tenant) -> None:
    answer = enter(alice).get("/t/alice/c/nobody/")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()


# --- As it was on an earlier day ---------------------------------------------------------------------------------------------


def test_a_page_as_of_an_earlier_day(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """What was there then, a dash for what is not known of then, and the way back."""
    client = enter(alice)
    with tenant_scope(alice):
        boom, film = Connection.objects.get(slug="boom"), Asset.objects.get(external_id="FILM")
        fetched = datetime.combine(TODAY - timedelta(days=2), time(12), UTC)
        snapshot = make_snapshot(boom, fetched)
        Fact.objects.filter(metric="plays", day=ago(40)).update(snapshot=snapshot)
        noticed = fetched + timedelta(days=1)
        make_restatement(film, "plays", ago(40), 700_000, 1_000_000, noticed, old_since=fetched)
    days = f"?from={ago(45)}&to={ago(35)}"
    assert "1,000,000" in text_of(client, f"/t/alice/c/norte/{days}")
    page = text_of(client, f"/t/alice/c/norte/{days}&as_of={ago(2)}")
    assert "700,000" in page
    assert "1,000,000" not in page
    assert "as they were at the end of" in page
    page = text_of(
        client, f"/t/alice/c/norte/?from={ago(31)}&to={ago(2)}&as_of={ago(2)}"
    )  # with days that were fetched by nobody knows whom
    assert "Plays —" in page
    assert "is not known as of" in page
    assert "still to come" in text_of(client, f"/t/alice/c/norte/?as_of={TODAY + timedelta(days=1)}")
