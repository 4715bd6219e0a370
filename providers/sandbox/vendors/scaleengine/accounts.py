"""ScaleEngine's two accounts: a cdn with its key and secret, two apps, and videos named by address."""

from ...vendor_accounts import Asset, VendorAccounts

NAME = "scaleengine"
APPS: dict[str, list[str]] = {"north": ["north-origin", "north-live"], "south": ["south-origin", "south-live"]}
_CDNS = {"north": 158, "south": 259}
_FOLDERS = {"north": "sestore/jb", "south": "sestore/kt"}


def video_url(account: str, number: int) -> str:
    """The number-th video of an account, counted from 1, in the form of the vendor's example."""
    return f"{_FOLDERS[account]}/my_video_{number:03d}.mp4"


def _video(account: str, index: int) -> Asset:
    """The vendor has no title, so the address is one."""
    url = video_url(account, index + 1)
    return Asset(url, "video", url)


ACCOUNTS = VendorAccounts(
    {
        account: {
            "cdn": cdn,
            "api_key": f"SANDBOX-{account.upper()}-SCALEENGINE-KEY",
            "secret": f"sandbox-{account}-scaleengine-secret",
        }
        for account, cdn in _CDNS.items()
    },
    _video,
)
