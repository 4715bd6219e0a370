"""Links of a page: the present address with something changed, so that period, interval and figure stay as they were chosen."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reporting.models import PpvSession
from reporting.templatetags.figures import figure as shown_figure

register = template.Library()

ENGLISH = Locale("en")

# The order matters: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
BROWSERS = [("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Version", "Safari")]
SYSTEMS = ["iPhone", "iPad", "Android", "Windows", "Mac OS X", "Linux"]
LONGEST_AGENT = 40
WHOLE: Mapping[str, Any] = {}  # the row of a total, which nothing narrows


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: Any) -> str:
    """`?…` with these parameters changed; None takes one out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return "?" + query.urlencode()


@register.simple_tag(takes_context=True)
def linked_figure(
    context: Context,
    value: Any,
    figure: Any,
    currency: str = "",
    row: Mapping[str, Any] = WHOLE,
    why: str = "",
    **more: str,
) -> SafeString:
    """A figure that leads to its lineage, where the page has `lineage_links`; `row` and `more` name its row."""
    shown, links = shown_figure(value, figure.metric.unit, currency, why), context.get("lineage_links")
    if value is None or links is None:
        return shown
    address = links.address(figure, {**row, **more})
    return format_html('<a class="traced" href="{}" hx-boost="false">{}</a>', address, shown)


@register.simple_tag(takes_context=True)
def kept(context: Context, *left_out: str) -> SafeString:
    """The present parameters as hidden fields of a form, but for those it asks for itself."""
    pairs = [(name, value) for name, value in context["request"].GET.items() if name not in left_out]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


@register.filter
def country(code: str) -> str:
    """`Spain`; the unknown by that word."""
    if code in ("", "ZZ"):
        return "Unknown"
    return ENGLISH.territories.get(code, code)


@register.filter
def agent(text: str) -> SafeString | str:
    """`Chrome 126, Windows`, or the beginning of a name that is none of a browser's; whole in the tooltip."""
    found = [match for word, name in BROWSERS if (match := _version(text, word, name))]
    system = next((system for system in SYSTEMS if system in text), "")
    short = ", ".join(part for part in (*found[:1], system) if part) if found else text
    if short == text and len(text) <= LONGEST_AGENT:
        return text or "—"
    cut = short if len(short) <= LONGEST_AGENT else f"{short[:LONGEST_AGENT]}…"
    return format_html('<span title="{}">{}</span>', text, cut)


@register.filter
def clock(session: PpvSession) -> str:
    """A session's start on the provider's clock: `Fri 20 Nov 2026, 20:00`."""
    start = session.started_at.astimezone(ZoneInfo(session.connection.time_zone))
    return f"{start:%a} {start.day} {start:%b %Y, %H:%M}"


def _version(text: str, word: str, name: str) -> str:
    found = re.search(rf"\b{word}[a-zA-Z]*/(\d+)", text)
    return f"{name} {found[1]}" if found else ""
