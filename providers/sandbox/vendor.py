"""What a vendor's folder declares: its accounts, how it answers, its truth, and what is special about it.

Everything else follows from that: the server's addresses, the ledger, the faults, the demo. `vendors/__init__.py` has one
line for each folder.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any, NamedTuple

from .ledger_fact import Fact, FactFilter
from .truth import Moment
from .vendor_accounts import VendorAccounts
from .wire import Answer, Request


class Access(NamedTuple):
    """A sold access to a medium; its hash is the buyer's password."""

    media: str
    hash: str
    label: str


class Session(NamedTuple):
    """One use of a sold access, named by its label; `started` on the vendor's clock."""

    access: str
    media: str
    started: datetime
    ip: str
    country: str
    country_name: str
    user_agent: str
    left_activations: int


def _no_options(account: str) -> dict[str, list[str]]:
    return {}


def _no_accesses(account: str) -> list[Access]:
    return []


def _no_sessions(moment: Moment, account: str, label: str, first: date, last: date) -> Iterator[Session]:
    return iter(())


@dataclass(frozen=True)
class Vendor:
    """One vendor. Its addresses begin with `name`, which is also the slug of our provider."""

    name: str
    title: str  # of the demo's connection
    accounts: VendorAccounts
    answer: Callable[[Request], Answer]
    facts: Callable[[Moment, str, FactFilter], Iterator[Fact]]
    zone: tzinfo = UTC
    # At most so many requests in 60 seconds for each key.
    limit: int | None = None
    # The vendor's own failure with HTTP 200, from the code of a fault; a vendor without one answers HTTP 500.
    failure: Callable[[Request, str], Answer] | None = None
    # What a fault may set at this vendor, and to which values; the first is the usual one.
    settings: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    # What a connection needs beside its credentials; what it need not have, because it can log in for it.
    options: Callable[[str], dict[str, list[str]]] = _no_options
    optional_credentials: tuple[str, ...] = ()
    lists_assets: bool = False
    accesses: Callable[[str], list[Access]] = _no_accesses
    sessions: Callable[[Moment, str, str, date, date], Iterator[Session]] = _no_sessions

    def login(self, account: str) -> dict[str, str]:
        """The credentials that a real connection has, as text."""
        own = self.accounts.credentials[account]
        return {name: str(value) for name, value in own.items() if name not in self.optional_credentials}

    def credentials(self) -> dict[str, dict[str, Any]]:
        """account -> credential -> value."""
        return {account: dict(values) for account, values in self.accounts.credentials.items()}
