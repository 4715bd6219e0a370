"""The two accounts that the sandbox knows at every vendor, what they own there, and the keys to it. Nothing here is real.

Credentials are named as in a provisioning file.
"""

from functools import lru_cache
from typing import Any

from .truth import draw


def _account(name: str, user_id: str, cdn: int) -> dict[str, dict[str, Any]]:
    """One account's credentials at the five vendors."""
    return {
        "247platform": {
            "user_id": user_id,
            "api_key": f"sandbox-{name}-247platform-key",
            "session_id": f"sandbox-{name}-247platform-session",
        },
        "boomstream": {
            "apikey": f"sandbox-{name}-boomstream-key",
            "project_apikey": f"sandbox-{name}-boomstream-project-key",
        },
        "smartstream": {
            "merchant_id": f"sandbox-{name}",
            "api_key": f"sandbox-{name}-smartstream-key",
            "mail_address": f"{name}@sandbox.example",
            "password": f"sandbox-{name}-smartstream-password",
            "token": f"sandbox-{name}-smartstream-token",
        },
        "callfire": {"login": f"sandbox-{name}-callfire-login", "password": f"sandbox-{name}-callfire-password"},
        "scaleengine": {
            "cdn": cdn,
            "api_key": f"SANDBOX-{name.upper()}-SCALEENGINE-KEY",
            "secret": f"sandbox-{name}-scaleengine-secret",
        },
    }


ACCOUNTS: dict[str, dict[str, dict[str, Any]]] = {
    "north": _account("north", "1001", 158),
    "south": _account("south", "2002", 259),
}
APPS: dict[str, list[str]] = {"north": ["north-origin", "north-live"], "south": ["south-origin", "south-live"]}

_FIRST = {"north": (40_001, 1_057_444_001), "south": (50_001, 1_058_555_001)}
_TITLES = {
    "north": [
        "The final",
        "Semi-final live",
        "Season in ten minutes",
        "Press conference",
        "Training day",
        "Interview with the coach",
        "Matchday highlights",
        "Youth cup",
    ],
    "south": [
        "Opening concert",
        "Jazz night live",
        "Festival favourites",
        "Behind the stage",
        "Rehearsal",
        "Talk with the conductor",
        "Closing gala",
        "Masterclass",
    ],
}
_CAMPAIGNS = [
    "Season ticket reminder",
    "Ticket survey",
    "Members' vote",
    "Change of kick-off",
    "Newsletter by text",
    "Thank you call",
]
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"

External = tuple[str, str, str]


def code(*parts: object, length: int = 8) -> str:
    """A Boomstream code: letters and digits, like `nKg3scvB` in the vendor's answers."""
    number, letters = draw("code", *parts), ""
    for _ in range(length):
        number, index = divmod(number, len(_LETTERS))
        letters += _LETTERS[index]
    return letters


def _numbered(names: list[str], index: int) -> str:
    """The index-th title; with a number from the second round on."""
    turn, place = divmod(index, len(names))
    return f"{names[place]} {turn + 1}" if turn else names[place]


def _boomstream_kind(index: int) -> str:
    """The second is a live, the third a playlist, so that few assets have all kinds too."""
    return {1: "live", 2: "playlist"}.get(index % 12, "video")


def _external(account: str, provider: str, index: int) -> External:
    """The index-th asset of an account at a vendor: its id there, our kind, its title."""
    title = _numbered(_TITLES[account], index)
    video, broadcast = _FIRST[account]
    if provider == "247platform":
        return str(video + index), "video", title
    if provider == "boomstream":
        return code(account, index), _boomstream_kind(index), title
    if provider == "smartstream":
        return f"{account}-media-{index + 1:03d}", "video", title
    if provider == "callfire":
        return str(broadcast + index), "broadcast", _numbered(_CAMPAIGNS, index)
    url = video_url(account, index + 1)
    return url, "video", url


def video_url(account: str, number: int) -> str:
    """The number-th video of a ScaleEngine account, counted from 1, in the form of the vendor's example."""
    return f"{'sestore/jb' if account == 'north' else 'sestore/kt'}/my_video_{number:03d}.mp4"


@lru_cache(maxsize=256)
def external_ids(account: str, provider: str, assets: int) -> list[External]:
    """(external id, kind, title) of an account's first assets; at Boomstream at least three, one of each kind.

    A ScaleEngine account has as many videos as it has rows; this names the first of them.
    """
    count = max(assets, 3) if provider == "boomstream" else assets
    return [_external(account, provider, index) for index in range(count)]


@lru_cache(maxsize=256)
def index_of(account: str, provider: str, assets: int) -> dict[str, int]:
    """Which asset an external id is."""
    return {row[0]: index for index, row in enumerate(external_ids(account, provider, assets))}


def ppv_accesses(account: str) -> list[tuple[str, str, str]]:
    """(media code, hash, label) of the account's sold accesses at Boomstream; the hash is the buyer's password."""
    sold = [(0, 1001), (0, 1002), (1, 1003)]
    return [(code(account, index), f"sandbox-{account}-ppv-{order}", f"order {order}") for index, order in sold]


def account_of(provider: str, credential: str, value: object) -> str | None:
    """Whose credential this is."""
    for name, providers in ACCOUNTS.items():
        if value and str(providers[provider].get(credential)) == str(value):
            return name
    return None
