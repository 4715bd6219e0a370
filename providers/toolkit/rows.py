"""What a feed reads out of an answer: figures, and what else it saw."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class Figure(NamedTuple):
    """One number. `asset` is the external id where the feed's figures name assets (`Feed.asset_kind`); `key` belongs to the
    dimension."""

    metric: str
    value: Decimal | int
    day: date
    minute: int = 0
    interval: str = "day"
    dimension: str = ""
    key: str = ""
    asset: str = ""


class AssetSeen(NamedTuple):
    """An asset that the provider lists."""

    external_id: str
    kind: str
    title: str = ""
    status: str = ""
    modified_at: datetime | None = None
    settled: bool = False  # its figures can't change any more, unless it is modified


class SessionSeen(NamedTuple):
    """One pay-per-view session. `started` is the provider's wall clock."""

    started: datetime
    ip: str
    user_agent: str
    country: str
    country_name: str
    place: str
    left_activations: int | None


Row = Figure | AssetSeen | SessionSeen
