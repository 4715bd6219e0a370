"""The connection's form in the console: fields for the credentials and options that the provider declares.

Secrets go in and never come out: an empty field keeps what is stored. What the provider itself says of its credentials
(`Provider.check_credentials`) and of its options is held here, before anything is stored.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from providers import registry
from providers.connections.account import asked_again, leads_elsewhere, opened
from providers.connections.feed_field import FeedsField, ShownCosts, entries_of
from providers.http.public_address import RefusedAddress, check_public
from providers.toolkit import feed_choice
from providers.toolkit.provider import Credential, Option, Provider
from reporting.admin.base import TenantForm
from reporting.models import Connection

CREDENTIAL, OPTION = "credential_", "option_"


class ConnectionForm(TenantForm):
    """Base of the forms that `connection_form()` makes, one for each provider."""

    declared: Provider
    costs_of: Callable[[Connection], ShownCosts] | None = None  # set by who shows the form
    entries: list[str] | None = None  # of feeds, where they are given as such and not as boxes
    forget = forms.BooleanField(
        required=False,
        label="Forget what is stored",
        widget=UnfoldBooleanSwitchWidget,
        help_text="Then only the credentials entered now count.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.provider = self.declared.slug
        self.stored = (opened(self.instance) or {}) if self.instance.pk else {}
        for credential in self.declared.credentials:
            self._meet_credential(self.fields[CREDENTIAL + credential.name], credential)
        for option in self.declared.options:
            value = self.instance.options.get(option.name, option.default)
            self.fields[OPTION + option.name].initial = ", ".join(value) if isinstance(value, list) else value
        if isinstance(feeds := self.fields.get("feeds"), FeedsField):
            self.initial["feeds"] = feeds.show(
                self.instance, self.costs_of(self.instance) if self.costs_of else ShownCosts()
            )
        if not self.instance.pk and "time_zone" in self.fields:
            self.fields["time_zone"].initial = self.declared.time_zone
        if self.instance.pk and "base_url" in self.fields:
            self.fields["base_url"].help_text += " With another scheme, host or port, enter the secrets again."

    def _meet_credential(self, field: forms.Field, credential: Credential) -> None:
        value = self.stored.get(credential.name)
        if value and credential.secret:
            field.help_text = " ".join(["Stored. Leave it empty to keep it.", credential.help]).strip()
        elif value:
            field.initial = value

    def clean_base_url(self) -> str:
        url = self.cleaned_data["base_url"].rstrip("/")
        if url and (not self.instance.pk or url != self.instance.base_url):
            try:
                check_public(url, self.declared.base_url)
            except RefusedAddress as error:
                raise ValidationError(str(error)) from None
        return url

    def clean_history_from(self) -> date:
        day: date = self.cleaned_data["history_from"]
        today = datetime.now(ZoneInfo(self.declared.time_zone)).date()
        if day > today and day != self.instance.history_from:
            raise ValidationError(f"This day is in the future: there it is {today}.")
        return day

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"].upper()
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise ValidationError("Write the currency's three letters (ISO 4217), like EUR.")
        return currency

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.asked_again = self._asked_again(cleaned)
        self.credentials = self._credentials(cleaned)
        self.options = self._options(cleaned)
        cleaned["feeds"] = self._feeds(cleaned.get("feeds"))
        if missing := [name for name in self.asked_again if name not in self.credentials and not cleaned.get("forget")]:
            for lacking in missing:
                self.add_error(CREDENTIAL + lacking, "Enter it again: the address has changed, and it is sent there.")
        elif complaint := self.declared.check_credentials(self.credentials):
            name = next((c.name for c in self.declared.credentials if f" {c.name} " in f" {complaint} "), None)
            self.add_error(CREDENTIAL + name if name else None, f"{complaint[0].upper()}{complaint[1:]}.")
        elif self._leads_elsewhere():
            raise ValidationError(
                "These credentials lead to another account, and this connection has figures of the one before. "
                "Make a new connection for the other account."
            )
        return cleaned

    def _leads_elsewhere(self) -> bool:
        connection = self.instance
        return bool(
            connection.pk and leads_elsewhere(connection, self.credentials, self.options) and connection.has_facts()
        )

    def _asked_again(self, cleaned: dict[str, Any]) -> list[str]:
        """A wrong address has its own error already."""
        if not self.instance.pk or "base_url" not in cleaned:
            return []
        return asked_again(self.instance, cleaned["base_url"])

    def _feeds(self, ticked: list[str] | None) -> list[str]:
        entries: Any = self.instance.feeds if self.entries is None else self.entries
        if self.entries is None and ticked is not None:
            entries = entries_of(self.declared, self.instance, self.options, ticked)
        for complaint in feed_choice.complaints(self.declared, entries, self.options):
            self.add_error("feeds" if "feeds" in self.fields else None, complaint)
        return list(entries)

    def _credentials(self, cleaned: dict[str, Any]) -> dict[str, str]:
        given = {c.name: cleaned.get(CREDENTIAL + c.name) or "" for c in self.declared.credentials}
        kept = {} if cleaned.get("forget") else self.stored
        kept = {name: value for name, value in kept.items() if name not in self.asked_again}
        return kept | {name: value for name, value in given.items() if value}

    def _options(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Options that the provider does not declare stay as they are."""
        options = dict(self.instance.options)
        for option in self.declared.options:
            value = cleaned.get(OPTION + option.name)
            if value:
                options[option.name] = value
            else:
                options.pop(option.name, None)
        return options

    def save(self, commit: bool = True) -> Connection:
        """Credentials are sealed anew only where they or the address changed, since that ends the provider's session too.
        Saving is how a person answers “needs attention”."""
        connection = self.instance
        connection.options, connection.feeds = self.options, self.cleaned_data["feeds"]
        self.touched = ["options"]
        if not connection.pk or self.credentials != opened(connection):  # none opens at another address
            connection.credentials = self.credentials
            self.touched += ["sealed_credentials", "sealed_session"]
        if connection.state == Connection.State.NEEDS_ATTENTION:
            connection.state, connection.state_message = Connection.State.ACTIVE, ""
            self.touched += ["state", "state_message"]
        return super().save(commit)

    @property
    def changes_choice(self) -> bool:
        """True where other feeds may be synced than before."""
        return any(name == "feeds" or name.startswith(OPTION) for name in self.changed_data)

    def columns(self) -> list[str]:
        """The columns that `save` sets: those of the form's own fields, and what it has touched besides."""
        own = {field.name for field in Connection._meta.concrete_fields} & set(self.cleaned_data)
        return [*sorted(own), *self.touched]


class WordsField(forms.CharField):
    """A list of words, separated by commas. Raises ValidationError for a word that is none of `choices`."""

    def __init__(self, *, choices: Any = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices

    def clean(self, value: Any) -> list[str]:
        words = [word.strip() for word in super().clean(value).split(",") if word.strip()]
        for word in words:
            if self.choices and word not in self.choices:
                raise ValidationError(f"“{word}” is none of {', '.join(self.choices)}.")
        return words


def connection_form(provider: Provider) -> type[ConnectionForm]:
    """The form with the fields of this provider."""
    fields: dict[str, Any] = {CREDENTIAL + c.name: _credential_field(c) for c in provider.credentials}
    fields |= {OPTION + option.name: _option_field(option) for option in provider.options}
    fields["feeds"] = FeedsField(provider)
    return type("ConnectionForm", (ConnectionForm,), {"declared": provider, "__module__": __name__, **fields})


def form_of(slug: str) -> type[ConnectionForm]:
    """Raises UnknownProvider."""
    return connection_form(registry.get(slug))


def _credential_field(credential: Credential) -> forms.Field:
    """Never `required`: an empty field keeps the stored value; `check_credentials` says what is missing."""
    quiet = {"autocomplete": "new-password" if credential.secret else "off", "spellcheck": "false"}
    widget = UnfoldAdminPasswordWidget(attrs=quiet) if credential.secret else UnfoldAdminTextInputWidget(attrs=quiet)
    return forms.CharField(
        label=credential.label, help_text=credential.help, required=False, widget=widget, max_length=2000
    )


def _option_field(option: Option) -> forms.Field:
    shared: dict[str, Any] = {"label": option.label, "required": option.needed}
    if option.is_flag:
        return forms.BooleanField(widget=UnfoldBooleanSwitchWidget, help_text=option.help, **shared)
    if option.many:
        words = f" Of: {', '.join(option.choices)}." if option.choices else ""
        help_text = f"{option.help} Separate them by commas.{words}".strip()
        return WordsField(choices=option.choices, widget=UnfoldAdminTextInputWidget, help_text=help_text, **shared)
    if option.choices:
        choices = [("", "—"), *((word, word) for word in option.choices)]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, help_text=option.help, **shared)
    return forms.CharField(widget=UnfoldAdminTextInputWidget, help_text=option.help, **shared)
