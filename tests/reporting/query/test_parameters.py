"""The words of an address -> a query; every wrong one is named by its field."""

from datetime import date

import pytest

from reporting.models import Tenant
from reporting.periods import ReportInterval
from reporting.query.parameters import WrongParameters, parse
from tests.support.factories import TODAY


def test_it_works(alice: Tenant) -> None:
    words = {
        "metrics": ["plays,watch_time", "cost"],
        "from": ["2026-01-01"],
        "to": ["2026-01-31"],
        "interval": ["week"],
        "group_by": ["asset, country"],
        "asset": ["a", r"b,with\,comma"],
        "country": ["jp"],
        "order_by": ["-plays,asset"],
        "limit": ["10"],
        "compare": ["previous_year"],
    }
    query = parse(words, alice, customer_id=7, today=TODAY)
    assert query.metrics == ("plays", "watch_time", "cost")
    assert query.days == (date(2026, 1, 1), date(2026, 1, 31))
    assert query.interval is ReportInterval.WEEK
    assert query.group_by == ("asset", "country")
    assert query.filters == {"asset": ("a", "b", "with,comma"), "country": ("JP",)}
    assert (query.order_by, query.limit, query.compare) == (("-plays", "asset"), 10, "previous_year")
    assert (query.customer_id, query.today) == (7, TODAY)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("metrics", {"metrics": []}),
        ("metrics", {"metrics": ["views"]}),
        ("from", {"from": ["2026-02-30"]}),
        ("from", {"from": ["20260101"]}),
        ("from", {"from": ["0001-01-01"], "to": ["2026-01-01"]}),
        ("from", {"from": ["2026-01-02"], "to": ["2026-01-01"]}),
        ("from", {"to": ["2026-01-01"]}),
        ("to", {"from": ["2026-01-02"], "to": ["tomorrow"]}),
        ("period", {"period": ["last_decade"]}),
        ("period", {"period": ["last_month"], "from": ["2026-01-01"]}),
        ("interval", {"interval": ["year"]}),
        ("interval", {"interval": ["day"], "from": ["1990-01-01"], "to": ["2100-01-01"]}),
        ("group_by", {"group_by": ["viewer"]}),
        ("group_by", {"group_by": ["country", "device"]}),
        ("device", {"group_by": ["country"], "device": ["phone"]}),
        ("compare", {"compare": ["last_week"]}),
        ("order_by", {"order_by": ["-cost"]}),
        ("limit", {"limit": ["0"]}),
        ("limit", {"limit": ["ten"]}),
        ("limit", {"limit": ["1", "2"]}),
        ("asset", {"asset": ["a\0b"]}),
        ("colour", {"colour": ["red"]}),
    ],
)
def test_wrong_ones_are_named_by_their_field(alice: Tenant, field: str, words: dict[str, list[str]]) -> None:
    with pytest.raises(WrongParameters) as error:
        parse({"metrics": ["plays"]} | words, alice, today=TODAY)
    assert list(error.value.errors) == [field]
    assert len(error.value.errors[field]) == 1


def test_all_errors_are_named_at_once(alice: Tenant) -> None:
    with pytest.raises(WrongParameters) as error:
        parse({"metrics": ["views"], "limit": ["x"], "colour": ["red"]}, alice)
    assert error.value.errors.keys() == {"metrics", "limit", "colour"}


def test_days_left_out(alice: Tenant) -> None:
    def days(**words: str) -> tuple[str, str]:
        texts = {name.rstrip("_"): [word] for name, word in words.items()}
        start, end = parse({"metrics": ["plays"]} | texts, alice, today=TODAY).days
        return f"{start}", f"{end}"

    assert days() == ("2026-01-30", "2026-02-28")  # the last 30 days that are over
    assert days(from_="2026-02-01") == ("2026-02-01", "2026-03-01")
    assert days(to="2026-02-01", interval="lifetime") == ("2026-02-01", "2026-02-01")
    assert days(period="last_month") == ("2026-02-01", "2026-02-28")


def test_today_is_the_tenants(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reporting.query.parameters.today_in", lambda zone: {"Europe/Madrid": TODAY}[zone])
    assert parse({"metrics": ["plays"]}, alice).today == TODAY


def test_as_of_a_day_that_day_is_today(alice: Tenant) -> None:
    query = parse({"metrics": ["plays"], "period": ["last_month"], "as_of": ["2026-02-01"]}, alice, today=TODAY)
    assert (query.as_of, query.today) == (date(2026, 2, 1), date(2026, 2, 1))
    assert query.days == (date(2026, 1, 1), date(2026, 1, 31))
    assert query.moment is not None
    assert query.moment.isoformat() == "2026-02-01T23:59:59.999999+01:00"  # by Madrid's clock
    assert query.echo()["as_of"] == "2026-02-01"


@pytest.mark.parametrize("day", ["2026-03-02", "yesterday"])
def test_as_of_a_day_to_come_is_refused(alice: Tenant, day: str) -> None:
    with pytest.raises(WrongParameters) as error:
        parse({"metrics": ["plays"], "as_of": [day]}, alice, today=TODAY)
    assert error.value.errors.keys() == {"as_of"}
