"""CallFire's side: the list of broadcasts, and each one's statistics by interval, in XML of its schema or in JSON.

Attempts are drawn by day and fall on results; all else follows from those. A broadcast runs always, or on the first
ten days of each month, or it ended on a fixed day.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ...accounts import ACCOUNTS, External, account_of, external_ids, index_of
from ...truth import FIRST_DAY, Moment, days, draw, remembered, split
from ...wire import Answer, Request, instant, whole
from .replies import exception, listed, stats_answer

NAME = "callfire"
LIST_CAP = 100
# (result, weight, percent of the attempts that became an action); SD and others are younger than the schema
CALL_RESULTS = (
    ("LA", 46, 100),
    ("AM", 22, 100),
    ("NO_ANS", 14, 0),
    ("BUSY", 8, 0),
    ("XFER", 4, 100),
    ("DNC", 3, 0),
    ("SD", 2, 50),
    ("INVALID_NUMBER", 1, 0),
)
TEXT_RESULTS = (("SENT", 90, 100), ("CARRIER_ERROR", 6, 0), ("TOO_BIG", 3, 0), ("SKIPPED", 1, 0))


@dataclass(frozen=True)
class Life:
    """When a kind of broadcast runs and how it ends; `until_day` of each month, or `ended` for good."""

    type: str
    after: str = "FINISHED"
    ended: date | None = None
    until_day: int = 31
    says_modified: bool = True

    def runs(self, day: date) -> bool:
        return day <= (self.ended or day) and day.day <= self.until_day


LIVES = (
    Life("VOICE"),
    Life("IVR", until_day=10),
    Life("TEXT", "ARCHIVED", date(2024, 6, 30), says_modified=False),
    Life("VOICE", "STOPPED", date(2025, 3, 31)),
    Life("TEXT", says_modified=False),
    Life("IVR", "FINISHED", date(2025, 12, 31), says_modified=False),
)


def life_of(moment: Moment, account: str, broadcast: str) -> Life:
    return LIVES[index_of(account, NAME, moment.assets)[broadcast] % len(LIVES)]


@dataclass
class Stats:
    """Figures of any number of days; `results` maps a result to (attempts, actions)."""

    duration: int
    billed_duration: int
    results: dict[str, tuple[int, int]]

    @property
    def attempts(self) -> int:
        return sum(attempts for attempts, _ in self.results.values())

    @property
    def actions(self) -> int:
        return sum(actions for _, actions in self.results.values())

    @property
    def billed_amount(self) -> Decimal:
        """Credits: one for a billed minute, a quarter for a text."""
        texts = self.results.get("SENT", (0, 0))[1]
        return (Decimal(self.billed_duration) / 60 + Decimal(texts) / 4).quantize(Decimal("0.01"))


@remembered(NAME)
def day_stats(moment: Moment, account: str, broadcast: str, day: date) -> Stats:
    """One broadcast's day: results sum to its attempts; each call is billed by the minute."""
    life = life_of(moment, account, broadcast)
    attempts = moment.figure(NAME, account, broadcast, day, 240) if life.runs(day) else 0
    table = TEXT_RESULTS if life.type == "TEXT" else CALL_RESULTS
    parts = split(attempts, [weight for _, weight, _ in table])
    results = {
        result: (part, part * percent // 100) for (result, _, percent), part in zip(table, parts, strict=True) if part
    }
    if life.type == "TEXT":
        return Stats(0, 0, results)
    calls = sum(actions for _, actions in results.values())
    seconds = 20 + draw(moment.seed, NAME, account, broadcast, day, "seconds") % 90
    return Stats(calls * seconds, calls * -(-seconds // 60) * 60, results)


def stats(moment: Moment, account: str, broadcast: str, first: date, last: date) -> Stats:
    """The sum of the days from first to last."""
    total = Stats(0, 0, {})
    for day in days(max(first, FIRST_DAY), min(last, moment.today(NAME))):
        one = day_stats(moment, account, broadcast, day)
        total.duration += one.duration
        total.billed_duration += one.billed_duration
        for result, (attempts, actions) in one.results.items():
            before = total.results.get(result, (0, 0))
            total.results[result] = before[0] + attempts, before[1] + actions
    return total


def states(moment: Moment, account: str, broadcast: str) -> dict[str, int]:
    """Unattempted, RetryWait and Finished of a broadcast's contacts now; they do not depend on the interval."""
    today, life = moment.today(NAME), life_of(moment, account, broadcast)
    chance = draw(moment.seed, NAME, account, broadcast, today, "states")
    done = draw(moment.seed, NAME, account, broadcast, "contacts") % 400 + 9 * (today - FIRST_DAY).days
    running = life.runs(today)
    return {
        "Unattempted": chance % 500 if running else 0,
        "RetryWait": (chance >> 16) % 20 if running else 0,
        "Finished": done + day_stats(moment, account, broadcast, today).actions if running else done,
    }


def state(moment: Moment, account: str, broadcast: str) -> tuple[str, datetime | None]:
    """(Status, LastModified): a running one was modified at midnight, an ended one at the end of its last day."""
    life, today = life_of(moment, account, broadcast), moment.today(NAME)
    modified = today
    if not life.runs(today):
        modified = (life.ended or today.replace(day=life.until_day)) + timedelta(days=1)
    midnight = datetime(modified.year, modified.month, modified.day, tzinfo=UTC)
    return "RUNNING" if life.runs(today) else life.after, midnight if life.says_modified else None


def _account(request: Request) -> str | None:
    """Whose login and password the Basic header holds."""
    request.credential = request.headers.get("Authorization", "")
    try:
        text = base64.b64decode(request.credential.removeprefix("Basic "), validate=True).decode()
    except ValueError:
        return None
    login, _, password = text.partition(":")
    account = account_of(NAME, "login", login)
    return account if account and password == ACCOUNTS[account][NAME]["password"] else None


def _list(request: Request, account: str, as_json: bool) -> Answer:
    """At most 100 rows a page, whatever MaxResults says."""
    moment, query = request.moment, request.query
    first = request.page(whole(query.get("FirstResult"), 0), 0)
    most = min(whole(query.get("MaxResults"), LIST_CAP), LIST_CAP)
    everything = external_ids(account, NAME, moment.assets)
    return listed([_row(moment, account, row) for row in everything[first : first + most]], len(everything), as_json)


def _row(moment: Moment, account: str, row: External) -> tuple[str, str, str, datetime | None, str]:
    """(id, name, status, modified, type) of a broadcast."""
    return (row[0], row[2], *state(moment, account, row[0]), life_of(moment, account, row[0]).type)


def _interval(request: Request) -> Iterator[date]:
    """The first and last day that the interval touches, both its ends included. ValueError where it is not a time."""
    for name, default in (("IntervalBegin", FIRST_DAY), ("IntervalEnd", request.moment.today(NAME))):
        text = request.query.get(name)
        found = instant(text) if text else datetime(default.year, default.month, default.day, tzinfo=UTC)
        if found is None:
            raise ValueError(f"{name} is not a date and time")
        yield found.date()


def answer(request: Request) -> Answer:
    """Routes a request; a path that ends in `.json` gets JSON."""
    as_json = request.path.endswith(".json")
    account = _account(request)
    if account is None:
        return exception(401, "Unauthorized", as_json)
    parts = request.path.removesuffix(".json").removeprefix("/api/1.1/rest/").split("/")
    if parts == ["broadcast"]:
        return _list(request, account, as_json)
    known = index_of(account, NAME, request.moment.assets)
    if len(parts) != 3 or (parts[0], parts[2]) != ("broadcast", "stats") or parts[1] not in known:
        return exception(404, "Resource was not found", as_json)
    try:
        first, last = _interval(request)
    except ValueError as error:
        return exception(400, str(error), as_json)
    found = stats(request.moment, account, parts[1], first, last)
    return stats_answer(found, states(request.moment, account, parts[1]), as_json)
