"""247platform: a video's lifetime so far, its log, and where its viewers are."""

from ...vendor import Vendor
from .accounts import ACCOUNTS, NAME
from .api import answer
from .facts import facts
from .figures import SETTINGS

VENDOR = Vendor(
    NAME,
    "247platform, on demand",
    ACCOUNTS,
    answer,
    facts,
    settings=SETTINGS,
    optional_credentials=("session_id",),
)
