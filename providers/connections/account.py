"""The account behind a connection: whether two connections lead to one, and whether a change leads to another."""

from collections.abc import Iterable, Mapping
from typing import Any

from providers import registry
from providers.toolkit.errors import AskPerson
from reporting.encryption import UndecryptableError
from reporting.models import Connection


def same_account(connection: Connection, others: Iterable[Connection]) -> list[Connection]:
    """Those that lead to the same account, or at a CDN to the same application, where every figure would be counted twice. A
    guess, good for a warning."""
    return [other for other in others if other.pk != connection.pk and _are_one(connection, other)]


def leads_elsewhere(connection: Connection, credentials: Mapping[str, str], options: Mapping[str, Any]) -> bool:
    """True where these are of another account than the figures stored so far."""
    provider = registry.get(connection.provider)
    before, after = opened(connection), provider.account(credentials, options)
    if before is None or provider.check_credentials(before):
        return False
    names = [field.name for field in provider.credentials if field.names_account and field.name in before]
    if any(before[name] != credentials.get(name, before[name]) for name in names):
        return True
    stored = provider.account(before, connection.options)
    return stored is not None and after is not None and stored.external_id != after.external_id


def opened(connection: Connection) -> dict[str, str] | None:
    """The credentials; None where they can't be decrypted."""
    try:
        return connection.credentials
    except UndecryptableError:
        return None


def _are_one(one: Connection, other: Connection) -> bool:
    if (one.provider, one.base_url) != (other.provider, other.base_url):
        return False
    if not _share_applications(one, other):
        return False
    ours, theirs = opened(one) or {}, opened(other) or {}
    fields = [field for field in registry.get(one.provider).credentials if not field.of_person]
    shared = {field.name for field in fields if ours.get(field.name) and ours[field.name] == theirs.get(field.name)}
    plain = {field.name for field in fields if not field.secret}
    return bool(plain and plain <= shared) or bool(shared - plain)


def _share_applications(one: Connection, other: Connection) -> bool:
    """True where the provider has none: then the account is all there is."""
    provider, named = registry.get(one.provider), []
    for connection in (one, other):
        try:
            named.append({seen.external_id for seen in provider.applications(connection.options)})
        except AskPerson:  # none is named yet
            return False
    return named == [set(), set()] or bool(named[0] & named[1])
