"""The vocabulary: every metric and dimension, with its unit, how it adds up, and what it means.

One table for the report query, the API (`GET /api/v1/metrics`), the pages' help and the definitions in exports.
"""

from dataclasses import dataclass
from enum import StrEnum


class Adds(StrEnum):
    """How figures of a metric may be put together."""

    SUM = "sum"
    SUM_WITHIN_PROVIDER = "sum within one provider"  # a platform's and a CDN's bytes are the same traffic
    NEVER = "never"  # distinct counts: shown only for the exact cell that the provider gave
    LAST = "last"  # a state: the latest over time, then summed over assets
    RATIO = "ratio"  # of two sums over the period, over the assets that report both


class Unit(StrEnum):
    COUNT = "count"
    SECONDS = "seconds"
    BYTES = "bytes"
    MONEY = "money"  # in the connection's currency
    CREDITS = "credits"
    SHARE = "share"  # 0 to 1


class Family(StrEnum):
    """What a metric is about. Reports on paper show each family by itself."""

    AUDIENCE = "audience"
    DELIVERY = "delivery"
    CALLS = "calls"
    COST = "cost"


@dataclass(frozen=True)
class Metric:
    """`numerator / denominator × scale` where it is a ratio; `cell` where the provider's own exact cell may stand in."""

    name: str
    label: str
    family: Family
    unit: Unit
    adds: Adds
    definition: str
    numerator: str = ""
    denominator: str = ""
    scale: int = 1
    cell: bool = False
    is_cdns: bool = False  # only a CDN counts it: a provider that reports it is one

    # What the rest asks of a way of adding. Who needs to know a way itself is `query/selection.py`, which reads by it.

    @property
    def sums(self) -> bool:
        """True where figures of several days, or of several assets, may be added."""
        return self.adds in (Adds.SUM, Adds.SUM_WITHIN_PROVIDER)

    @property
    def is_split_by_provider(self) -> bool:
        return self.adds is Adds.SUM_WITHIN_PROVIDER

    @property
    def is_state(self) -> bool:
        """True where the latest reading counts."""
        return self.adds is Adds.LAST

    @property
    def is_distinct(self) -> bool:
        """True where figures may never be put together."""
        return self.adds is Adds.NEVER

    @property
    def is_ratio(self) -> bool:
        """True where the figure is a quotient of two sums."""
        return self.adds is Adds.RATIO

    @property
    def is_stored(self) -> bool:
        """True where facts of it exist."""
        return not self.is_ratio or self.cell


_SUM, _BYTES, _NEVER, _LAST, _RATIO = (
    Adds.SUM,
    Adds.SUM_WITHIN_PROVIDER,
    Adds.NEVER,
    Adds.LAST,
    Adds.RATIO,
)
_AUDIENCE, _DELIVERY, _CALLS, _COST = Family

_TABLE = [
    Metric("plays", "Plays", _AUDIENCE, Unit.COUNT, _SUM, "How often a video was started."),
    Metric("watch_time", "Watch time", _AUDIENCE, Unit.SECONDS, _SUM, "How long people watched, all together."),
    Metric(
        "average_watch_time",
        "Average watch time",
        _AUDIENCE,
        Unit.SECONDS,
        _RATIO,
        "Watch time for each play.",
        numerator="watch_time",
        denominator="plays",
        cell=True,
    ),
    Metric(
        "logged_plays",
        "Logged plays",
        _AUDIENCE,
        Unit.COUNT,
        _SUM,
        "Plays that the provider's log lists one by one; it may list a part of them only.",
    ),
    Metric(
        "logged_watch_time",
        "Logged watch time",
        _AUDIENCE,
        Unit.SECONDS,
        _SUM,
        "How long the plays lasted that the provider's log lists; it may list a part of them only.",
    ),
    Metric(
        "player_displays",
        "Player displays",
        _AUDIENCE,
        Unit.COUNT,
        _SUM,
        "How often a player was shown, started or not.",
    ),
    Metric("sessions", "Sessions", _AUDIENCE, Unit.COUNT, _SUM, "Viewing sessions, as the provider counts them."),
    Metric(
        "devices", "Devices", _AUDIENCE, Unit.COUNT, _NEVER, "Different devices; those of two days can't be added up."
    ),
    Metric(
        "unique_ips",
        "Unique addresses",
        _AUDIENCE,
        Unit.COUNT,
        _NEVER,
        "Different IP addresses since the video exists.",
    ),
    Metric(
        "unique_countries", "Countries", _AUDIENCE, Unit.COUNT, _NEVER, "Different countries since the video exists."
    ),
    Metric(
        "drm_key_deliveries",
        "DRM key deliveries",
        _DELIVERY,
        Unit.COUNT,
        _SUM,
        "Keys handed out to players of protected video.",
    ),
    Metric(
        "requests",
        "Player requests",
        _DELIVERY,
        Unit.COUNT,
        _SUM,
        "Play, pause and stop commands that the CDN received.",
        is_cdns=True,
    ),
    Metric(
        "data_transfer",
        "Data transfer",
        _DELIVERY,
        Unit.BYTES,
        _BYTES,
        "Bytes in and out. Each provider's own: a CDN and a platform in front of it count the same traffic.",
    ),
    Metric("data_in", "Data in", _DELIVERY, Unit.BYTES, _BYTES, "Bytes received."),
    Metric("data_out", "Data out", _DELIVERY, Unit.BYTES, _BYTES, "Bytes sent."),
    Metric("cost", "Cost", _COST, Unit.MONEY, _SUM, "What is charged, in the connection's currency."),
    Metric("attempts", "Attempts", _CALLS, Unit.COUNT, _SUM, "Calls and texts that were tried."),
    Metric("actions", "Actions", _CALLS, Unit.COUNT, _SUM, "Calls and texts that were placed."),
    Metric("call_duration", "Call duration", _CALLS, Unit.SECONDS, _SUM, "How long the calls lasted."),
    Metric("billed_duration", "Billed duration", _CALLS, Unit.SECONDS, _SUM, "How much of it was billed."),
    Metric("billed_credits", "Billed credits", _CALLS, Unit.CREDITS, _SUM, "Credits that the provider billed."),
    Metric(
        "unattempted",
        "Not attempted yet",
        _CALLS,
        Unit.COUNT,
        _LAST,
        "Contacts still to be called, at the last reading.",
    ),
    Metric(
        "retry_wait",
        "Waiting for a retry",
        _CALLS,
        Unit.COUNT,
        _LAST,
        "Contacts to be called again, at the last reading.",
    ),
    Metric("finished", "Finished", _CALLS, Unit.COUNT, _LAST, "Contacts that are done, at the last reading."),
    Metric(
        "cost_per_hour_watched",
        "Cost per hour watched",
        _COST,
        Unit.MONEY,
        _RATIO,
        "Cost for each hour of watch time.",
        numerator="cost",
        denominator="watch_time",
        scale=3600,
    ),
    Metric(
        "cost_per_gb",
        "Cost per GB",
        _COST,
        Unit.MONEY,
        _RATIO,
        "Cost for each gigabyte (10⁹ bytes) transferred.",
        numerator="cost",
        denominator="data_transfer",
        scale=10**9,
    ),
    Metric(
        "billed_share",
        "Billed share",
        _CALLS,
        Unit.SHARE,
        _RATIO,
        "The part of the call duration that was billed.",
        numerator="billed_duration",
        denominator="call_duration",
    ),
]

METRICS: dict[str, Metric] = {metric.name: metric for metric in _TABLE}


@dataclass(frozen=True)
class Dimension:
    """`unknown` is the key under which a provider's own "unknown" is kept."""

    name: str
    label: str
    definition: str
    unknown: str = "unknown"
    is_of_costs: bool = False  # it splits what is charged, and nothing else


DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in [
        Dimension("continent", "Continent", "The provider's own names of continents."),
        Dimension("country", "Country", "ISO 3166-1 alpha-2; ZZ is unknown.", "ZZ"),
        Dimension("region", "Region", "Country and region, `ES|Murcia`, as the provider names it."),
        Dimension("city", "City", "Country, region and city, `ES|Murcia|Murcia`, as the provider names them."),
        Dimension("device", "Device", "The provider's names of devices."),
        Dimension("os", "Operating system", "The provider's names of systems."),
        Dimension("player", "Player", "The player that showed the video."),
        Dimension("site", "Site", "The site on which the player stood."),
        Dimension("percentage", "Part watched", "How much of the video was watched, in percent."),
        Dimension("result", "Result", "How a call or text ended, in the provider's codes."),
        Dimension("cost_type", "Cost type", "What was charged for: transcode, bandwidth, storage.", is_of_costs=True),
    ]
}

VIEWS = "plays"  # what a log lists one by one, as `logged_plays`
LOGGED = tuple(name for name in METRICS if name.startswith("logged_"))

SUMMABLE = frozenset(metric.name for metric in _TABLE if metric.sums)

# What the vendor charges, and what follows from it. Credits are a vendor's own money.
_CHARGED = {Unit.MONEY, Unit.CREDITS}
COSTS = frozenset(
    metric.name
    for metric in _TABLE
    if _CHARGED & {metric.unit, *(METRICS[name].unit for name in (metric.numerator, metric.denominator) if name)}
)
