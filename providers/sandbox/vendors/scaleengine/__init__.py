"""ScaleEngine: bandwidth by video, signed requests."""

from ...vendor import Vendor
from .accounts import ACCOUNTS, APPS, NAME
from .api import answer, failed
from .facts import facts

VENDOR = Vendor(
    NAME,
    "ScaleEngine, CDN",
    ACCOUNTS,
    answer,
    facts,
    failure=failed,
    options=lambda account: {"apps": APPS[account]},
    lists_assets=True,
)
