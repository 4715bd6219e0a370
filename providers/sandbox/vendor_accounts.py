"""The two accounts that the sandbox has at every vendor, and what one vendor knows of them. Nothing here is real."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

NAMES = ("north", "south")
TITLES = {
    "north": (
        "The final",
        "Semi-final live",
        "Season in ten minutes",
        "Press conference",
        "Training day",
        "Interview with the coach",
        "Matchday highlights",
        "Youth cup",
    ),
    "south": (
        "Opening concert",
        "Jazz night live",
        "Festival favourites",
        "Behind the stage",
        "Rehearsal",
        "Talk with the conductor",
        "Closing gala",
        "Masterclass",
    ),
}


class Asset(NamedTuple):
    """What a vendor counts: its id there, our kind of it, its title."""

    external_id: str
    kind: str
    title: str


@dataclass(frozen=True, eq=False)
class VendorAccounts:
    """Both accounts at one vendor: account -> credential -> value, named as in a provisioning file, and its index-th asset.

    An account has as many assets as the sandbox was started with, but at least `fewest`.
    """

    credentials: Mapping[str, Mapping[str, Any]]
    asset: Callable[[str, int], Asset]
    fewest: int = 0

    def assets(self, account: str, count: int) -> list[Asset]:
        """An account's first assets."""
        return _assets(self, account, max(count, self.fewest))

    def index_of(self, account: str, count: int) -> dict[str, int]:
        """Which asset an external id is."""
        return _index_of(self, account, max(count, self.fewest))

    def account_of(self, credential: str, value: object) -> str | None:
        """Whose credential this is."""
        for account, credentials in self.credentials.items():
            if value and str(credentials.get(credential)) == str(value):
                return account
        return None


@lru_cache(maxsize=256)
def _assets(accounts: VendorAccounts, account: str, count: int) -> list[Asset]:
    return [accounts.asset(account, index) for index in range(count)]


@lru_cache(maxsize=256)
def _index_of(accounts: VendorAccounts, account: str, count: int) -> dict[str, int]:
    return {asset.external_id: index for index, asset in enumerate(_assets(accounts, account, count))}


def numbered(titles: tuple[str, ...], index: int) -> str:
    """The index-th title; with a number from the second round on."""
    turn, number = divmod(index, len(titles))
    return f"{titles[number]} {turn + 1}" if turn else titles[number]
