"""The tables of connections: what the provider's own declaration says of credentials and options is held here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from providers import registry
from providers.http.public_address import RefusedAddress, check_public
from providers.provisioning import programmes
from providers.provisioning.reading import Table, note_repetitions
from providers.provisioning.values import Reader, Wrong, column, currency, flag, time_zone, word, words
from providers.toolkit.errors import AskPerson
from providers.toolkit.feeds import Per
from providers.toolkit.provider import Option, Provider
from reporting.models import NO_COPIES, Asset, Connection, PpvAccess

KEYS = (
    "slug", "name", "provider", "base_url", "time_zone", "currency", "history_from", "lookback_days", "sync_every",
    "reread_every", "credentials", "options", "feeds", "assets", "ppv_accesses",
)  # fmt: skip
BY_NAME = (Asset.Kind.ACCOUNT, Asset.Kind.APPLICATION)


@dataclass
class AssetEntry:
    """`parent` is the external id of what holds it, `programme` the slug of what it is a copy of; "" of none."""

    table: Table
    external_id: str
    parent: str
    customer: str
    programme: str
    values: dict[str, Any]


@dataclass
class AccessEntry:
    """`hash` is the viewer's password."""

    table: Table
    asset: str
    hash: str = field(repr=False)
    values: dict[str, Any]


@dataclass
class ConnectionEntry:
    table: Table
    slug: str
    provider: Provider | None
    values: dict[str, Any]
    credentials: dict[str, str] = field(repr=False)
    assets: list[AssetEntry]
    accesses: list[AccessEntry]


def read_connection(table: Table) -> ConnectionEntry:
    table.only(*KEYS)
    table.require("slug", "name", "provider", "history_from", "credentials")
    provider = table.read("provider", _provider)
    values = table.columns(Connection, "name", "history_from", "lookback_days", "sync_every", "reread_every")
    readers: dict[str, Reader] = {
        "base_url": partial(_base_url, provider),
        "time_zone": time_zone,
        "currency": currency,
    }
    found = {key: table.read(key, reader) for key, reader in readers.items()}
    values |= {key: value for key, value in found.items() if value is not None}
    if provider:
        values["provider"] = provider.slug
    if provider and (options := _options(table, provider)) is not None:
        values["options"] = options
    if provider and (feeds := table.read("feeds", words)) is not None:
        values["feeds"] = feeds
    _check_history(table, values, provider)
    entry = ConnectionEntry(
        table,
        table.read("slug", column(Connection, "slug")) or "",
        provider,
        values,
        _credentials(table, provider) if provider else {},
        [_asset(asset, _lone_application(provider, values)) for asset in table.tables("assets")],
        [_access(access, provider) for access in table.tables("ppv_accesses")],
    )
    note_repetitions(((asset.table, (asset.external_id, asset.parent)) for asset in entry.assets), "asset")
    note_repetitions(
        ((access.table, (access.asset, access.hash)) for access in entry.accesses if access.hash), "access"
    )
    return entry


def _provider(value: Any, folder: Path) -> Provider:
    slug = word(value, folder)
    try:
        return registry.get(slug)
    except registry.UnknownProvider:
        known = list(registry.all_providers())
        near = get_close_matches(slug, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join(known)}."
        raise Wrong(f"there is no such provider; {hint}") from None


def _base_url(provider: Provider | None, value: Any, folder: Path) -> str:
    url = word(value, folder)
    try:
        check_public(url, provider.base_url if provider else "")
    except RefusedAddress as error:
        raise Wrong(str(error)) from None
    return url.rstrip("/")


def _check_history(table: Table, values: Mapping[str, Any], provider: Provider | None) -> None:
    zone = values.get("time_zone") or (provider.time_zone if provider else "UTC")
    today = datetime.now(ZoneInfo(zone)).date()
    if "history_from" in values and values["history_from"] > today:
        table.problem(f"this day is in the future (today is {today}); write the first day to fetch.", "history_from")


def _credentials(table: Table, provider: Provider) -> dict[str, str]:
    given = table.table("credentials")
    if given is None:
        return {}
    given.only(*(known.name for known in provider.credentials))
    found = {known.name: given.read(known.name) for known in provider.credentials}
    credentials = {name: value for name, value in found.items() if value}
    unreadable = any(name in given.values and found[name] is None for name in found)
    if not unreadable and (complaint := provider.check_credentials(credentials)):
        fields = ", ".join(known.name if known.needed else f"{known.name} (optional)" for known in provider.credentials)
        given.problem(f"{complaint}; add it to this table. {provider.name} takes {fields}.")
    return credentials


def _options(table: Table, provider: Provider) -> dict[str, Any] | None:
    given = table.table("options")
    keys = given.values if given else {}
    for known in provider.options:
        if known.needed and known.name not in keys:
            example = '["…"]' if known.many else '"…"'
            table.problem(
                f"the option {known.name} is missing; add options = {{ {known.name} = {example} }}.", "options"
            )
    if given is None:
        return None
    given.only(*(known.name for known in provider.options))
    found = {known.name: given.read(known.name, _option(known)) for known in provider.options}
    return {name: value for name, value in found.items() if value is not None}


def _option(option: Option) -> Reader:
    def read(value: Any, folder: Path) -> Any:
        if option.is_flag:
            return flag(value, folder)
        found = words(value, folder) if option.many else word(value, folder)
        chosen = found if isinstance(found, list) else [found]
        if option.choices and not set(chosen) <= set(option.choices):
            raise Wrong(f"this is none of the choices; they are {', '.join(option.choices)}.")
        if option.needed and not all(chosen or [""]):
            raise Wrong("this is empty; the provider can't be asked without it.")
        return found

    return read


def _lone_application(provider: Provider | None, values: Mapping[str, Any]) -> str:
    """What holds each stream of a connection with one application only; "" elsewhere."""
    try:
        found = provider.applications(values.get("options", {})) if provider else ()
    except AskPerson:  # none is named, which was noted already
        return ""
    return found[0].external_id if len(found) == 1 else ""


def _asset(table: Table, application: str) -> AssetEntry:
    table.only("external_id", "parent", "kind", "title", "customer", "programme")
    table.require("external_id", "kind")
    kind = table.read("kind", column(Asset, "kind")) or ""
    programme = table.read("programme", programmes.slug) or ""
    if kind in BY_NAME:
        application = ""
    if kind in NO_COPIES and programme:
        table.problem(
            f"an {kind} is no copy of a programme; take this key out, and give it to its videos.", "programme"
        )
    return AssetEntry(
        table,
        table.read("external_id", column(Asset, "external_id")) or "",
        table.read("parent", column(Asset, "external_id")) or application,
        table.read("customer") or "",
        programme,
        table.columns(Asset, "kind", "title"),
    )


def _access(table: Table, provider: Provider | None) -> AccessEntry:
    table.only("asset", "hash", "label", "holder")
    table.require("asset", "hash")
    if provider and not any(feed.per is Per.ACCESS for feed in provider.feeds):
        table.problem(f"{provider.name} has no pay-per-view sessions; take this table out.")
    password = table.read("hash")
    if password == "":
        table.problem("the viewer's password is empty; give it, or take this table out.", "hash")
    return AccessEntry(table, table.read("asset") or "", password or "", table.columns(PpvAccess, "label", "holder"))
