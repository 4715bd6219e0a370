"""The two accounts at all vendors: credentials as in a provisioning file, and what an account owns."""

from typing import Any

from .vendor_accounts import NAMES, Asset
from .vendors import VENDORS

# account -> provider -> credential -> value
ACCOUNTS: dict[str, dict[str, dict[str, Any]]] = {
    account: {name: vendor.credentials()[account] for name, vendor in VENDORS.items()} for account in NAMES
}


def external_ids(account: str, provider: str, assets: int) -> list[Asset]:
    """(external id, kind, title) of an account's first assets; at Boomstream at least three, one of each kind.

    A ScaleEngine account has as many videos as it has rows; this names the first of them.
    """
    return VENDORS[provider].accounts.assets(account, assets)
