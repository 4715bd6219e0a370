"""247platform's two accounts: a client with its key, and videos."""

from ...vendor_accounts import TITLES, Asset, VendorAccounts, numbered

NAME = "247platform"
_USER_IDS = {"north": "1001", "south": "2002"}
_FIRST_VIDEO = {"north": 40_001, "south": 50_001}


def _video(account: str, index: int) -> Asset:
    return Asset(str(_FIRST_VIDEO[account] + index), "video", numbered(TITLES[account], index))


ACCOUNTS = VendorAccounts(
    {
        account: {
            "user_id": user_id,
            "api_key": f"sandbox-{account}-247platform-key",
            "session_id": f"sandbox-{account}-247platform-session",
        }
        for account, user_id in _USER_IDS.items()
    },
    _video,
)
