"""Figures as people read them."""

from decimal import Decimal

import pytest

from reporting.templatetags.figures import change, figure, period, shown
from reporting.templatetags.pages import agent, country

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0"


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "unit", "currency", "words"),
    [
        ("1234567", "count", "", "1 234 567"),
        ("0", "count", "", "0"),
        ("-3", "count", "", "−3"),
        ("45240", "seconds", "", "12 h 34 min"),
        ("125", "seconds", "", "2 min 5 s"),
        ("59.96", "seconds", "", "60.0 s"),
        ("3599.6", "seconds", "", "1 h 0 min"),
        ("0.6", "seconds", "", "0.6 s"),
        ("5400000", "seconds", "", "1 500 h"),
        ("160811112222", "bytes", "", "160.8 GB"),
        ("999", "bytes", "", "999 B"),
        ("-2500000", "bytes", "", "−2.5 MB"),
        ("23.564220929056", "money", "EUR", "23.56 EUR"),
        ("0.0414", "money", "EUR", "0.0414 EUR"),
        ("0.874", "share", "", "87.4 %"),
        ("12.5", "credits", "", "12.50"),
    ],
)
def test_it_works(value: str, unit: str, currency: str, words: str) -> None:
    assert plain(shown(Decimal(value), unit, currency)) == words


def test_the_exact_value_is_in_the_tooltip() -> None:
    assert plain(figure(Decimal("23.564220929056"), "money", "EUR")) == (
        '<span title="23.564220929056 EUR">23.56 EUR</span>'
    )


def test_nothing_reported_is_no_zero() -> None:
    html = figure(None, "count", why="No day was fetched.")
    assert "—" in html
    assert "No day was fetched." in html
    assert "0" not in html


def test_a_reason_can_not_bring_markup() -> None:
    assert "<script>" not in figure(None, "count", why="<script>")


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        ("112", "100", "+12.0 %"),
        ("50", "100", "−50.0 %"),
        ("5", "5", "±0.0 %"),
        ("300", "100", "+200 %"),
        ("1", "0", "new"),
    ],
)
def test_changes(now: str, before: str, words: str) -> None:
    assert f">{words}<" in plain(change(Decimal(now), Decimal(before)))


def test_no_change_from_an_unknown_figure() -> None:
    assert "—" in change(Decimal(5), None)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2026-01", "Jan 2026"),
        ("2026-W05", "week 5 of 2026"),
        ("2026-01-01", "Thu 1 Jan 2026"),
        ("2026-01-01T14", "Thu 1 Jan 2026, 14:00"),
        ("2026-01-01T14:35", "Thu 1 Jan 2026, 14:35"),
    ],
)
def test_periods(row: str, words: str) -> None:
    assert period(row) == words


def test_countries_and_browsers() -> None:
    assert [country(code) for code in ("ES", "ZZ", "")] == ["Spain", "Unknown", "Unknown"]
    assert "Firefox 127, Linux" in agent(FIREFOX)
    assert "Edge 126, Windows" in agent(EDGE)
    assert agent("SmartTV/1.0") == "SmartTV/1.0"
    assert agent("") == "—"
    assert "<script>" not in agent("<script>" * 20)
