"""The facts of a lineage some at a time: first those that are added, then those that are taken off."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from reporting.query.lineage.facts import FactLine, FactPosition, FactReader
from reporting.query.parameters import WrongParameters


class PageRequest(NamedTuple):
    """Which part of the facts: the first, or the one that a cursor points to."""

    limit: int = 100
    cursor: str = ""


class FactPage(NamedTuple):
    """`next` and `previous` are cursors; None at the ends."""

    facts: list[FactLine]
    next: str | None = None
    previous: str | None = None


class CursorPosition(NamedTuple):
    """What a cursor holds: from which fact of which side on, and in which direction."""

    is_back: bool = False
    side: int = 0
    spot: FactPosition | None = None


def page_of(readers: Sequence[FactReader], page: PageRequest) -> FactPage:
    """Raises WrongParameters for a cursor that is none of ours."""
    place = _decoded(page.cursor, len(readers)) if page.cursor else CursorPosition()
    rows = _lines(readers, place, page.limit + 1)
    has_more, rows = len(rows) > page.limit, rows[: page.limit]
    if place.is_back:
        rows.reverse()
    has_next, has_previous = (bool(rows), has_more) if place.is_back else (has_more, bool(place.spot and rows))
    return FactPage(
        [fact for _, fact in rows],
        _encoded(*rows[-1], is_back=False) if has_next else None,
        _encoded(*rows[0], is_back=True) if has_previous else None,
    )


def _lines(readers: Sequence[FactReader], place: CursorPosition, limit: int) -> list[tuple[int, FactLine]]:
    """With the number of their side; those of the next side where one has no more."""
    found: list[tuple[int, FactLine]] = []
    for side in range(place.side, -1, -1) if place.is_back else range(place.side, len(readers)):
        after = place.spot if side == place.side else None
        lines = readers[side].lines(limit - len(found), after, backwards=place.is_back)
        found += [(side, fact) for fact in lines]
        if len(found) == limit:
            break
    return found


def _encoded(side: int, fact: FactLine, *, is_back: bool) -> str:
    place = [int(is_back), side, fact.metric, fact.day.isoformat(), fact.minute, fact.asset, fact.key]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _decoded(cursor: str, sides: int) -> CursorPosition:
    try:
        is_back, side, metric, day, minute, asset, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        spot = FactPosition(str(metric), date.fromisoformat(day), int(minute), int(asset), str(key))
        is_known = 0 <= int(side) < sides and 0 <= spot.minute < 1440 and 0 < spot.asset < 2**63
        if b"\0" in f"{metric}{key}".encode() or not is_known:
            raise ValueError(cursor)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise WrongParameters({"cursor": ["This cursor is not one of ours. Follow `next` and `previous`."]}) from None
    return CursorPosition(bool(is_back), int(side), spot)
