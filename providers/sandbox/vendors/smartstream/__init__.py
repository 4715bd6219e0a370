"""SmartSTREAM: aggregations of a merchant or one of its media, 50 requests a minute."""

from ...vendor import Vendor
from .accounts import ACCOUNTS, NAME
from .api import SHAPES, answer
from .facts import facts
from .figures import ZONE

VENDOR = Vendor(
    NAME,
    "SmartSTREAM, Japan",
    ACCOUNTS,
    answer,
    facts,
    zone=ZONE,
    limit=50,
    settings={"smartstream_shape": SHAPES},
    optional_credentials=("token",),
)
