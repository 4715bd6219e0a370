"""One reading of any feed without a database or a socket: the real client, fetcher, paging and reader, and `WithoutSocket` at
their end."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from providers.http.client import AnswerPage, Client
from providers.http.fetcher import Fetcher
from providers.http.pending import PendingReading
from providers.pipeline import rows
from providers.pipeline.plan import Due
from providers.pipeline.replaced_days import ReplacedDays
from providers.sandbox.accounts import ACCOUNTS
from providers.sandbox.vendors import VENDORS
from providers.toolkit.errors import SyncError, Unreadable
from providers.toolkit.feeds import Cadence, Feed, Per
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Ask, AssetRef, Reading, Window
from reporting.models import Asset
from tests.support.clock import START
from tests.support.odd.replies import OddSandbox

Cell = tuple[str, str, str, str, int, str, str]


@dataclass
class Read:
    """What one reading came to: figures by cell, as the store would add them up; the rest of its rows in order; or an error."""

    figures: dict[Cell, Any]
    others: list[Any]
    error: SyncError | None = None

    @property
    def says_nothing(self) -> bool:
        """All that the store would hold, where figures are stored."""
        return self.error is None and not any(self.figures.values()) and not self.others


@dataclass
class Asked:
    """A feed, and what it is asked about."""

    provider: Provider
    feed: Feed
    sandbox: OddSandbox

    def __post_init__(self) -> None:
        vendor = VENDORS[self.provider.slug]
        self.credentials = {name: str(value) for name, value in ACCOUNTS["north"][self.provider.slug].items()}
        self.options = vendor.options("north")
        if self.provider.slug == "boomstream":
            self.credentials.pop("project_apikey")
        today = START.astimezone(ZoneInfo(self.provider.time_zone)).date()
        self.window = Window(today if self.feed.cadence is Cadence.NOW else today - timedelta(days=2), today)
        if self.feed.cadence is Cadence.DAY or self.feed.name.endswith(".minute"):  # those are many
            self.window = Window(today - timedelta(days=1), today - timedelta(days=1))
        if self.feed.cadence is Cadence.MONTH:
            self.window = Window(today.replace(day=1), today)
        self.asset = self._asset()
        access = vendor.accesses("north")[0] if self.feed.per is Per.ACCESS else None
        self.access = access.hash if access else ""
        if access:
            self.asset = Asset(external_id=access.media, kind="video")

    def _asset(self) -> Asset | None:
        if self.feed.per is Per.CONNECTION:
            return None
        if "account" in self.feed.kinds and (account := self.provider.account(self.credentials, self.options)):
            return Asset(external_id=account.external_id, kind="account")
        if "application" in self.feed.kinds:
            application = self.provider.applications(self.options)[0]
            return Asset(external_id=application.external_id, kind="application")
        for external_id, kind, _ in VENDORS[self.provider.slug].accounts.assets("north", 1):
            if kind in self.feed.kinds:
                return Asset(external_id=external_id, kind=kind)
        raise AssertionError(f"the sandbox has nothing to ask {self.feed.name} of")

    def read(self) -> Read:
        """Raises whatever is no SyncError."""
        pages: list[AnswerPage] = []
        ref = AssetRef(self.asset.external_id, self.asset.kind) if self.asset else None
        zone = ZoneInfo(self.provider.time_zone)
        ask = Ask(self.window, zone, START, self.credentials, self.options, ref, self.access)
        client = Client(self.provider, f"http://sandbox.example/{self.provider.slug}", self.credentials)
        client.window = None
        pending = PendingReading(
            None,
            lambda: self.feed.ask(ask),
            pages.append,
            pages.clear,
            format=self.feed.format,
            nothing=self.feed.nothing,
        )
        try:
            for over in Fetcher(client, 1).run([pending]):
                if over.error:
                    raise over.error
            reading = Reading(self.window, zone, START, self.options, ref)
            due = Due(self.feed, self.window, self.asset)
            found = rows.SortedRows(
                rows.read(due, self.provider, pages, reading),
                replaced := ReplacedDays.of(due, reading),
            )
            figures: dict[Any, Any] = {}
            for number, minute, value, key, asset in found.figures():
                figures[number, minute, key, asset] = figures.get((number, minute, key, asset), 0) + value
        except SyncError as error:
            return Read({}, [], error)
        except (TypeError, ValueError) as odd:  # as `sync.py` takes them
            return Read({}, [], Unreadable(str(odd)))
        names = {number: series for series, number in replaced.numbers.items()}
        by_cell = {
            (*names[number][:3], names[number][3].isoformat(), minute, asset, key): value
            for (number, minute, key, asset), value in figures.items()
        }
        sessions = [one for one in found.sessions if one.seen.started.date() in self.window]
        return Read(by_cell, [*found.assets, *sessions])
