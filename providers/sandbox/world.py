"""The state of a running sandbox: what it was started with, its clock, its faults, and what it was asked."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from .faults import Faults
from .limiter import Limiter
from .truth import Moment
from .vendor import Vendor


@dataclass
class Record:
    """One request to a vendor: `path` with its query, `started` on the monotonic clock, a digest of the credential."""

    provider: str
    method: str
    path: str
    started: float
    digest: str
    status: int
    body: str = ""


class World:
    """The vendors and everything that they answer from. `pinned` is the time of a clock that stands still."""

    def __init__(
        self,
        vendors: Mapping[str, Vendor],
        seed: int,
        assets: int,
        rows: int,
        now: datetime | None,
        limits: Mapping[str, int | None],
    ) -> None:
        """`limits` replaces vendors' own limits; None lifts one."""
        self.vendors = vendors
        self.seed, self.assets, self.rows = seed, assets, rows
        self.pinned = now.astimezone(UTC) if now else None
        self.requests: deque[Record] = deque(maxlen=100_000)
        self.faults = Faults(
            seed, {name: values for vendor in vendors.values() for name, values in vendor.settings.items()}
        )
        self.limiters = {name: Limiter(limits.get(name, vendor.limit)) for name, vendor in vendors.items()}
        self._zones = {name: vendor.zone for name, vendor in vendors.items()}

    def clock(self) -> datetime:
        """The sandbox's time, in UTC: pinned, or the machine's."""
        return self.pinned or datetime.now(UTC)

    def moment(self) -> Moment:
        """What vendors know now; one request sees one moment."""
        restated, settings = self.faults.restated(), self.faults.settings()
        return Moment(self.seed, self.assets, self.rows, self.clock(), restated, self._zones, settings)
