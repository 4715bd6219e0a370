"""Boomstream: watch time by project and by media, and the sessions of sold accesses."""

from ...vendor import Vendor
from .accounts import ACCOUNTS, NAME, ppv_accesses
from .api import answer
from .facts import facts
from .figures import ZONE
from .ppv import sessions
from .replies import failed

VENDOR = Vendor(
    NAME,
    "Boomstream, main account",
    ACCOUNTS,
    answer,
    facts,
    zone=ZONE,
    failure=failed,
    optional_credentials=("project_apikey",),
    accesses=ppv_accesses,
    sessions=sessions,
)
