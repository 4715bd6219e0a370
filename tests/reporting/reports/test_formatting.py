"""Figures as people read them."""

from decimal import Decimal

import pytest

from reporting.reports.formatting import changed, country, period, prose, shown, user_agent

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0"


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "unit", "currency", "words"),
    [
        ("1234567", "count", "", "1,234,567"),
        ("0", "count", "", "0"),
        ("-3", "count", "", "−3"),
        ("45240", "seconds", "", "12 h 34 min"),
        ("125", "seconds", "", "2 min 5 s"),
        ("59.96", "seconds", "", "60.0 s"),
        ("3599.6", "seconds", "", "1 h 0 min"),
        ("0.6", "seconds", "", "0.6 s"),
        ("5400000", "seconds", "", "1,500 h"),
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
    assert plain(changed(Decimal(now), Decimal(before))) == words


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Figures from 2026-01-29 on may still change.", "Figures from 29 Jan 2026 on may still change."),
        ("2026-W05 holds 2026-01-26 to 2026-01-31 only.", "Week 5 of 2026 holds 26 Jan 2026 to 31 Jan 2026 only."),
        ("2026-02 is not whole.", "Feb 2026 is not whole."),
        ("Of “2026-01-29” nothing is known.", "Of “2026-01-29” nothing is known."),
        ("Of “the 2026-01-29 cup” until 2026-01-30.", "Of “the 2026-01-29 cup” until 30 Jan 2026."),
        ("Order 2026-99-99, 12026-01-01, a-2026-01-01.", "Order 2026-99-99, 12026-01-01, a-2026-01-01."),
        ("", ""),
    ],
)  # fmt: skip
def test_sentences(sentence: str, words: str) -> None:
    assert prose(sentence) == words


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
    assert user_agent(FIREFOX) == "Firefox 127, Linux"
    assert user_agent(EDGE) == "Edge 126, Windows"
    assert user_agent("SmartTV/1.0") == "SmartTV/1.0"
