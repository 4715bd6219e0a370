"""One contract for every provider: `check_provider(provider, folder)` raises AssertionError where it is broken.

`folder` holds the provider's answers in `answers/` and, for each case, a `<case>.json`:

    feed                    the feed that is asked
    asset                   {"external_id", "kind"}, or null
    window                  [first day, last day]
    fetched_at              when the reading began
    time_zone, options      the connection's; the provider's zone and none by default
    credentials             replace the made-up ones; null takes one away
    parts                   the files that answer, one for each request, in order
    requests                what is asked for, one for each part: path, and method, params, json where they are not the default
    figures                 all of them, after rows of one cell were added up: metric, value, day, and minute, interval,
                            dimension, key, asset where they are not the default
    sessions, assets        all of them, in order
    error                   the name of the error that is expected instead, in asking or in reading

`failures.json` lists the vendor's words for what went wrong: body (a file of `answers/`) or text, status, error, and what
the error's text must say.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from providers.toolkit.errors import SyncError, TryAgain, Unreadable
from providers.toolkit.feeds import Feed, Per
from providers.toolkit.formats import PARSERS
from providers.toolkit.provider import Credential, Option, Provider
from providers.toolkit.requests import Answer, Ask, AssetRef, Pages, Reading, Request, Window
from providers.toolkit.rows import AssetSeen, Figure, Row, SessionSeen
from reporting.metrics import DIMENSIONS, METRICS, SUMMABLE
from reporting.models import Asset
from reporting.models.ledger import Interval

Cell = tuple[str, str, str, str, str, int, str]  # metric, interval, dimension, key, day, minute, asset
SECRET = "contract-secret"
ACCESS = f"{SECRET}-access"
MOST_REQUESTS = 60
STORED = {metric.name for metric in METRICS.values() if metric.is_stored}


def check_provider(provider: Provider, folder: Path) -> None:
    """The whole contract."""
    check_declaration(provider)
    check_series(provider)
    check_account(provider)
    check_failures(provider, folder)
    cases = load_cases(provider, folder)
    read_by = {type(case.feed) for case in cases if not case.error}
    untried = {type(feed).__name__ for feed in provider.feeds if type(feed) not in read_by}
    assert not untried, f"{provider.slug} has no case for {', '.join(sorted(untried))}"
    for case in cases:
        check_case(case)


# --- The declaration --------------------------------------------------------------------------------------------------


def check_declaration(provider: Provider) -> None:
    """Names, addresses, zones and words that exist."""
    assert re.fullmatch("[a-z0-9][a-z0-9-]*", provider.slug), "a slug is lower-case letters, digits and hyphens"
    assert provider.name
    assert provider.docs.startswith("https://"), "docs is the address of the vendor's own page"
    assert re.fullmatch(r"https?://[^/]+.*[^/]", provider.base_url), (
        "base_url is scheme and host, without a slash at its end"
    )
    assert ZoneInfo(provider.time_zone)
    assert provider.format in PARSERS, f"no format {provider.format}"
    assert provider.reader_version >= 1
    fields: list[Credential | Option] = [*provider.credentials, *provider.options]
    for names in ([one.name for one in provider.feeds], [one.name for one in fields]):
        assert len(names) == len(set(names)), f"one name twice among {names}"
    assert all(one.label for one in fields), "forms show labels"
    assert any(one.secret for one in provider.credentials), "some credential must be secret"
    assert not any(one.secret for one in provider.credentials if one.names_account), "a secret names no account"
    assert provider.check_credentials({}), "no credentials at all can't be enough"
    assert provider.check_credentials(made_up(provider)) == ""
    assert provider.limit is None or provider.limit.key in {one.name for one in provider.credentials}
    assert any(feed.is_default({}) for feed in provider.feeds), "a plain sync must fetch something"
    for feed in provider.feeds:
        check_feed(feed)


def check_feed(feed: Feed) -> None:
    kinds = {*feed.kinds, *feed.kinds_for({}), *([feed.asset_kind] if feed.asset_kind else [])}
    assert kinds <= set(Asset.Kind.values), f"{feed.name}: unknown kinds of assets {kinds}"
    assert feed.per is Per.CONNECTION or feed.kinds, f"{feed.name}: for which kinds of assets?"
    assert feed.chunk_days >= 1
    assert not feed.format or feed.format in PARSERS
    for series in feed.series:
        assert series.metric in STORED, f"{feed.name}: no metric {series.metric}"
        assert series.interval in Interval.values, f"{feed.name}: no interval {series.interval}"
        assert series.dimension == "" or series.dimension in DIMENSIONS, f"{feed.name}: no dimension {series.dimension}"
    lifetime = {series.metric for series in feed.series if series.interval == "lifetime"}
    assert set(feed.differences) <= lifetime, f"{feed.name}: differences need lifetime readings"


def check_series(provider: Provider) -> None:
    """No two feeds own the same facts of the same kind of asset: each would remove the other's."""
    owned = {feed.name: _owned(feed) for feed in provider.feeds}
    for feed in provider.feeds:
        plain = [(one.metric, one.interval, one.dimension) for one in feed.series]
        assert len(plain) == len(set(plain)), f"{feed.name} names a series twice"
    for one, other in combinations(owned, 2):
        assert not owned[one] & owned[other], f"{one} and {other} both own {owned[one] & owned[other]}"


def _owned(feed: Feed) -> set[tuple[str, str, str, str]]:
    kinds = [feed.asset_kind] if feed.asset_kind else list(feed.kinds)
    series = {(one.metric, one.interval, one.dimension) for one in feed.series}
    series |= {(m, "day", d) for m, interval, d in series if interval == "lifetime" and m in feed.differences}
    return {(kind, *one) for kind in kinds for one in series}


def check_account(provider: Provider) -> None:
    """Account-level figures have an asset to hang on, whose name tells no secret."""
    credentials = made_up(provider)
    account = provider.account(credentials, {})
    has_account_feeds = any("account" in feed.kinds for feed in provider.feeds)
    assert (account is not None) == has_account_feeds, "an account asset, just where feeds are asked for one"
    if account is not None:
        assert account.kind == "account"
        assert account.external_id
        assert SECRET not in account.external_id + account.title, "an account must not be named by a secret"
        assert provider.account(credentials, {}) == account


def made_up(provider: Provider) -> dict[str, str]:
    """Credentials that can be recognised wherever they turn up."""
    return {one.name: f"{SECRET}-{one.name}" if one.secret else "4711" for one in provider.credentials}


# --- The vendor's own words -------------------------------------------------------------------------------------------


def check_failures(provider: Provider, folder: Path) -> None:
    """Each of the listed answers raises just the error named, in the vendor's words; an error page is no surprise."""
    listed = folder / "failures.json"
    for expected in json.loads(listed.read_text()) if listed.exists() else []:
        body = (folder / "answers" / expected["body"]).read_bytes() if "body" in expected else expected["text"].encode()
        error = failure_of(provider, body, expected.get("status", 200))
        assert type(error).__name__ == expected["error"], f"{expected} raised {error!r}"
        assert expected["says"] in str(error), f"{expected} raised {error!r}"
    page = failure_of(provider, b"<html><body>Bad Gateway</body></html>", 502)
    assert page is None or isinstance(page, TryAgain | Unreadable), f"an error page raised {page!r}"


def failure_of(provider: Provider, body: bytes, status: int = 200, format: str = "") -> SyncError | None:
    try:
        provider.failure(answer_of(provider, body, status, format))
    except SyncError as error:
        return error
    return None


def answer_of(provider: Provider, body: bytes, status: int = 200, format: str = "") -> Answer:
    return Answer(status, {}, body, cache(lambda: PARSERS[format or provider.format](body)))


# --- Cases ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One case of a folder."""

    provider: Provider
    name: str
    expected: Mapping[str, Any]
    bodies: list[bytes]

    @property
    def feed(self) -> Feed:
        return self.provider.feed(self.expected["feed"])

    @property
    def error(self) -> str:
        return self.expected.get("error", "")

    @property
    def format(self) -> str:
        return self.feed.format or self.provider.format

    @property
    def asset(self) -> AssetRef | None:
        return AssetRef(**self.expected["asset"]) if self.expected.get("asset") else None

    @property
    def reading(self) -> Reading:
        first, last = (date.fromisoformat(day) for day in self.expected["window"])
        zone = ZoneInfo(self.expected.get("time_zone", self.provider.time_zone))
        fetched_at = datetime.fromisoformat(self.expected["fetched_at"])
        return Reading(Window(first, last), zone, fetched_at, self.expected.get("options", {}), self.asset)

    @property
    def credentials(self) -> dict[str, str]:
        given = made_up(self.provider) | self.expected.get("credentials", {})
        return {name: value for name, value in given.items() if value is not None}

    def ask(self) -> Pages:
        reading = self.reading
        access = ACCESS if self.feed.per is Per.ACCESS else ""
        credentials, options = self.credentials, reading.options
        return self.feed.ask(
            Ask(reading.window, reading.zone, reading.fetched_at, credentials, options, self.asset, access)
        )

    def document(self, body: bytes) -> Any:
        """As the client hands it on: an answer that says it failed is none. Raises SyncError."""
        answer = answer_of(self.provider, body, format=self.format)
        self.provider.failure(answer)
        return answer.document()


def load_cases(provider: Provider, folder: Path) -> list[Case]:
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.stem != "failures":
            expected = json.loads(path.read_text(), parse_float=Decimal)
            bodies = [(folder / "answers" / part).read_bytes() for part in expected["parts"]]
            found.append(Case(provider, path.stem, expected, bodies))
    assert found, f"{folder} has no case"
    return found


def check_case(case: Case) -> None:
    """The case's requests and rows, or its error; and that asking ends, whatever comes."""
    where = f"{case.provider.slug}/{case.name}"
    failed: SyncError | None = None
    try:
        requests = drive(case)
        rows = [row for body in case.bodies for row in case.feed.read(case.document(body), case.reading)]
    except SyncError as error:
        failed = error
    assert (type(failed).__name__ if failed else "") == case.error, f"{where}: {failed!r}"
    if failed:
        return
    check_requests(case, requests, where)
    check_rows(case, rows, where)
    check_ends(case, where)


def steps(pages: Pages, answer: Callable[[Request], Any]) -> Iterator[list[Request]]:
    """The requests of each step, several where they may go at once; answered when the next step is asked for."""
    step = next(pages, None)
    while step is not None:
        together = step if isinstance(step, list) else [step]
        yield together
        documents = [answer(request) for request in together]
        try:
            step = pages.send(documents if isinstance(step, list) else documents[0])
        except StopIteration:
            return


def drive(case: Case) -> list[Request]:
    """All requests of the feed, each answered by the next part."""
    bodies = iter(case.bodies)

    def answer(request: Request) -> Any:
        body = next(bodies, None)
        assert body is not None, f"{case.name}: asks for more than the case has parts: {request}"
        return case.document(body)

    requests = [request for together in steps(case.ask(), answer) for request in together]
    assert next(bodies, None) is None, f"{case.name}: stops before the last part"
    return requests


def check_requests(case: Case, requests: list[Request], where: str) -> None:
    """They are the expected ones, show no secret in path or headers, and are left as they are by signing."""
    for request in requests:
        before = deepcopy(request)
        for now in (case.reading.fetched_at, case.reading.fetched_at + timedelta(seconds=1)):
            signed = case.provider.auth.sign(request, case.credentials, {"token": f"{SECRET}-session"}, now)
            assert SECRET not in signed.path, f"{where}: a secret in the path {signed.path}"
        assert request == before, f"{where}: signing changed the request itself"
        assert request.path.startswith("/"), f"{where}: {request.path} is appended to the base"
        assert SECRET not in json.dumps([request.path, dict(request.headers)]), f"{where}: a secret in {request}"
    if "requests" in case.expected:
        assert [_shown(request) for request in requests] == case.expected["requests"], where


def _shown(request: Request) -> dict[str, Any]:
    shown = {"method": request.method, "params": dict(request.params), "json": request.json}
    usual: dict[str, Any] = {"method": "GET", "params": {}, "json": None}
    return {"path": request.path} | {name: value for name, value in shown.items() if value != usual[name]}


def check_rows(case: Case, rows: list[Row], where: str) -> None:
    """They are just the expected ones, of the right types, and the same each time they are read."""
    documents = [case.document(body) for body in case.bodies]
    for _ in range(2):
        assert [row for document in documents for row in case.feed.read(document, case.reading)] == rows, (
            f"{where}: read again, the rows differ"
        )
    for row in rows:
        if isinstance(row, Figure):
            check_figure(case, row, where)
    assert add_up(rows, where) == dict(expected_figures(case)), where
    sessions = list(dict.fromkeys(row for row in rows if isinstance(row, SessionSeen)))
    assert case.feed.personal or not sessions, f"{where}: a feed that reads sessions must be declared personal"
    assert [_plain(row) for row in sessions] == case.expected.get("sessions", []), where
    assets = list(dict.fromkeys(row for row in rows if isinstance(row, AssetSeen)))
    assert [_plain(row) for row in assets] == case.expected.get("assets", []), where


def check_figure(case: Case, figure: Figure, where: str) -> None:
    assert type(figure.value) in (int, Decimal), f"{where}: {figure} is not exact"
    assert type(figure.day) is date, f"{where}: {figure}"
    owned = {(one.metric, one.interval, one.dimension) for one in case.feed.series}
    assert (figure.metric, figure.interval, figure.dimension) in owned, f"{where}: nobody owns {figure}"
    step = {"minute": 1, "hour": 60}.get(figure.interval, 24 * 60)
    assert figure.minute in range(0, 24 * 60, step), f"{where}: {figure} begins no {figure.interval}"
    assert figure.interval != "month" or figure.day.day == 1, f"{where}: {figure} begins no month"
    assert bool(figure.key) == bool(figure.dimension), f"{where}: a key belongs to a dimension: {figure}"
    assert figure.dimension != "country" or re.fullmatch("[A-Z]{2}", figure.key), f"{where}: {figure} is in no country"
    assert bool(figure.asset) == bool(case.feed.asset_kind), f"{where}: whose is {figure}?"


def add_up(rows: list[Row], where: str) -> dict[Cell, Decimal | int]:
    """Figures by cell, as the store adds them up."""
    found: dict[Cell, Decimal | int] = {}
    for row in rows:
        if isinstance(row, Figure):
            cell = (row.metric, row.interval, row.dimension, row.key, row.day.isoformat(), row.minute, row.asset)
            assert row.metric in SUMMABLE or cell not in found, f"{where}: {cell} twice, and it does not add up"
            found[cell] = found.get(cell, 0) + row.value
    return found


def expected_figures(case: Case) -> Iterator[tuple[Cell, Decimal | int]]:
    usual: dict[str, Any] = {"minute": 0, "interval": "day", "dimension": "", "key": "", "asset": ""}
    for expected in case.expected.get("figures", []):
        one = usual | expected
        cell = (one["metric"], one["interval"], one["dimension"], one["key"], one["day"], one["minute"], one["asset"])
        yield cell, one["value"]


def _plain(row: SessionSeen | AssetSeen) -> dict[str, Any]:
    """As JSON holds it; an instant in UTC."""
    shown = row._asdict()
    for name, value in shown.items():
        if isinstance(value, datetime):
            shown[name] = (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    return shown


def check_ends(case: Case, where: str) -> None:
    """A server that answers the first page for ever is noticed, or asked for an end; it is never asked the same twice."""
    requests: list[Request] = []
    with suppress(SyncError):
        for together in steps(case.ask(), lambda _: case.document(case.bodies[0])):
            requests += together
            assert len(requests) <= MOST_REQUESTS, f"{where}: asks on and on"
    shown = [json.dumps(_shown(request), default=str, sort_keys=True) for request in requests]
    assert len(shown) == len(set(shown)), f"{where}: asks the same twice"
