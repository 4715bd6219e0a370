"""The account behind a connection: its secrets and to whom they may be sent, whether two connections lead to one account, and
whether a change leads to another."""

from collections.abc import Iterable, Mapping
from typing import Any

from providers import registry
from providers.toolkit.errors import AskPerson
from reporting.encryption import MisplacedError, UndecryptableError
from reporting.models import Connection, PpvAccess
from reporting.origin import origin


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


def to_send(connection: Connection) -> dict[str, str]:
    """The credentials, for a request. Raises AskPerson where they are not enough, or were entered for another address."""
    try:
        credentials = connection.credentials
    except MisplacedError:
        raise AskPerson(
            "The credentials do not open: they were entered for another address than the connection has now, or are "
            "damaged. Enter them again in the connection's form."
        ) from None
    if complaint := registry.get(connection.provider).check_credentials(credentials):
        raise AskPerson(f"{complaint}. Enter it in the connection's form.")
    return credentials


def asked_again(connection: Connection, base_url: str) -> list[str]:
    """The stored secrets that must be entered again for the connection to get this address: all where scheme, host or port
    become others, since whoever listens there would be sent them; none where only the path does."""
    if origin(base_url) == origin(connection.base_url):
        return []
    stored = opened(connection) or {}
    return [one.name for one in registry.get(connection.provider).credentials if one.secret and stored.get(one.name)]


def passwords_closed(connection: Connection) -> int:
    """How many viewers' passwords do not open, since they were entered for another address."""
    accesses = PpvAccess.objects.filter(asset__connection=connection).select_related("asset__connection")
    return sum(not has_password(access) for access in accesses)


def has_password(access: PpvAccess) -> bool:
    try:
        return bool(access.hash)
    except UndecryptableError:
        return False


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
