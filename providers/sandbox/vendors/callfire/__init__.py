"""CallFire: broadcasts, their usage and results."""

from ...vendor import Vendor
from .accounts import ACCOUNTS, NAME
from .api import answer
from .facts import facts

VENDOR = Vendor(NAME, "CallFire, ticket calls", ACCOUNTS, answer, facts, lists_assets=True)
