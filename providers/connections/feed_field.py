"""The feeds of a connection as boxes to tick, with what each costs in requests a day.

The form shows what is chosen, and takes what a person changed: `forms.py` makes entries of it. Costs come from above (the plan
knows them): whoever makes the form gives them to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from providers.connections.feed_tables import tables
from providers.toolkit import feed_choice
from providers.toolkit.provider import Provider
from reporting.models import Connection

SEARCHED_FROM = 12  # feeds: fewer are seen at once


@dataclass(frozen=True)
class ShownCosts:
    """By feed, in requests a day. `carried` is what the provider's limit leaves for this connection; None: no limit is known.
    `is_example`: it has no assets yet, and the costs are those of one of each kind."""

    by_feed: Mapping[str, float] = field(default_factory=dict)
    carried: int | None = None
    limit: str = ""
    is_example: bool = False


class FeedsWidget(forms.Widget):
    """Renders tables of boxes. A form that was sent without them says nothing about feeds."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider, self.costs = provider, ShownCosts()
        self.defaults: set[str] = set()
        self.entries: list[str] = []

    class Media:
        css = {"all": ["reporting/feeds.css"]}
        js = ["reporting/feeds.js"]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str] | None:
        if f"{name}-shown" not in data:
            return None
        return data.getlist(name) if hasattr(data, "getlist") else list(data.get(name, []))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-shown" not in data

    def id_for_label(self, id_: str) -> str:
        return ""  # the label is of all boxes

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        ticked = set(value or [])
        total = sum(cost for feed, cost in self.costs.by_feed.items() if feed in ticked)
        context = {
            "name": name,
            "tables": tables(self.provider.feeds, ticked, self.defaults, self.costs.by_feed),
            "costs": self.costs,
            "total": f"{ceil(total):,}",
            "is_too_much": self.costs.carried is not None and total > self.costs.carried,
            "globs": [entry for entry in self.entries if feed_choice.GLOB & set(entry)],
            "has_search": len(self.provider.feeds) >= SEARCHED_FROM,
            "provider": self.provider,
        }
        return SafeString(render_to_string("admin/providers/feeds.html", context))


class FeedsField(forms.MultipleChoiceField):
    """The names that are ticked; None where the form did not show them."""

    def __init__(self, provider: Provider) -> None:
        help_text = "What each sync asks for. What you add is fetched from the connection’s first day on."
        choices = [(feed.name, feed.name) for feed in provider.feeds]
        super().__init__(
            required=False, label="Feeds", help_text=help_text, choices=choices, widget=FeedsWidget(provider)
        )

    def clean(self, value: Any) -> list[str] | None:
        return None if value is None else super().clean(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return data is not None and set(initial or []) != set(data)

    def show(self, connection: Connection, costs: ShownCosts) -> list[str]:
        """The feeds that the connection chooses now."""
        widget: FeedsWidget = self.widget
        provider, options = widget.provider, connection.options
        widget.costs, widget.entries = costs, connection.feeds
        widget.defaults = feed_choice.chosen_names(provider, [], options)
        return sorted(feed_choice.chosen_names(provider, connection.feeds, options))


def entries_of(provider: Provider, stored: Connection, options: Mapping[str, Any], ticked: list[str]) -> list[str]:
    """The entries that a person means who saw the stored choice and left these ticked. Feeds that the new `options` bring, or
    take, come and go with them."""
    shown = feed_choice.chosen_names(provider, stored.feeds, stored.options)
    now = feed_choice.chosen_names(provider, stored.feeds, options)
    wanted = (now | (set(ticked) - shown)) - (shown - set(ticked))
    return feed_choice.rewritten(provider, stored.feeds, options, wanted)
