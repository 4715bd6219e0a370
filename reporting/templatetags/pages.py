"""What templates of pages need beside figures: addresses that keep the present parameters, browsers, times."""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reporting.models import PpvSession
from reporting.reports import formatting

register = template.Library()

LONGEST_AGENT = 40

register.filter("country", formatting.country)


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
def kept(context: Context, *left_out: str) -> SafeString:
    """The present parameters as hidden fields of a form, without those that the form has fields for."""
    pairs = [(name, value) for name, value in context["request"].GET.items() if name not in left_out]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


@register.filter
def agent(text: str) -> SafeString | str:
    """`Chrome 126, Windows`, or the beginning of another name; whole in the tooltip."""
    short = formatting.user_agent(text)
    if short == text and len(text) <= LONGEST_AGENT:
        return text or "—"
    cut = short if len(short) <= LONGEST_AGENT else f"{short[:LONGEST_AGENT]}…"
    return format_html('<span title="{}">{}</span>', text, cut)


@register.filter
def clock(session: PpvSession) -> str:
    """A session's start on the provider's clock: `Fri 20 Nov 2026, 20:00`."""
    return formatting.wall_clock(session.started_at, session.connection.time_zone)
