"""Days and periods."""

from datetime import date

import pytest

from reporting.periods import NAMED, Range, ReportInterval, label, named, partial, periods

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


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("today", "2026-11-27", "2026-11-27"),
        ("yesterday", "2026-11-26", "2026-11-26"),
        ("last_7_days", "2026-11-20", "2026-11-26"),
        ("last_28_days", "2026-10-30", "2026-11-26"),
        ("last_30_days", "2026-10-28", "2026-11-26"),
        ("last_90_days", "2026-08-29", "2026-11-26"),
        ("this_week", "2026-11-23", "2026-11-27"),
        ("last_week", "2026-11-16", "2026-11-22"),
        ("this_month", "2026-11-01", "2026-11-27"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("this_quarter", "2026-10-01", "2026-11-27"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("this_year", "2026-01-01", "2026-11-27"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("last_12_months", "2025-11-01", "2026-10-31"),
    ],
)
def test_named_periods(period: str, start: str, end: str) -> None:
    assert named(period, D("2026-11-27")) == (D(start), D(end))


def test_named_periods_on_the_first_day_of_a_year() -> None:
    first = D("2024-01-01")
    found = {name: named(name, first) for name in NAMED}
    assert all(days.start <= days.end for days in found.values())
    assert found["last_quarter"] == (D("2023-10-01"), D("2023-12-31"))
    assert found["last_12_months"] == found["last_year"] == (D("2023-01-01"), D("2023-12-31"))
    assert found["this_year"] == found["this_month"] == found["today"] == (first, first)


@pytest.mark.parametrize("period", ["last_decade", "last_5_days", "this_day", ""])
def test_other_names_are_unknown(period: str) -> None:
    with pytest.raises(KeyError):
        named(period, D("2026-11-27"))


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
