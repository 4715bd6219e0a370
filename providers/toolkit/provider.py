"""A provider as its catalog file declares it: credentials, options, feeds, how its requests are signed and limited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.toolkit.auth import Auth
from providers.toolkit.feeds import Feed
from providers.toolkit.requests import Answer, Document, Request
from providers.toolkit.rows import AssetSeen


@dataclass(frozen=True)
class Credential:
    """A field of the credentials form. `needed=False`: it may be left out (see the provider's `check_credentials`)."""

    name: str
    label: str
    secret: bool = True
    needed: bool = True
    help: str = ""
    names_account: bool = False  # the vendor knows the account by it; a key may be replaced
    of_person: bool = False  # two people of one account differ in it, and two accounts may share it


@dataclass(frozen=True)
class Option:
    """A setting of a connection that is no secret. `many` options are lists of words; `choices` are the words it may be,
    any where there are none. One that `is_flag` is true, or not there."""

    name: str
    label: str
    many: bool = False
    needed: bool = False
    help: str = ""
    default: Any = None
    choices: Sequence[str] = ()
    is_flag: bool = False


@dataclass(frozen=True)
class Limit:
    """At most `requests` in any `seconds`, for each value of the credential `key`."""

    requests: int
    seconds: float
    key: str


class Provider:
    """One vendor, declared. Attributes first; a method only where the vendor is odd."""

    slug: str
    name: str
    docs: str
    base_url: str
    time_zone: str
    format: str  # "json" or "xml"
    auth: Auth
    credentials: Sequence[Credential]
    options: Sequence[Option] = ()
    feeds: Sequence[Feed]
    volatile: Sequence[str] = ()  # top-level fields of an answer that change without meaning anything
    limit: Limit | None = None
    in_flight: int = 4  # requests at the same time, within the limit
    applications_option: str = ""  # the option that names what holds the assets, see `applications()`
    applications_questions: Sequence[Request] = ()  # that ask the vendor which there are, to be tried in this order
    reader_version: int = 1  # raised when `read` gives other rows for the same bytes

    def failure(self, answer: Answer) -> None:
        """Raises the error that the vendor's own words mean; returns where the answer is no failure in its own words.

        Called for every answer, before the HTTP status is looked at.
        """

    def account(self, credentials: Mapping[str, str], options: Mapping[str, Any]) -> AssetSeen | None:
        """The asset on which account-level figures hang, if the vendor gives any."""
        return None

    def applications(self, options: Mapping[str, Any]) -> Sequence[AssetSeen]:
        """The assets that the options name, and that hold others: each is asked for by itself."""
        return ()

    def application_names(self, document: Document) -> list[str]:
        """Those that an answer to one of `applications_questions` lists. Raises Unreadable."""
        raise NotImplementedError

    def named(self, credentials: Mapping[str, str], options: Mapping[str, Any]) -> list[AssetSeen]:
        """All assets that credentials and options name. Raises AskPerson where they name none, and it can't be asked so."""
        account = self.account(credentials, options)
        return [*([account] if account else []), *self.applications(options)]

    def check_credentials(self, credentials: Mapping[str, str]) -> str:
        """One sentence where the credentials can't work as they are, else nothing."""
        for wanted in self.credentials:
            if wanted.needed and not credentials.get(wanted.name):
                return f"the credential {wanted.name} is missing"
        return ""

    def feed(self, name: str) -> Feed:
        """Raises KeyError where it has no such feed."""
        return {feed.name: feed for feed in self.feeds}[name]

    def secrets(self, credentials: Mapping[str, str]) -> list[str]:
        """The values that must never be seen."""
        hidden = {c.name for c in self.credentials if c.secret}
        return [value for name, value in credentials.items() if name in hidden and value]
