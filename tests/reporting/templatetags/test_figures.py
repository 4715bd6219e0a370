"""Figures and words as templates show them: the exact value in the tooltip, a dash for what is unknown, no foreign markup."""

from decimal import Decimal
from typing import Any

from django.template import Context, Template


def rendered(tag: str, **context: Any) -> str:
    html: str = Template("{% load figures pages %}" + tag).render(Context(context))
    return html.replace("\u00a0", " ")


def test_it_works() -> None:
    assert rendered('{% figure value "money" "EUR" %}', value=Decimal("23.564220929056")) == (
        '<span title="23.564220929056 EUR">23.56 EUR</span>'
    )
    assert rendered('{% exactly value "bytes" %}', value=Decimal(1234567)) == "1,234,567 bytes"
    assert rendered("{{ value|day }}", value="2026-01-01") == "1 Jan 2026"


def test_nothing_reported_is_no_zero() -> None:
    html = rendered('{% figure value "count" why="No day was fetched." %}', value=None)
    assert "—" in html
    assert "No day was fetched." in html
    assert "0" not in html


def test_a_reason_can_not_bring_markup() -> None:
    assert "<script>" not in rendered('{% figure value "count" why=why %}', value=None, why="<script>")


def test_changes() -> None:
    assert rendered("{% change 112 100 %}") == '<span class="change">+12.0 %</span>'
    assert rendered("{% change 1 0 %}") == "<span>new</span>"
    assert "—" in rendered("{% change 5 before %}", before=None)


def test_a_long_name_of_a_browser_is_cut_and_whole_in_the_tooltip() -> None:
    assert rendered("{{ text|agent }}", text="") == "—"
    assert rendered("{{ text|agent }}", text="x" * 50) == f'<span title="{"x" * 50}">{"x" * 40}…</span>'
    assert "<script>" not in rendered("{{ text|agent }}", text="<script>" * 20)
