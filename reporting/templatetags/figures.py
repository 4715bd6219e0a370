"""Figures and days in templates, with the exact value one hover away. How they are written is in `reports/formatting.py`.

A missing value is a dash with the reason; it never looks like 0.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reporting.reports import formatting

register = template.Library()

Value = Decimal | int | float | str | None

NOT_REPORTED = "The provider does not report it."
WHOLE: Mapping[str, Any] = {}  # the row of a total, which nothing narrows

register.filter("period", formatting.period)
register.filter("day", formatting.day)
register.filter("next_day", formatting.next_day)
register.filter("next_step", formatting.next_step)


@register.simple_tag
def figure(value: Value, unit: str, currency: str = "", why: str = "") -> SafeString:
    """One figure as HTML. `why` is the reason shown where there is none."""
    if value is None or value == "":
        reason = why or NOT_REPORTED
        return format_html('<span class="none" title="{0}">—<span class="unseen"> {0}</span></span>', reason)
    number = Decimal(str(value))
    short, full = formatting.shown(number, unit, currency), formatting.exact(number, unit, currency)
    if short == full:
        return format_html("<span>{}</span>", short)
    return format_html('<span title="{}">{}</span>', full, short)


@register.simple_tag(takes_context=True)
def linked_figure(
    context: Context,
    value: Any,
    column: Any,
    currency: str = "",
    row: Mapping[str, Any] = WHOLE,
    why: str = "",
    **more: str,
) -> SafeString:
    """A figure of a column (a HeadlineFigure or an OverviewColumn) that leads to its lineage, where the page has
    `lineage_links`; `row` and `more` name its row."""
    html, links = figure(value, column.metric.unit, currency, why), context.get("lineage_links")
    if value is None or links is None:
        return html
    address = links.address(column, {**row, **more})
    return format_html('<a class="traced" href="{}" hx-boost="false">{}</a>', address, html)


@register.simple_tag
def exactly(value: Decimal, unit: str, currency: str = "") -> str:
    """Every digit, for figures that somebody may want to add up."""
    return formatting.exact(value, unit, currency)


@register.simple_tag
def change(value: Value, before: Value) -> SafeString:
    """How much a figure differs from the period before; a dash where either is missing. No colours: more may be good (plays)
    or bad (cost)."""
    if value in (None, "") or before in (None, ""):
        return format_html('<span class="none" title="{}">—</span>', "One of the two periods has no figure.")
    words = formatting.changed(Decimal(str(value)), Decimal(str(before)))
    return format_html('<span class="change">{}</span>' if "%" in words else "<span>{}</span>", words)
