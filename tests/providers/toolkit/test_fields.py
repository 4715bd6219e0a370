"""The normaliser's words: exact numbers, the provider's clock, and nothing where it says nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pycountry
import pytest
from babel import Locale

from providers.toolkit.countries import country
from providers.toolkit.errors import Unreadable
from providers.toolkit.fields import (
    counter,
    day_and_minute,
    decimal,
    field,
    instant,
    is_blank,
    mapping,
    milliseconds,
    minutes,
    moment,
    number,
    sequence,
)


def test_it_works() -> None:
    assert counter("15821") == 15821
    assert decimal("23.564220929056") == Decimal("23.564220929056")
    assert milliseconds("965600") == Decimal("965.6")
    assert minutes(109314) == 6558840
    assert moment("23.12.2019", "%d.%m.%Y") == datetime(2019, 12, 23)


@pytest.mark.parametrize(
    ("value", "read"),
    [(7, 7), ("7", 7), (" 7 ", 7), ("-0", 0), ("7.0", 7), (Decimal("7.00"), 7), ("9223372036854775807", 2**63 - 1)],
)
def test_counters_are_whole_numbers(value: Any, read: int) -> None:
    assert counter(value) == read
    assert type(counter(value)) is int


@pytest.mark.parametrize(
    "value", ["7.5", "", "seven", None, True, [], {}, "NaN", "Infinity", "1e999999999", "9" * 5000, 10**50, -7, "-7"]
)
def test_what_is_no_counter_is_unreadable(value: Any) -> None:
    with pytest.raises(Unreadable):
        counter(value)


@pytest.mark.parametrize("value", ["", "1,5", None, False, [1], {"a": 1}, "-Infinity"])
def test_what_is_no_number_is_unreadable(value: Any) -> None:
    with pytest.raises(Unreadable, match="should be a number"):
        decimal(value)


@pytest.mark.parametrize("read", [counter, number, milliseconds, minutes])
def test_nobody_has_fewer_than_none(read: Any) -> None:
    """Money may be given back."""
    with pytest.raises(Unreadable, match="below zero"):
        read("-0.5" if read is not counter else -5)
    assert decimal("-0.5") == Decimal("-0.5")


def test_numbers_stay_as_exact_as_they_came() -> None:
    assert str(decimal("0.10")) == "0.10"
    assert str(decimal("1234567890123456789012345678901.5")) == "1234567890123456789012345678901.5"
    assert milliseconds("12345678901234567890123456789012345") == Decimal("12345678901234567890123456789012.345")
    assert minutes("0.25") == 15
    assert minutes("0.001") == Decimal("0.06")
    assert type(number("3")) is int
    assert type(number("3.0")) is Decimal


@pytest.mark.parametrize("value", [None, False, "", [], {}])
def test_php_writes_nothing_in_five_ways(value: Any) -> None:
    assert is_blank(value)
    assert mapping(value) == {}
    assert sequence(value) == []
    assert field({"a": value}, "a") is None
    assert field({"a": value}, "a", "b") is None


@pytest.mark.parametrize("value", [0, "0", Decimal(0)])
def test_zero_is_something(value: Any) -> None:
    assert not is_blank(value)
    assert field({"a": {"b": value}}, "a", "b") == value


def test_a_path_through_something_else_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="A map was expected"):
        field({"a": 5}, "a", "b")
    with pytest.raises(Unreadable, match="A map was expected"):
        mapping([1])


def test_a_single_thing_is_a_list_of_one() -> None:
    assert sequence({"a": 1}) == [{"a": 1}]
    assert sequence(["a"]) == ["a"]


def test_the_first_pattern_that_fits_counts() -> None:
    patterns = ("%Y/%m/%d %H", "%Y/%m/%d %H:%M")
    assert day_and_minute(moment("2018/12/01 14", *patterns)) == (date(2018, 12, 1), 840)
    assert day_and_minute(moment(" 2018/12/01 14:34 ", *patterns)) == (date(2018, 12, 1), 874)


@pytest.mark.parametrize("text", ["2018/13/01 14", "2018/12/01", "", None, "today"])
def test_other_dates_are_unreadable(text: str | None) -> None:
    with pytest.raises(Unreadable, match="should be a date like"):
        moment(text, "%Y/%m/%d %H")


def test_an_instant_without_a_zone_is_utc() -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert instant("2026-01-01T12:00:00Z") == instant("2026-01-01T14:00:00+02:00") == instant("2026-01-01 12:00") == at
    for wrong in ("2026-13-01", "", None, 5):
        with pytest.raises(Unreadable, match="should be a time"):
            instant(wrong)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Russia", "RU"),
        ("Russian Federation", "RU"),
        ("spain", "ES"),
        ("JP", "JP"),
        ("jp", "JP"),
        ("UK", "GB"),
        ("The Netherlands", "NL"),
        ("Korea, Republic of", "KR"),
        ("Bosnia and Herzegovina", "BA"),
        ("Côte d'Ivoire", "CI"),
        ("Saint Kitts and Nevis", "KN"),
        ("Czechia", "CZ"),
        ("Czech Republic", "CZ"),
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("Hong Kong", "HK"),
        ("United States", "US"),
        ("Kosovo", "XK"),
        ("Congo (DRC)", "CD"),
        ("Congo, The Democratic Republic of the", "CD"),
        ("Congo", "CG"),
        ("Hong Kong SAR", "HK"),
        ("Netherlands (Kingdom of the)", "NL"),
        ("Sint Maarten", "SX"),
        ("Sint Maarten (Dutch part)", "SX"),
        ("Saint Martin (French part)", "MF"),
        ("United Kingdom of Great Britain and Northern Ireland", "GB"),
        ("Bolivia (Plurinational State of)", "BO"),
        ("Venezuela, Bolivarian Republic of", "VE"),
        ("Tanzania, the United Republic of", "TZ"),
        ("Virgin Islands (U.S.)", "VI"),
        ("Korea (the Democratic People's Republic of)", "KP"),
        ("Lao People’s Democratic Republic", "LA"),
        ("XK", "XK"),
        ("EL", "GR"),
        ("EU", "ZZ"),
        ("AP", "ZZ"),
        ("XX", "ZZ"),
        ("AN", "ZZ"),
        ("CS", "ZZ"),
        ("YU", "ZZ"),
        ("QQ", "ZZ"),
        ("European Union", "ZZ"),
        ("Atlantis", "ZZ"),
        ("unknown", "ZZ"),
        ("A1", "ZZ"),
        ("Россия", "ZZ"),
        ("", "ZZ"),
        (None, "ZZ"),
    ],
)
def test_countries(name: str | None, code: str) -> None:
    assert country(name) == code


def test_every_country_is_known_by_each_name_of_iso_and_no_two_share_one() -> None:
    for one in pycountry.countries:
        for name in (one.alpha_2, one.alpha_2.lower(), one.name, getattr(one, "official_name", one.name)):
            assert country(name) == one.alpha_2, name


def test_every_name_of_the_cldr_is_known() -> None:
    for one in pycountry.countries:
        assert country(Locale("en").territories[one.alpha_2]) == one.alpha_2
