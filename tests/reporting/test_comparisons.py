"""Which days a range is compared with."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from reporting.comparisons import COMPARED, compared, counterparts
from reporting.periods import Range, ReportInterval, named

D = date.fromisoformat
TODAY = D("2026-11-27")


def days(text: str) -> Range:
    start, _, end = text.partition("..")
    return Range(D(start), D(end or start))


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        ("2026-11-10..2026-11-16", "2026-11-03..2026-11-09"),
        ("2026-03-01..2026-03-31", "2026-02-01..2026-02-28"),  # whole months
        ("2024-03-01..2024-03-31", "2024-02-01..2024-02-29"),
        ("2026-03-01..2026-03-30", "2026-01-30..2026-02-28"),
        ("2026-07-01..2026-09-30", "2026-04-01..2026-06-30"),
        ("2025-01-01..2025-12-31", "2024-01-01..2024-12-31"),
        ("2025-02-01..2025-03-31", "2024-12-01..2025-01-31"),
        ("2026-11-01..2026-11-27", "2026-10-01..2026-10-27"),  # running
        ("2026-11-01..2026-11-30", "2026-10-01..2026-10-27"),  # reaches beyond today
        ("2026-01-01..2026-11-27", "2025-01-01..2025-11-27"),
        ("2026-10-01..2026-11-27", "2026-07-01..2026-08-27"),
        ("2026-11-20..2026-12-10", "2026-11-12..2026-11-19"),
        ("2026-11-27..2026-11-27", "2026-11-26"),
    ],
)
def test_it_works(asked: str, before: str) -> None:
    assert compared(days(asked), "previous_period", TODAY) == days(before)


@pytest.mark.parametrize(
    ("name", "today", "before"),
    [
        ("this_month", "2026-11-27", "2026-10-01..2026-10-27"),
        ("this_month", "2026-03-30", "2026-02-01..2026-02-28"),  # there are no more
        ("this_month", "2026-04-30", "2026-03-01..2026-03-31"),  # it is whole
        ("this_month", "2026-11-01", "2026-10-01"),
        ("this_week", "2026-11-27", "2026-11-16..2026-11-20"),
        ("this_quarter", "2026-01-31", "2025-10-01..2025-10-31"),  # not the month before
        ("this_year", "2026-01-20", "2025-01-01..2025-01-20"),
        ("this_year", "2026-12-31", "2025-01-01..2025-12-31"),
        ("today", "2026-11-01", "2026-10-31"),
        ("last_7_days", "2026-11-08", "2026-10-25..2026-10-31"),
        ("last_month", "2026-11-27", "2026-09-01..2026-09-30"),
        ("last_12_months", "2026-11-27", "2024-11-01..2025-10-31"),
    ],
)
def test_named_periods(name: str, today: str, before: str) -> None:
    assert compared(named(name, D(today)), "previous_period", D(today), name) == days(before)


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        ("2026-03-05..2026-04-20", "2025-03-05..2025-04-20"),
        ("2025-02-01..2025-02-28", "2024-02-01..2024-02-29"),
        ("2024-02-01..2024-02-29", "2023-02-01..2023-02-28"),
        ("2025-01-15..2025-02-28", "2024-01-15..2024-02-29"),  # February is whole in it
        ("2025-02-15..2025-02-28", "2024-02-15..2024-02-28"),  # the same dates
        ("2024-02-15..2024-02-29", "2023-02-15..2023-02-28"),
        ("2024-02-29..2024-03-05", "2023-03-01..2023-03-05"),  # the 28th is not counted for the 29th too
        ("2024-02-29", "2023-02-28"),
        ("2025-01-01..2025-12-31", "2024-01-01..2024-12-31"),
        ("2026-11-01..2026-11-30", "2025-11-01..2025-11-27"),
    ],
)
def test_the_year_before(asked: str, before: str) -> None:
    assert compared(days(asked), "previous_year", TODAY) == days(before)


@pytest.mark.parametrize(
    ("asked", "weeks"), [("2026-11-20..2026-11-26", 1), ("2026-11-20", 1), ("2026-10-28..2026-11-26", 5)]
)
def test_the_same_days_of_the_week(asked: str, weeks: int) -> None:
    own = days(asked)
    before = compared(own, "previous_weekdays", TODAY)
    assert (before.start, before.end) == tuple(day - weeks * timedelta(days=7) for day in own)
    assert before.end < own.start


def test_whole_months_follow_each_other_without_a_gap() -> None:
    """Whatever the year: no day is lost, none is counted twice."""
    for year in range(2023, 2030):
        for how in ("previous_period", "previous_year"):
            months = [
                Range(date(year, m, 1), date(year + m // 12, m % 12 + 1, 1) - timedelta(days=1)) for m in range(1, 13)
            ]
            before = [compared(month, how, TODAY.replace(year=2031)) for month in months]
            assert all(one.end + timedelta(days=1) == other.start for one, other in pairwise(before))


@pytest.mark.parametrize("how", COMPARED)
def test_before_the_first_year_there_is_nothing_to_compare_with(how: str) -> None:
    with pytest.raises(ValueError, match="nothing before 0001-01-05"):
        compared(days("0001-01-05..0001-01-31"), how)


# --- Which period with which ------------------------------------------------------------------------------------------


def test_periods_are_compared_in_their_order() -> None:
    found = counterparts(
        ReportInterval.DAY, days("2026-03-01..2026-03-31"), days("2026-02-01..2026-02-28"), "previous_period"
    )
    assert (found[D("2026-03-01")], found[D("2026-03-28")]) == (D("2026-02-01"), D("2026-02-28"))
    assert D("2026-03-29") not in found
    months = counterparts(
        ReportInterval.MONTH, days("2026-01-15..2026-03-10"), days("2025-01-15..2025-03-10"), "previous_year"
    )
    assert months == {D(f"2026-0{month}-01"): D(f"2025-0{month}-01") for month in (1, 2, 3)}


def test_days_of_a_year_before_are_compared_by_date() -> None:
    found = counterparts(
        ReportInterval.HOUR, days("2024-02-28..2024-03-01"), days("2023-02-28..2023-03-01"), "previous_year"
    )
    assert found == {D("2024-02-28"): D("2023-02-28"), D("2024-03-01"): D("2023-03-01")}
    found = counterparts(
        ReportInterval.DAY, days("2025-02-28..2025-03-01"), days("2024-02-28..2024-03-01"), "previous_year"
    )
    assert found == {D("2025-02-28"): D("2024-02-28"), D("2025-03-01"): D("2024-03-01")}
