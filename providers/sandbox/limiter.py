"""How many requests a vendor serves: what its limit refuses, as the vendor does."""

from collections import defaultdict, deque
from math import ceil
from threading import Lock
from time import monotonic


class Limiter:
    """At most `limit` requests in any 60 seconds for each key, by the real clock. What it refuses does not count."""

    def __init__(self, limit: int | None, seconds: float = 60) -> None:
        self.limit, self.seconds = limit, seconds
        self._lock = Lock()
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def wait(self, key: str) -> int:
        """Counts a request; seconds to wait where there are too many, else 0."""
        if self.limit is None:
            return 0
        with self._lock:
            times, now = self._times[key], monotonic()
            while times and times[0] <= now - self.seconds:
                times.popleft()
            if len(times) >= self.limit:
                return max(1, ceil(times[0] + self.seconds - now))
            times.append(now)
            return 0
