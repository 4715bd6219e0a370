"""ScaleEngine's figures: the rows of a cdn account, and what each says of a day or a month.

An account has `rows` rows every day, three of five in its first app. About every 50th row names a video that an earlier
row named already, as in the vendor's own example; it can stand in the other app. A row's figure of a day is a product
of the row's size and the day's weight, so that pages far into a long list cost no more than the first.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache

from ...truth import FIRST_DAY, Moment, draw, percent_of_base
from .accounts import APPS, NAME, video_url

BLOCK, REPEATED = 50, 33  # in every block of 50 rows, row 33 repeats an earlier one
Weights = list[tuple[int, int, int, date | None]]  # by size, by more bytes, by requests; the day where it is apart


def video_number(row: int) -> int:
    """Which video a row is about, counted from 1: rows are numbered by block, the repeating row names an earlier one."""
    block, index = divmod(row, BLOCK)
    if index == REPEATED:
        index = draw("repeated", block) % REPEATED
    return block * (BLOCK - 1) + index - (index > REPEATED) + 1


@lru_cache(maxsize=1 << 10)
def _block_sizes(seed: int, account: str, block: int) -> list[tuple[int, int, int]]:
    """(bytes, more bytes, requests) of 1,000 rows: few are big, most are small, one in seven has no requests."""
    sizes = []
    for row in range(block * 1000, block * 1000 + 1000):
        chance = draw(seed, NAME, account, row)
        size = (chance & 0xFFFF) * (chance >> 16 & 0xFFFF) >> 12
        sizes.append((size + 800, (chance >> 32 & 0xFFFF) + 1, (size >> 13) + 1 if chance % 7 else 0))
    return sizes


def _weights(moment: Moment, account: str, day: date) -> tuple[int, int, int]:
    """What a day multiplies each of a row's three sizes with."""
    percent = percent_of_base(moment.seed, NAME, account, day)
    chance = draw(moment.seed, NAME, account, "day", day)
    return percent * 10, chance % 977, 1 + percent // 25


def period_weights(moment: Moment, account: str, period: Iterable[date]) -> Weights:
    """The ordinary days' weights as one sum, and apart each day that is still running or was restated."""
    ordinary: list[int] = [0, 0, 0]
    apart: Weights = []
    for day in period:
        if not FIRST_DAY <= day <= moment.today(NAME):
            continue
        weights = _weights(moment, account, day)
        if moment.factor(NAME, day) == 1:
            ordinary = [total + weight for total, weight in zip(ordinary, weights, strict=True)]
        else:
            apart.append((*weights, day))
    return [(ordinary[0], ordinary[1], ordinary[2], None), *apart] if any(ordinary) else apart


def usage(moment: Moment, account: str, weights: Weights, row: int) -> tuple[int, int]:
    """(bytes, requests) of a row in a period."""
    size, more, commands = _block_sizes(moment.seed, account, row // 1000)[row % 1000]
    total = asked = 0
    for by_size, by_more, by_commands, day in weights:
        figures = size * by_size + more * by_more, commands * by_commands
        if day:
            figures = moment.settled(NAME, day, figures[0]), moment.settled(NAME, day, figures[1])
        total, asked = total + figures[0], asked + figures[1]
    return total, asked


def _rows_of_url(moment: Moment, url: str, account: str) -> list[int]:
    """The rows that name a video: its own, and maybe its block's repeating row."""
    match = re.search(r"my_video_(\d+)\.mp4$", url)
    if not match or video_url(account, int(match[1])) != url:
        return []
    block, index = divmod(int(match[1]) - 1, BLOCK - 1)
    rows = [block * BLOCK + index + (index >= REPEATED), block * BLOCK + REPEATED]
    return [row for row in rows if row < moment.rows and video_number(row) == int(match[1])]


def rows_of(moment: Moment, account: str, apps: Sequence[str]) -> tuple[int, Callable[[int], int]]:
    """How many rows the apps have, and a function from a position among them to the row."""
    turns = [turn for turn in range(5) if APPS[account][0 if turn < 3 else 1] in apps]
    fives, rest = divmod(moment.rows, 5)
    count = fives * len(turns) + sum(turn < rest for turn in turns)
    return count, lambda position: position // len(turns) * 5 + turns[position % len(turns)]


def selected(
    moment: Moment, account: str, apps: Sequence[str], urls: list[str], offset: int, limit: int
) -> tuple[int, list[int]]:
    """(number of all results, this page's rows); `urls` may be empty, which means every video."""
    count, row_at = rows_of(moment, account, apps)
    if not urls:
        return count, [row_at(position) for position in range(offset, min(offset + limit, count))]
    rows = sorted({row for url in urls for row in _rows_of_url(moment, url, account)})
    rows = [row for row in rows if APPS[account][0 if row % 5 < 3 else 1] in apps]
    return len(rows), rows[offset : offset + limit]
