"""A set of days, as progress is kept in: pure arithmetic, no database."""

from collections.abc import Iterable
from datetime import date, timedelta


class Days:
    """A set of days as non-overlapping ranges, both ends included: `Days([(date(2026,1,1), date(2026,1,31))])`."""

    __slots__ = ("ranges",)

    def __init__(self, ranges: Iterable[tuple[date, date]] = ()) -> None:
        self.ranges: list[tuple[date, date]] = []
        for start, end in sorted(r for r in ranges if r[0] <= r[1]):
            if self.ranges and start <= self.ranges[-1][1] + timedelta(days=1):
                self.ranges[-1] = (self.ranges[-1][0], max(end, self.ranges[-1][1]))
            else:
                self.ranges.append((start, end))

    def __or__(self, other: "Days") -> "Days":
        return Days([*self.ranges, *other.ranges])

    def __sub__(self, other: "Days") -> "Days":
        left = self.ranges
        for cut_start, cut_end in other.ranges:
            pieces = []
            for start, end in left:
                pieces.append((start, min(end, cut_start - timedelta(days=1))))
                pieces.append((max(start, cut_end + timedelta(days=1)), end))
                if end < cut_start or start > cut_end:
                    pieces[-2:] = [(start, end)]
            left = [piece for piece in pieces if piece[0] <= piece[1]]
        return Days(left)

    def __and__(self, other: "Days") -> "Days":
        return self - (self - other)

    def __contains__(self, day: date) -> bool:
        return any(start <= day <= end for start, end in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Days) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return hash(tuple(self.ranges))

    def __len__(self) -> int:
        return sum((end - start).days + 1 for start, end in self.ranges)

    def __repr__(self) -> str:
        return "Days(" + ", ".join(f"{start}..{end}" for start, end in self.ranges) + ")"

    @property
    def first(self) -> date | None:
        return self.ranges[0][0] if self.ranges else None

    @property
    def last(self) -> date | None:
        return self.ranges[-1][1] if self.ranges else None
