"""What really happened, as pure functions: every figure follows from (seed, provider, account, asset, day) alone.

A day that is over never changes. Today's figure is the whole day's × the part of the day that has passed in the
provider's zone, rounded down; a future day has nothing, and neither has a day before 2024. A restatement multiplies
a provider's figures of one day, rounded down, as a vendor would who found an error afterwards.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
FIRST_DAY = date(2024, 1, 1)
AFTERWARDS = datetime(9000, 1, 1, tzinfo=UTC)
WEEK = (78, 80, 85, 92, 110, 138, 125)  # Monday to Sunday, percent of an ordinary day
HOURS = (6, 4, 3, 2, 2, 3, 6, 10, 14, 16, 17, 18, 20, 19, 18, 18, 20, 24, 31, 40, 44, 40, 28, 14)


def draw(*parts: object) -> int:
    """64 bits that depend on nothing but the parts."""
    text = "|".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


def split(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in whole parts that are proportional to the weights and sum to it exactly."""
    whole, passed, given, parts = sum(weights), 0, 0, []
    if not whole or not total:
        return [0] * len(weights)
    for weight in weights:
        passed += weight
        until = (2 * total * passed + whole) // (2 * whole)
        parts.append(until - given)
        given = until
    return parts


@lru_cache(maxsize=1 << 16)
def percent_of_base(seed: int, provider: str, account: str, day: date) -> int:
    """The rhythm that all of an account's assets share: growth by a third a year, weekdays, noise."""
    growth = 100 + 33 * (day - FIRST_DAY).days // 365
    noise = 88 + draw(seed, provider, account, day) % 25
    return growth * WEEK[day.weekday()] * noise // 10_000


@lru_cache(maxsize=1 << 18)
def whole_day(seed: int, provider: str, account: str, asset: str, day: date, base: int) -> int:
    """An asset's figure of a whole day: the account's rhythm, its own size and noise, and now and then a big day."""
    size = 40 + draw(seed, provider, account, asset) % 121
    chance = draw(seed, provider, account, asset, day)
    event = 3 if chance % 53 == 0 else 1
    noise = 80 + (chance >> 8) % 41
    return base * percent_of_base(seed, provider, account, day) * size * noise * event // 1_000_000


def days(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)


@dataclass(frozen=True)
class Moment:
    """One instant: what the sandbox was started with, its clock, what vendors have restated by then, their zones, and the
    settings that faults have set."""

    seed: int
    assets: int
    rows: int
    now: datetime
    restated: Mapping[tuple[str, date], Fraction]
    zones: Mapping[str, tzinfo] = field(default_factory=dict, compare=False)
    settings: Mapping[str, int] = field(default_factory=dict, compare=False)
    _locals: dict[str, datetime] = field(init=False, default_factory=dict, compare=False, repr=False)

    def local(self, provider: str) -> datetime:
        """The instant on the provider's clock."""
        local = self._locals.get(provider)
        if local is None:
            local = self._locals[provider] = self.now.astimezone(self.zones.get(provider, UTC))
        return local

    def today(self, provider: str) -> date:
        return self.local(provider).date()

    def is_over(self, provider: str, day: date) -> bool:
        """True of a day that has passed and was not restated: its figures are what they are."""
        return FIRST_DAY <= day < self.today(provider) and (provider, day) not in self.restated

    def passed(self, provider: str, day: date) -> Fraction:
        """How much of the provider's day is over: 0 for a future day, 1 for a past one."""
        local = self.local(provider)
        if day != local.date():
            return Fraction(int(FIRST_DAY <= day < local.date()))
        midnight = datetime.combine(day, time(), local.tzinfo)
        return Fraction((local - midnight) // timedelta(seconds=1), 86_400)

    def factor(self, provider: str, day: date) -> Fraction:
        """What a whole day's figure is to be multiplied with."""
        return self.passed(provider, day) * self.restated.get((provider, day), Fraction(1))

    def settled(self, provider: str, day: date, figure: int) -> int:
        """A whole day's figure, as the vendor states it at this instant."""
        if self.is_over(provider, day):
            return figure
        factor = self.factor(provider, day)
        return figure * factor.numerator // factor.denominator

    def figure(self, provider: str, account: str, asset: str, day: date, base: int) -> int:
        """An asset's figure of a day, about `base` of them on an ordinary day, as stated at this instant."""
        if not FIRST_DAY <= day <= self.today(provider):
            return 0
        return self.settled(provider, day, whole_day(self.seed, provider, account, asset, day, base))

    def hour_weights(self, provider: str, day: date) -> list[int]:
        """The day's rhythm; today's hours only as far as they have passed."""
        local = self.local(provider)
        if day < local.date():
            return [weight * 60 for weight in HOURS]
        minutes = [min(60, max(0, local.hour * 60 + local.minute + 1 - hour * 60)) for hour in range(24)]
        return [weight * passed for weight, passed in zip(HOURS, minutes, strict=True)]

    def minute_weights(self, provider: str, day: date, hour: int) -> list[int]:
        """All minutes of an hour alike; those of the current hour as far as they have passed."""
        local = self.local(provider)
        if (day, hour) != (local.date(), local.hour):
            return [1] * 60
        return [int(minute <= local.minute) for minute in range(60)]


def remembered(provider: str) -> Callable[[Callable[Concatenate[Moment, P], T]], Callable[Concatenate[Moment, P], T]]:
    """For a function of (moment, …, day): works a day that is over out once, and does not look at the clock for it."""

    def decorate(function: Callable[Concatenate[Moment, P], T]) -> Callable[Concatenate[Moment, P], T]:
        @lru_cache(maxsize=1 << 15)
        def past(seed: int, assets: int, rows: int, *arguments: Any) -> Any:
            return function(Moment(seed, assets, rows, AFTERWARDS, {}), *arguments)  # type: ignore[call-arg]

        @wraps(function)
        def of_day(moment: Moment, *arguments: Any) -> Any:
            if moment.is_over(provider, arguments[-1]):
                return past(moment.seed, moment.assets, moment.rows, *arguments)
            return function(moment, *arguments)  # type: ignore[call-arg]

        return of_day  # type: ignore[return-value]

    return decorate
