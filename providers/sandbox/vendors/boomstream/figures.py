"""Boomstream's figures: milliseconds watched by media and by project, days of Moscow.

A project's total is its videos and lives, and some time of media that were deleted since; a playlist's time is time of
its videos, so it is not in there once more.
"""

from datetime import date, timedelta, timezone

from ...truth import Moment, remembered, split
from .accounts import ACCOUNTS, NAME, second_media

ZONE = timezone(timedelta(hours=3))  # Moscow does not change its clocks
BASES = {"video": 5_400_000, "live": 21_600_000, "playlist": 1_800_000, "deleted": 700_000}


def media_ms(moment: Moment, account: str, media: str, kind: str, day: date) -> int:
    """A media's watch time of a day in ms; a live is on air at weekends only."""
    if kind == "live" and day.weekday() < 5:
        return 0
    return moment.figure(NAME, account, media, day, BASES[kind])


@remembered(NAME)
def project_ms(moment: Moment, account: str, project: str, day: date) -> int:
    """A project's watch time of a day in ms: `current`, `second`, or `all` for both."""
    if project == "all":
        return sum(project_ms(moment, account, each, day) for each in ("current", "second"))
    total = moment.figure(NAME, account, f"deleted from {project}", day, BASES["deleted"])
    if project == "second":
        return total + media_ms(moment, account, second_media(account), "video", day)
    listed = ACCOUNTS.assets(account, moment.assets)
    return total + sum(media_ms(moment, account, id_, kind, day) for id_, kind, _ in listed if kind != "playlist")


def hours(moment: Moment, day: date, total: int) -> list[int]:
    """A day's time over its 24 hours."""
    return split(total, moment.hour_weights(NAME, day))
