"""Names that fit, texts that can be kept, addresses in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reporting.vendor_text import MOST_BYTES, address, clean, fitted, is_fitted, message
from tests.support.profiles import profile


def test_it_works() -> None:
    assert fitted("final.mp4", 300) == "final.mp4"
    assert clean("a\x00b") == "a\ufffdb"
    assert address("::ffff:192.0.2.5") == "192.0.2.5"


def test_a_name_that_is_too_long_ends_in_a_digest_of_the_whole() -> None:
    one, other = fitted("x" * 400 + "1", 300), fitted("x" * 400 + "2", 300)
    assert len(one) == len(other) == 300
    assert one != other
    assert one[:283] == "x" * 283
    assert is_fitted(one)
    assert one == fitted("x" * 400 + "1", 300)
    assert not is_fitted("x" * 300)
    assert not is_fitted("a~0123456789abcdef")


@profile(200)
@given(
    some.text(some.characters(exclude_categories=()), max_size=60), some.integers(1, 60), some.sampled_from([300, 1000])
)
def test_every_name_fits(text: str, times: int, longest: int) -> None:
    """Its column, an index, UTF-8; and fits again as it is."""
    name = fitted(text * times, longest)
    assert len(name) <= longest
    assert len(name.encode()) <= MOST_BYTES
    assert "\x00" not in name
    assert fitted(name, longest) == name


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::FFFF:c000:0205", "192.0.2.5"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("192.0.2.5:8080", "192.0.2.5"),
        (" 192.0.2.5 ", "192.0.2.5"),
        ("192.0.2.05", "192.0.2.05"),
        ("192.0.2.5, 10.0.0.1", "192.0.2.5, 10.0.0.1"),
        ("unknown", "unknown"),
        ("", ""),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_addresses(text: str, spelled: str) -> None:
    assert address(text) == spelled
    assert address(spelled) == spelled


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Café\u00a0“final” 東京 👩‍👩‍👧", "Café\u00a0“final” 東京 👩‍👩‍👧"),
        ("a\tb\r\nc", "a\tb\r\nc"),
        ("\x00\x1b[31m\x7f\x85", "\ufffd\ufffd[31m\ufffd\ufffd"),
        ("\ud83d \ude00", "\ufffd \ufffd"),
        ("\ufffe\uffff\ufdd0", "\ufffd\ufffd\ufffd"),
    ],
)
def test_what_no_text_can_hold_is_replaced(text: str, kept: str) -> None:
    assert clean(text) == kept


def test_a_message_is_one_line_of_some_length() -> None:
    assert message("no\r\nsuch\tthing\x00") == "no  such thing\ufffd"
    assert message("x" * 5000) == "x" * 999 + "…"
