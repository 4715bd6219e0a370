"""ScaleEngine's truth, as facts."""

from collections import defaultdict
from collections.abc import Iterator

from ...ledger_fact import Fact, FactFilter, days_asked
from ...truth import Moment
from .accounts import APPS, NAME, video_url
from .figures import period_weights, rows_of, usage, video_number


def facts(moment: Moment, account: str, asked: FactFilter) -> Iterator[Fact]:
    """Bytes and requests by day, application and video; rows of one video in an application added up."""
    if not asked.allows("day"):
        return
    for day in days_asked(moment, NAME, asked):
        weights = period_weights(moment, account, [day])
        for app in APPS[account]:
            count, row_at = rows_of(moment, account, [app])
            sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
            for position in range(count):
                row = row_at(position)
                total, requests = usage(moment, account, weights, row)
                sums[video_number(row)][0] += total
                sums[video_number(row)][1] += requests
            for number, (total, requests) in sums.items():
                url = video_url(account, number)
                yield Fact(NAME, account, url, "data_transfer", total, day, parent=app)
                yield Fact(NAME, account, url, "requests", requests, day, parent=app)
