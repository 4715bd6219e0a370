"""Tries a connection's credentials: a new log-in, where the provider has one, and one request that a sync would make too.

Nothing of it is stored, neither the answer nor the session. It waits for the provider: never call it inside a tenant_scope.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from providers import registry
from providers.connections.account import to_send
from providers.http.client import Client, Hooks
from providers.http.fetcher import fetch
from providers.toolkit import feed_choice
from providers.toolkit.errors import AskPerson, Cancelled, SessionRefused, SyncError, TryAgain
from providers.toolkit.feeds import Cadence, Feed, Per
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Ask, AssetRef, Request, Window
from reporting.encryption import UndecryptableError
from reporting.models import Asset, Connection
from reporting.tenancy.scoping import tenant_scope

PATIENCE = 20.0  # seconds: a person waits for it


class Patience:
    """Ends the check where the provider asks to wait longer than a person would, and keeps the reason."""

    def __init__(self) -> None:
        self.until, self.reason = time.monotonic() + PATIENCE, ""

    def hooks(self) -> Hooks:
        return Hooks(on_wait=self.waits, is_cancelled=lambda: time.monotonic() > self.until)

    def waits(self, reason: str) -> None:
        self.reason = f" ({reason})"


def try_credentials(connection: Connection) -> None:
    """Returns where the provider takes them. Raises SyncError, scrubbed, or UnknownProvider."""
    with asking(connection) as client:
        _ask(client, connection)


@contextmanager
def asking(connection: Connection) -> Iterator[Client]:
    """For a question that a person waits for. Raises SyncError, scrubbed, or UnknownProvider."""
    provider, patience = registry.get(connection.provider), Patience()
    try:
        credentials = to_send(connection)
    except UndecryptableError as error:  # its key is missing: no run changes the connection's state for that
        raise AskPerson(str(error)) from None
    client = Client(
        provider=provider,
        base_url=(connection.base_url or provider.base_url).rstrip("/"),
        credentials=credentials,  # and no session: one that is open would hide a password that was changed
        checks_address=bool(connection.base_url),
        hooks=patience.hooks(),
    )
    try:
        yield client
    except Cancelled:
        raise TryAgain(f"{provider.name} gave no answer within {PATIENCE:.0f} s{patience.reason}.") from None
    except SyncError as error:
        error.args = tuple(client.scrubber.text(str(text)) for text in error.args)
        raise


def _ask(client: Client, connection: Connection) -> None:
    found = _first_ask(client.provider, connection)
    if found is None:
        _log_in(client)
    else:
        feed, ask = found
        asked = next(feed.ask(ask))
        fetch(client, asked[0] if isinstance(asked, list) else asked, feed.format)


def _log_in(client: Client) -> None:
    """There is no asset yet to ask for: the log-in must do."""
    try:
        client.signed(Request("/"))
    except SessionRefused:
        client.log_in()
    else:
        raise AskPerson(
            f"{client.provider.name} is asked about assets only, and there is none. Add one, then try again."
        )


def _first_ask(provider: Provider, connection: Connection) -> tuple[Feed, Ask] | None:
    """The first chosen feed that can be asked now, for yesterday; None where all of them want an asset and there is none."""
    now, zone = datetime.now(UTC), ZoneInfo(connection.time_zone)
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    for feed, _ in feed_choice.chosen(provider, connection.feeds, connection.options):
        if feed.per is Per.ACCESS:
            continue
        asset = _asset(provider, feed, connection) if feed.per is Per.ASSET else None
        if asset is None and feed.per is Per.ASSET:
            continue
        first = yesterday.replace(day=1) if feed.cadence is Cadence.MONTH else yesterday
        window, credentials = Window(first, yesterday), connection.credentials
        return feed, Ask(window, zone, now, credentials, connection.options, asset)
    return None


def _asset(provider: Provider, feed: Feed, connection: Connection) -> AssetRef | None:
    """The account or application where the feed has it, else the first asset of its kinds."""
    kinds = feed.kinds_for(connection.options)
    account = provider.account(connection.credentials, connection.options)
    for named in (*([account] if account else []), *provider.applications(connection.options)):
        if named.kind in kinds:
            return AssetRef(named.external_id, named.kind)
    with tenant_scope(connection.tenant_id):
        by_name = (Asset.Kind.ACCOUNT, Asset.Kind.APPLICATION)
        others = Asset.objects.filter(connection=connection, kind__in=kinds).exclude(kind__in=by_name)
        asset = others.order_by("pk").first()
    return AssetRef(asset.external_id, asset.kind) if asset else None
