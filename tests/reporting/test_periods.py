"""Days and periods."""

from datetime import date

import pytest

from reporting.periods import Range, ReportInterval, compared, label, named, partial, periods

D = date.fromisoformat


def test_it_works() -> None:
    days = Range(D("2026-01-30"), D("2026-03-02"))
    assert list(periods(ReportInterval.MONTH, days)) == [D("2026-01-01"), D("2026-02-01"), D("2026-03-01")]
    assert list(periods(ReportInterval.WEEK, Range(D("2026-01-30"), D("2026-02-02")))) == [
        D("2026-01-26"),
        D("2026-02-02"),
    ]
    assert list(periods(ReportInterval.DAY, Range(D("2026-01-31"), D("2026-02-01")))) == [
        D("2026-01-31"),
        D("2026-02-01"),
    ]


def test_before_the_first_year_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(ValueError, match="nothing before 0001-01-05"):
        compared(Range(D("0001-01-05"), D("0001-01-31")), "previous_period")


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("last_7_days", "2026-02-23", "2026-03-01"),
        ("last_30_days", "2026-01-31", "2026-03-01"),
        ("last_90_days", "2025-12-02", "2026-03-01"),
        ("this_month", "2026-03-01", "2026-03-01"),
        ("last_month", "2026-02-01", "2026-02-28"),
        ("this_year", "2026-01-01", "2026-03-01"),
    ],
)
def test_named_periods_end_today(period: str, start: str, end: str) -> None:
    assert named(period, D("2026-03-01")) == (D(start), D(end))


def test_the_period_before_is_as_long() -> None:
    days = Range(D("2026-03-01"), D("2026-03-31"))
    assert compared(days, "previous_period") == (D("2026-01-29"), D("2026-02-28"))
    assert compared(days, "previous_year") == (D("2025-03-01"), D("2025-03-31"))


def test_the_29th_of_february_is_compared_with_the_28th() -> None:
    assert compared(Range(D("2024-02-29"), D("2024-02-29")), "previous_year") == (D("2023-02-28"), D("2023-02-28"))


@pytest.mark.parametrize(
    ("interval", "day", "minute", "text"),
    [
        (ReportInterval.MONTH, "2026-01-01", 0, "2026-01"),
        (ReportInterval.WEEK, "2026-01-26", 0, "2026-W05"),
        (ReportInterval.WEEK, "2024-12-30", 0, "2025-W01"),  # the ISO year of a week is that of its Thursday
        (ReportInterval.DAY, "2026-01-01", 0, "2026-01-01"),
        (ReportInterval.HOUR, "2026-01-01", 14 * 60, "2026-01-01T14"),
        (ReportInterval.MINUTE, "2026-01-01", 14 * 60 + 5, "2026-01-01T14:05"),
    ],
)
def test_how_a_period_is_written(interval: ReportInterval, day: str, minute: int, text: str) -> None:
    assert label(interval, D(day), minute) == text


def test_partial_edges() -> None:
    days = Range(D("2026-01-15"), D("2026-02-28"))
    assert list(partial(ReportInterval.MONTH, days)) == [(D("2026-01-01"), (D("2026-01-15"), D("2026-01-31")))]
    assert list(partial(ReportInterval.WEEK, Range(D("2026-01-26"), D("2026-02-01")))) == []
    inside = Range(D("2026-01-28"), D("2026-01-29"))
    assert list(partial(ReportInterval.WEEK, inside)) == [(D("2026-01-26"), inside)]
    assert list(partial(ReportInterval.DAY, inside)) == []
