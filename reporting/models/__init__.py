"""All models. `tenancy` who uses the site, `connections` what is counted for whom, `snapshots` what was fetched, `ledger`
the figures."""

from reporting.models.connections import GONE, Asset, Assignment, AssignmentRule, Connection, PpvAccess, ProviderHealth
from reporting.models.fields import Days, DaysField, NumericField
from reporting.models.ledger import (
    CounterReset,
    DailyTotal,
    Fact,
    Interval,
    PpvSession,
    RateWindow,
    Restatement,
    Withdrawal,
)
from reporting.models.snapshots import FeedProgress, Snapshot, SnapshotPart, SyncRun
from reporting.models.tenancy import ApiToken, Customer, Membership, Tenant, TenantModel, User

__all__ = [
    "GONE",
    "ApiToken",
    "Asset",
    "Assignment",
    "AssignmentRule",
    "Connection",
    "CounterReset",
    "Customer",
    "DailyTotal",
    "Days",
    "DaysField",
    "Fact",
    "FeedProgress",
    "Interval",
    "Membership",
    "NumericField",
    "PpvAccess",
    "PpvSession",
    "ProviderHealth",
    "RateWindow",
    "Restatement",
    "Snapshot",
    "SnapshotPart",
    "SyncRun",
    "Tenant",
    "TenantModel",
    "User",
    "Withdrawal",
]
