"""All models, one room for each matter:

tenancy       who uses the site: tenants, people, customers, tokens
connections   links to providers
assets        what a provider counts, and for whom it is counted on which days
programmes    the works that assets are copies of
snapshots     what was fetched: runs, raw answers, how far each feed has come
ledger        facts, their daily totals, what changed afterwards
ppv           pay-per-view accesses and their sessions
health        providers that do not answer, and the use of their limits
fields, days  column types, and sets of days
"""

from reporting.models.assets import GONE, NEVER_CAUGHT, Asset, AssetRule, Assignment, AssignmentRule
from reporting.models.connections import Connection
from reporting.models.days import Days
from reporting.models.fields import DaysField, NumericField
from reporting.models.health import ProviderHealth, RateWindow
from reporting.models.ledger import CounterReset, DailyTotal, Fact, Interval, Restatement, Withdrawal
from reporting.models.ppv import PpvAccess, PpvSession
from reporting.models.programmes import NO_COPIES, DismissedSuggestion, Programme, ProgrammeRule
from reporting.models.reported import ReportedSeries
from reporting.models.snapshots import FeedProgress, Snapshot, SnapshotPart, SyncRun
from reporting.models.tenancy import ApiToken, Customer, Membership, Tenant, TenantModel, User

__all__ = [
    "GONE",
    "NEVER_CAUGHT",
    "NO_COPIES",
    "ApiToken",
    "Asset",
    "AssetRule",
    "Assignment",
    "AssignmentRule",
    "Connection",
    "CounterReset",
    "Customer",
    "DailyTotal",
    "Days",
    "DaysField",
    "DismissedSuggestion",
    "Fact",
    "FeedProgress",
    "Interval",
    "Membership",
    "NumericField",
    "PpvAccess",
    "PpvSession",
    "Programme",
    "ProgrammeRule",
    "ProviderHealth",
    "RateWindow",
    "ReportedSeries",
    "Restatement",
    "Snapshot",
    "SnapshotPart",
    "SyncRun",
    "Tenant",
    "TenantModel",
    "User",
    "Withdrawal",
]
