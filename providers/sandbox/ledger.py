"""`GET /_ledger`: what a correct reader must arrive at, from the figures themselves and not from the answers."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import chain, islice

from .ledger_fact import Fact, FactFilter
from .truth import FIRST_DAY, Moment
from .vendor import Vendor
from .vendor_accounts import NAMES
from .wire import Answer, day_of, json_answer

CHUNK = 2000
Vendors = Mapping[str, Vendor]


def _days(moment: Moment, query: dict[str, str]) -> tuple[date, date]:
    """From and to, both included; all there is where they are not named. The day after the clock's may be Tokyo's."""
    first, last = FIRST_DAY, moment.now.date() + timedelta(days=1)
    if query.get("from"):
        first = day_of(query["from"]) or _refuse("from must be a day like 2026-01-31")
    if query.get("to"):
        last = day_of(query["to"]) or _refuse("to must be a day like 2026-01-31")
    return first, last


def _refuse(why: str) -> date:
    raise ValueError(why)


def _named(query: dict[str, str], name: str, known: Iterable[str]) -> list[str]:
    """The asked one, or all. ValueError where it is unknown."""
    known = list(known)
    if not query.get(name):
        return known
    if query[name] not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}")
    return [query[name]]


def facts(vendors: Vendors, moment: Moment, query: dict[str, str]) -> Iterator[Fact]:
    """The facts that a query asks for."""
    first, last = _days(moment, query)
    providers, accounts = _named(query, "provider", vendors), _named(query, "account", NAMES)
    asked = FactFilter(
        first,
        last,
        query.get("interval") or None,
        query.get("dimension"),
        query.get("asset") or None,
        query.get("metric") or None,
    )
    found = chain.from_iterable(
        vendors[name].facts(moment, account, asked) for name in providers for account in accounts
    )
    keep = {name: query[name] for name in ("metric", "asset", "interval", "key") if query.get(name)}
    for fact in found:
        named = all(getattr(fact, name) == value for name, value in keep.items())
        dimension = asked.dimension is None or fact.dimension == asked.dimension
        if named and dimension and not (query.get("zeros") == "no" and not fact.value):
            yield fact


def answer(vendors: Vendors, moment: Moment, query: dict[str, str]) -> Answer:
    """All facts as one JSON document, in chunks: an account may have very many."""
    _days(moment, query), _named(query, "provider", vendors), _named(query, "account", NAMES)
    return Answer(_document(vendors, moment, query))


def _document(vendors: Vendors, moment: Moment, query: dict[str, str]) -> Iterator[bytes]:
    """The facts in chunks of a few hundred kilobytes."""
    found = facts(vendors, moment, query)
    yield f'{{"now":"{moment.now.isoformat()}","seed":{moment.seed},"facts":['.encode()
    comma = ""
    while lines := [json.dumps(fact.shown()) for fact in islice(found, CHUNK)]:
        yield (comma + ",\n".join(lines)).encode()
        comma = ",\n"
    yield b"]}"


def sessions_answer(vendors: Vendors, moment: Moment, query: dict[str, str]) -> Answer:
    """`GET /_ledger/sessions`: who used a sold access; times on its vendor's clock."""
    first, last = _days(moment, query)
    found = [
        {
            "account": account,
            "access": one.access,
            "media": one.media,
            "started_at": f"{one.started:%Y-%m-%d %H:%M:%S}",
            "ip": one.ip,
            "country": one.country,
            "country_name": one.country_name,
            "user_agent": one.user_agent,
            "left_activations": one.left_activations,
        }
        for account in _named(query, "account", NAMES)
        for vendor in vendors.values()
        for access in vendor.accesses(account)
        for one in vendor.sessions(moment, account, access.label, first, last)
    ]
    return json_answer({"now": moment.now.isoformat(), "seed": moment.seed, "sessions": found})
