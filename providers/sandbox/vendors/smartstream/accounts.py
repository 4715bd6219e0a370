"""SmartSTREAM's two accounts: merchants, their log-ins, and media."""

from ...vendor_accounts import NAMES, TITLES, Asset, VendorAccounts, numbered

NAME = "smartstream"


def _media(account: str, index: int) -> Asset:
    return Asset(f"{account}-media-{index + 1:03d}", "video", numbered(TITLES[account], index))


ACCOUNTS = VendorAccounts(
    {
        account: {
            "merchant_id": f"sandbox-{account}",
            "api_key": f"sandbox-{account}-smartstream-key",
            "mail_address": f"{account}@sandbox.example",
            "password": f"sandbox-{account}-smartstream-password",
            "token": f"sandbox-{account}-smartstream-token",
        }
        for account in NAMES
    },
    _media,
)
