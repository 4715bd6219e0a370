"""A provider's limit on requests, kept on our side across all workers, connections and tenants with the same key.

It is a sliding window over the start times of the last requests (a full token bucket would let 99 requests through in a
minute of 50), kept in one row for each key on the database's clock. The row knows the key's digest only.

The provider counts when a request arrives, and one may be longer on its way than the next: `SLACK` keeps them apart there too.
"""

import json
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from providers.toolkit.provider import Limit
from reporting.encryption import fingerprint
from reporting.models import RateWindow

LONGEST_CLOSED = 86_400.0  # seconds
SLACK = 1.0  # seconds, added to the provider's own

LOCKED = """
    INSERT INTO reporting_ratewindow AS kept (digest, starts) VALUES (%s, '[]')
    ON CONFLICT (digest) DO UPDATE SET digest = kept.digest
    RETURNING starts, closed_until, clock_timestamp()
"""


class SharedWindow:
    """The window of one key."""

    def __init__(self, provider: str, limit: Limit, key: str) -> None:
        self.limit, self.digest = limit, fingerprint(f"{provider}:{key}")

    def take(self) -> float:
        """Takes a place and returns 0, or returns the seconds to wait before asking again."""
        with transaction.atomic():
            window, now = self._locked()
            if window.closed_until and window.closed_until > now:
                return (window.closed_until - now).total_seconds()
            seconds = self.limit.seconds + SLACK
            recent = [start for start in window.starts if start > now.timestamp() - seconds]
            if len(recent) >= self.limit.requests:
                return max(0.001, recent[-self.limit.requests] + seconds - now.timestamp())
            window.starts = [*recent, now.timestamp()]
            window.save(update_fields=["starts"])
            return 0.0

    def close_for(self, seconds: float) -> None:
        """The provider said 429: no request with this key is made before then (a day at most, whatever it asked for)."""
        seconds = min(seconds, LONGEST_CLOSED)
        with transaction.atomic():
            window, now = self._locked()
            until = now + timedelta(seconds=seconds)
            if window.closed_until is None or window.closed_until < until:
                window.closed_until = until
                window.save(update_fields=["closed_until"])

    def _locked(self) -> tuple[RateWindow, datetime]:
        """The row, made where it is new, locked, and the database's time after the lock was got: in one statement."""
        with connection.cursor() as cursor:
            cursor.execute(LOCKED, [self.digest])
            starts, closed_until, now = cursor.fetchone()
        window = RateWindow(digest=self.digest, starts=json.loads(starts), closed_until=closed_until)
        return window, now.astimezone(UTC)
