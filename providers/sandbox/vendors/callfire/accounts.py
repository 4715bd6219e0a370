"""CallFire's two accounts: a login each, and broadcasts."""

from ...vendor_accounts import NAMES, Asset, VendorAccounts, numbered

NAME = "callfire"
_FIRST_BROADCAST = {"north": 1_057_444_001, "south": 1_058_555_001}
_CAMPAIGNS = (
    "Season ticket reminder",
    "Ticket survey",
    "Members' vote",
    "Change of kick-off",
    "Newsletter by text",
    "Thank you call",
)


def _broadcast(account: str, index: int) -> Asset:
    return Asset(str(_FIRST_BROADCAST[account] + index), "broadcast", numbered(_CAMPAIGNS, index))


ACCOUNTS = VendorAccounts(
    {
        account: {"login": f"sandbox-{account}-callfire-login", "password": f"sandbox-{account}-callfire-password"}
        for account in NAMES
    },
    _broadcast,
)
