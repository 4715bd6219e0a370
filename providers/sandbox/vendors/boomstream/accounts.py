"""Boomstream's two accounts: a key for each of two projects, media of three kinds, and sold accesses."""

from ...truth import draw
from ...vendor import Access
from ...vendor_accounts import NAMES, TITLES, Asset, VendorAccounts, numbered

NAME = "boomstream"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def code(*parts: object, length: int = 8) -> str:
    """A medium's code: letters and digits, like `nKg3scvB` in the vendor's answers."""
    number, letters = draw("code", *parts), ""
    for _ in range(length):
        number, index = divmod(number, len(_LETTERS))
        letters += _LETTERS[index]
    return letters


def _media(account: str, index: int) -> Asset:
    """The second is a live, the third a playlist, so that few assets have all kinds too."""
    kind = {1: "live", 2: "playlist"}.get(index % 12, "video")
    return Asset(code(account, index), kind, numbered(TITLES[account], index))


ACCOUNTS = VendorAccounts(
    {
        account: {
            "apikey": f"sandbox-{account}-boomstream-key",
            "project_apikey": f"sandbox-{account}-boomstream-project-key",
        }
        for account in NAMES
    },
    _media,
    fewest=3,
)


def second_media(account: str) -> str:
    """The one video of an account's second project."""
    return code(account, "second project")


def ppv_accesses(account: str) -> list[Access]:
    """The account's sold accesses."""
    sold = [(0, 1001), (0, 1002), (1, 1003)]
    return [Access(code(account, index), f"sandbox-{account}-ppv-{order}", f"order {order}") for index, order in sold]
