"""Boomstream's pay-per-view sessions: who used a sold password, when and from where."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ...truth import FIRST_DAY, Moment, days, draw, remembered
from ...vendor import Session
from ...wire import Answer, Request, day_of, whole
from .accounts import ACCOUNTS, NAME, ppv_accesses
from .replies import failure, reply

PER_PAGE = 100
COUNTRIES = (("RU", "Russia"), ("ES", "Spain"), ("DE", "Germany"), ("KZ", "Kazakhstan"), ("US", "United States"))
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.135 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
)


def sessions(moment: Moment, account: str, label: str, first: date, last: date) -> Iterator[Session]:
    """The sessions of one access from first to last day, in order, as far as they have begun."""
    for day in days(max(first, FIRST_DAY), min(last, moment.today(NAME))):
        yield from _of_day(moment, account, label, day)


@remembered(NAME)
def _of_day(moment: Moment, account: str, label: str, day: date) -> list[Session]:
    """A day's sessions of one access, none to five; today's as far as they have begun."""
    media = next(media for media, _, name in ppv_accesses(account) if name == label)
    now = moment.local(NAME).replace(tzinfo=None)
    chance = draw(moment.seed, "ppv", account, label, day)
    found = []
    for number, second in enumerate(sorted({draw(chance, number) % 86_400 for number in range(chance % 6)})):
        started = datetime(day.year, day.month, day.day) + timedelta(seconds=second)  # noqa: DTZ001
        if started <= now:
            found.append(_session(label, media, started, draw(chance, "who", second), number))
    return found


def _session(label: str, media: str, started: datetime, who: int, number: int) -> Session:
    """Who it was: addresses are those that are kept for documentation."""
    country, name = COUNTRIES[who % len(COUNTRIES)]
    ip = f"2001:db8::{who >> 8 & 0xFFFF:x}" if who % 9 == 0 else f"198.51.100.{who >> 8 & 0xFF}"
    return Session(label, media, started, ip, country, name, AGENTS[(who >> 24) % len(AGENTS)], max(0, 5 - number))


def _period(request: Request) -> tuple[date, date] | None:
    """The vendor's page: from today to the day after by default. The end itself is not included any more."""
    today = request.moment.today(NAME)
    start = day_of(request.query.get("start") or str(today))
    end = day_of(request.query.get("end") or str(today + timedelta(days=1)))
    return (start, end - timedelta(days=1)) if start and end else None


def sessions_answer(request: Request, account: str, project: str) -> Answer:
    """A page of sessions, without counts; a page past the end has none. XML has the items right in the response."""
    query, media_titles = request.query, {id_: title for id_, _, title in ACCOUNTS.assets(account, 3)}
    sold = {(media, hash_): label for media, hash_, label in ppv_accesses(account)}
    label, period = sold.get((query.get("code", ""), query.get("hash", ""))), _period(request)
    if project != "current" or query.get("code") not in {media for media, _ in sold}:
        return failure(request, "Media not found")
    if label is None or period is None:
        return failure(request, "Unauthorized" if label is None else "Wrong date")
    found = [] if request.empties() else list(sessions(request.moment, account, label, *period))
    if query.get("order") == "desc":
        found.reverse()
    page = request.page(whole(query.get("page"), 1) or 1, 1)
    items = [
        {
            "Place": media_titles[each.media],
            "ip": each.ip,
            "Country": each.country_name,
            "UserAgent": each.user_agent,
            "Start": f"{each.started:%Y-%m-%d %H:%M:%S}",
            "LeftActivations": each.left_activations,
        }
        for each in found[(page - 1) * PER_PAGE : page * PER_PAGE]
    ]
    return reply(request, {"": items}, status=None)
