"""A statement means the same however it is written: with other white space in every template, every figure stays.

The templates are the constants of the query's and the ledger's modules. Their blanks and newlines, outside of quotes and
comments, are written anew: a statement that is put together by looking for text in text would miss some of it then, and give
today's figures for those of an earlier day, or those of all assets for those of a few.
"""

import pkgutil
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from reporting import ledger, query
from reporting.ledger import daily_totals
from reporting.ledger.sql_template import NOTHING, Sql, Template, WrongSlots
from reporting.models import Asset, Connection, Customer, Fact, Tenant, Withdrawal
from reporting.query import run
from reporting.query.lineage import PageRequest, beside, parse_lineage
from reporting.query.parameters import parse
from reporting.query.sql.fact_source import ALL_FACTS
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import (
    TODAY,
    give,
    make_asset,
    make_connection,
    make_customer,
    make_restatement,
    make_snapshot,
    reader_for,
    tell,
)

pytestmark = pytest.mark.django_db

QUOTED = r"'(?:[^']|'')*' | \"[^\"]*\" | --[^\n]*\n | /\*.*?\*/"
IS_SQL = re.compile(r"\b(SELECT|INSERT INTO|DELETE FROM|FROM|WHERE|JOIN|AND)\s")
BLANKS = ["\n", "\t", " ", "\r\n", "   ", "\n\n\t ", " \n"]
JANUARY = {"from": "2026-01-01", "to": "2026-01-31"}
THEN = {"as_of": "2026-01-20"}

REPORTS: dict[str, dict[str, str]] = {
    "total": {"metrics": "plays,watch_time"},
    "by day": {"metrics": "plays", "interval": "day"},
    "by hour": {"metrics": "plays", "interval": "hour"},
    "rows as they come": {"metrics": "plays,watch_time", "interval": "day", "group_by": "asset"},
    "by customer": {"metrics": "plays,data_out", "group_by": "customer", "compare": "previous_period"},
    "of few assets": {"metrics": "plays", "interval": "week", "asset": "final,semi"},
    "of one customer": {"metrics": "plays,data_out", "interval": "month", "customer": "norte"},
    "by country": {"metrics": "plays", "group_by": "country"},
    "of a country": {"metrics": "plays", "country": "ES", "group_by": "asset"},
    "ratio": {"metrics": "average_watch_time", "interval": "day", "group_by": "asset"},
    "distinct": {"metrics": "devices", "interval": "month", "group_by": "customer,asset"},
    "lifetime": {"metrics": "data_out", "interval": "lifetime", "group_by": "asset"},
    "lifetime of few": {"metrics": "data_out", "interval": "lifetime", "asset": "final"},
    "states": {"metrics": "unattempted", "interval": "day"},
    "states of a customer": {"metrics": "unattempted", "interval": "week", "customer": "norte"},
}
LINEAGES: dict[str, dict[str, str]] = {
    "sum": {"metrics": "plays"},
    "of few assets": {"metrics": "plays", "asset": "final,semi"},
    "of a day": {"metrics": "plays", "interval": "day", "at": "2026-01-05", "customer": "norte"},
    "ratio": {"metrics": "average_watch_time"},
    "difference": {"metrics": "data_out"},
    "unattributed": {"metrics": "plays", "row": "unattributed"},
    "lifetime": {"metrics": "data_out", "interval": "lifetime", "asset": "final"},
    "states": {"metrics": "unattempted"},
}


# --- Writing statements anew --------------------------------------------------------------------------------------------


def modules() -> Iterator[ModuleType]:
    for room in (query, ledger):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            yield import_module(found.name)


def spaced(text: str, blanks: list[str], luck: random.Random) -> str:
    """The same with other white space outside of quotes and comments."""
    pieces = re.split(rf"({QUOTED})", text, flags=re.S | re.X)
    return "".join(
        piece if number % 2 else re.sub(r"\s+", lambda _: luck.choice(blanks), piece)
        for number, piece in enumerate(pieces)
    )


def statements() -> Iterator[tuple[ModuleType, str, Template | str]]:
    for module in modules():
        for name, value in vars(module).items():
            is_text = isinstance(value, Sql) or (isinstance(value, str) and name.isupper() and IS_SQL.search(value))
            if isinstance(value, Template) or is_text:
                yield module, name, value


@contextmanager
def written_anew(blanks: list[str], luck: random.Random) -> Iterator[int]:
    """Gives how many constants are written with other white space; at the end they are as before."""
    found = list(statements())
    texts = {id(value): value.text if isinstance(value, Template) else value for _, _, value in found}
    anew = {place: spaced(text, blanks, luck) for place, text in texts.items()}
    for module, name, value in found:
        if isinstance(value, Template):
            object.__setattr__(value, "text", anew[id(value)])
        else:
            setattr(module, name, type(value)(anew[id(value)]))
    try:
        yield sum(anew[place] != text for place, text in texts.items())
    finally:
        for module, name, value in found:
            if isinstance(value, Template):
                object.__setattr__(value, "text", texts[id(value)])
            else:
                setattr(module, name, value)


# --- A tenant of whom most questions have an answer ---------------------------------------------------------------------


@pytest.fixture
def changed(alice: Tenant) -> Tenant:
    """Most figures were read before the day that is asked for; some are changed after it, some came, and one is gone."""
    boom, calls = make_connection(alice, "boom", "247platform"), make_connection(alice, "calls", "callfire")
    final, semi, rest = (make_asset(boom, name) for name in ("final", "semi", "rest"))
    account, broadcast = make_asset(boom, "all", "account"), make_asset(calls, "call", "broadcast")
    norte, sur = make_customer(alice, "norte"), make_customer(alice, "sur")
    facts_of([final, semi, rest], account)
    tell(broadcast, "unattempted", {"2026-01-04": 9, "2026-01-10": 4, "2026-01-25": 1})
    snapshots = {asset.pk: (early(asset), late(asset)) for asset in (final, semi, rest, account, broadcast)}
    with tenant_scope(alice):
        for asset, (before, after) in snapshots.items():
            Fact.objects.filter(asset_id=asset, day__lt=date(2026, 1, 15)).update(snapshot_id=before)
            Fact.objects.filter(asset_id=asset, day__gte=date(2026, 1, 15)).update(snapshot_id=after)
    give(final, norte), give(semi, norte, "2026-01-05", "2026-01-20"), give(semi, sur, "2026-01-21")  # type: ignore[func-returns-value]
    give(broadcast, norte)
    noticed, before = datetime(2026, 2, 3, tzinfo=UTC), datetime(2026, 1, 12, tzinfo=UTC)
    make_restatement(final, "plays", "2026-01-05", 900, 100, noticed, old_since=before)
    make_restatement(semi, "data_out", "2026-01-10", 777, 30, noticed, interval="lifetime", old_since=before)
    gone = {"metric": "plays", "interval": "day", "old": 55, "old_since": before, "noticed_at": noticed}
    with tenant_scope(alice):
        Withdrawal.objects.create(tenant=alice, connection=boom, asset=rest, day=date(2026, 1, 9), **gone)
    return alice


def facts_of(assets: list[Asset], account: Asset) -> None:
    days = ("2026-01-05", "2026-01-06", "2026-01-10", "2026-01-25")
    for place, asset in enumerate(assets, 1):
        tell(asset, "plays", {day: 100 * place + number for number, day in enumerate(days)})
        tell(asset, "watch_time", {day: 1000 * place + number for number, day in enumerate(days)})
        tell(asset, "plays", {f"{day} {key}": 10 * place for day in days for key in ("ES", "FR")}, dimension="country")
        tell(asset, "plays", {f"{day}T14:00": 7 * place for day in days}, interval="hour")
        tell(asset, "devices", {"2026-01-01": 40 + place}, interval="month")
        tell(asset, "data_out", {day: 10 * place + number for number, day in enumerate(days)}, interval="lifetime")
        tell(asset, "data_out", dict.fromkeys(days[1:], 1))
    tell(account, "plays", dict.fromkeys(days, 700))


def early(asset: Asset) -> int:
    return make_snapshot(asset.connection, datetime(2026, 1, 12, tzinfo=UTC), asset=asset).pk


def late(asset: Asset) -> int:
    return make_snapshot(asset.connection, datetime(2026, 1, 26, tzinfo=UTC), asset=asset).pk


def report_of(tenant: Tenant, words: dict[str, str], bearer: Customer | None) -> Any:
    asked = {name: [word] for name, word in (JANUARY | words).items()}
    answer = run(parse(asked, tenant, reader_for(bearer), today=TODAY)).as_json()
    return {name: part for name, part in answer.items() if name != "query"}


def lineage_of(tenant: Tenant, words: dict[str, str]) -> Any:
    found = parse_lineage({name: [word] for name, word in (JANUARY | words).items()}, tenant, OPERATOR, today=TODAY)
    page = found.facts(PageRequest(limit=5))
    second = found.facts(PageRequest(5, page.next)) if page.next else None
    return found.figure, found.sides, beside(found, page.facts), second


def answers(tenant: Tenant) -> dict[Any, Any]:
    """Of every report and lineage, of today and as of a day."""
    found: dict[Any, Any] = {}
    with tenant_scope(tenant):
        norte = Customer.objects.get(slug="norte")
        for more in ({}, THEN):
            for name, words in REPORTS.items():
                for bearer in (None, norte) if "customer" not in words else (None,):
                    found["report", name, bool(more), bool(bearer)] = report_of(tenant, words | more, bearer)
            for name, words in LINEAGES.items():
                found["lineage", name, bool(more)] = lineage_of(tenant, words | more)
        for connection in Connection.objects.all():
            daily_totals.rebuild(connection.pk)
            found["totals", connection.slug] = daily_totals.deviations(connection.pk)
    return found


# --- The tests ----------------------------------------------------------------------------------------------------------


def test_the_answers_of_then_are_others(changed: Tenant) -> None:
    """Else the test below could not fail."""
    found = answers(changed)
    now, then = (found["report", "by day", is_then, True]["rows"] for is_then in (False, True))
    assert [row["plays"] for row in now if row["period"] == "2026-01-05"] == [300]
    assert [row["plays"] for row in then if row["period"] == "2026-01-05"] == [1100]
    same = [name for name in REPORTS if found["report", name, False, False] == found["report", name, True, False]]
    same += [name for name in LINEAGES if found["lineage", name, False] == found["lineage", name, True]]
    assert not same
    assert found["totals", "boom"] == []


@pytest.mark.parametrize(
    "blanks",
    [
        pytest.param(["\n"], marks=pytest.mark.long, id="newlines"),
        pytest.param(["\t"], marks=pytest.mark.long, id="tabs"),
        pytest.param(BLANKS, id="any"),
    ],
)
def test_other_white_space_changes_no_figure(changed: Tenant, blanks: list[str]) -> None:
    before = answers(changed)
    with written_anew(blanks, random.Random(9)) as number:
        assert number > 40
        after = answers(changed)
    for name, answer in before.items():
        assert after[name] == answer, name


def test_quotes_and_comments_stay() -> None:
    text = "SELECT 'a  b', \"c  d\"  -- e  f\nFROM x"
    assert spaced(text, BLANKS, random.Random(1)).replace(" ", "") != spaced(text, BLANKS, random.Random(2))
    assert all(part in spaced(text, BLANKS, random.Random(1)) for part in ("'a  b'", '"c  d"', "-- e  f"))


@pytest.mark.parametrize(
    "parts",
    [{}, {"facts": ALL_FACTS.relation, "only": NOTHING}, {"fact": ALL_FACTS.relation}, {"facts": "reporting_fact"}],
    ids=["a slot without a part", "a part without a slot", "another name", "text that is no Sql"],
)
def test_a_part_that_does_not_fit_is_an_error(parts: dict[str, Any]) -> None:
    with pytest.raises(WrongSlots):
        Template("SELECT * FROM {facts} f").fill(**parts)


def test_only_the_fact_source_names_the_table() -> None:
    """All other statements of the query have a slot for it."""
    named = {
        module.__name__
        for module, _, value in statements()
        if re.search(r"\breporting_fact\b", value.text if isinstance(value, Template) else value)
    }
    assert named == {"reporting.query.sql.fact_source", "reporting.ledger.daily_totals"}
