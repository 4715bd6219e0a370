"""What can go wrong with a provider, grouped by what to do next.

    SyncError
    ├── TryAgain            time-outs, 5xx, "busy": wait (`retry_after` seconds where the provider says), then ask again
    │   ├── RateLimited     429, or our own limiter
    │   └── UnknownFailure  it says that it failed, and we don't know the words: tried again, then shown
    ├── AskPerson           refused credentials, unknown account, a clock that is off: the connection needs attention
    ├── NotFound            the provider does not know this asset: its reading fails, the others go on
    ├── NotEntered          a secret that this one reading needs was entered for another address: the others go on
    ├── Unreadable          an answer that no rule covers: kept as it came, for someone to fix the reader
    │   └── Incomplete      its rows do not come to what it announces, or its pages do not fit each other
    ├── Held                it would take away all figures of past days: kept, and believed when it comes twice
    ├── SessionRefused      the log-in's token is not taken any more: log in once more, then it is AskPerson
    └── Cancelled           somebody asked the run to stop

Texts are for the person who will read them. They never hold a secret: the client scrubs what it quotes.
"""

from typing import Any

from reporting.vendor_text import message


class SyncError(Exception):
    """Base of all; `str()` is the sentence shown in the run: one line, without what a database or a log can't hold."""

    group = "unknown"
    retry_after: float | None = None

    def __str__(self) -> str:
        return message(super().__str__())


class TryAgain(SyncError):
    group = "try again"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimited(TryAgain):
    """The provider's limit is used up for now."""


class UnknownFailure(TryAgain):
    """A failure in words we do not know."""


class AskPerson(SyncError):
    group = "ask a person"


class NotFound(SyncError):
    group = "ask a person"


class NotEntered(SyncError):
    group = "ask a person"


class Unreadable(SyncError):
    """`page` is the answer, where it could not even be parsed. One that `is_broken` is no document at all (empty, cut short, a
    page for people): it is asked for again, and unreadable after the last try."""

    group = "fix the code"
    page: Any = None
    is_broken = False


class Incomplete(Unreadable):
    """The reading's rows do not come to its own count, or its list changed between two pages."""


class Held(SyncError):
    """`lost` are the days (reporting.models.Days) whose figures would be gone."""

    group = "try again"

    def __init__(self, message: str, lost: Any) -> None:
        super().__init__(message)
        self.lost = lost


class SessionRefused(SyncError):
    group = "ask a person"


class Cancelled(SyncError):
    group = "cancelled"
