"""CallFire's figures: attempts are drawn by day and fall on results; all else follows from those.

A broadcast runs always, or on the first ten days of each month, or it ended on a fixed day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ...truth import FIRST_DAY, Moment, days, draw, remembered, split
from .accounts import ACCOUNTS, NAME

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
    return LIVES[ACCOUNTS.index_of(account, moment.assets)[broadcast] % len(LIVES)]


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
