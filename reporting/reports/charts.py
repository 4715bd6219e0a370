"""Figures over time -> one Vega-Lite spec; from the spec an SVG on the server, or an interactive chart in the browser.

No CDN and no npm: vl-convert writes the bundle of Vega for the page, once, to VAR_DIR.
Colours are the page's own CSS variables, so that one SVG fits light and dark; `COLOURS_ON_PAPER` replace them
where there is no style sheet (PDF, e-mail).
"""

import gzip
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from django.conf import settings

from reporting.metrics import Metric, Unit

VEGA_LITE = "6.4"
WIDTH, HEIGHT = 1040, 220
MOST_TICKS = 8
Colours = dict[str, str]
COLOURS = {"mark": "var(--mark)", "pale": "var(--pale)", "text": "var(--soft)", "line": "var(--line)"}
COLOURS_ON_PAPER = {"mark": "#3a7cc4", "pale": "#b9d2ec", "text": "#444444", "line": "#d5d9de"}

SECONDS = [(Decimal(3600), "hours"), (Decimal(60), "minutes"), (Decimal(1), "seconds")]
BYTES = [(Decimal(10) ** 12, "TB"), (Decimal(10) ** 9, "GB"), (Decimal(10) ** 6, "MB"), (Decimal(1000), "kB")]


@dataclass(frozen=True)
class Bar:
    """One period. `value` is None where nothing was reported: a gap, not a bar of height 0."""

    label: str
    tick: str
    value: Decimal | None
    shown: str
    is_provisional: bool = False


def spec(metric: Metric, bars: Sequence[Bar], currency: str = "", colours: Colours | None = None) -> dict[str, Any]:
    """The Vega-Lite spec. Provisional bars are pale."""
    colours = colours or COLOURS
    step, unit = scale_of(metric, bars, currency)
    y_axis = {"title": unit or None, "tickCount": 4, "ticks": False, "domain": False}
    shades = {"domain": ["final", "provisional"], "range": [colours["mark"], colours["pale"]]}
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE.partition('.')[0]}.json",
        "width": WIDTH,
        "height": HEIGHT,
        "padding": 2,
        "background": None,
        "data": {"values": [_value(bar, step) for bar in bars]},
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": _periods(bars),
            "y": {"field": "value", "type": "quantitative", "axis": y_axis},
            "color": {"field": "state", "type": "nominal", "scale": shades, "legend": None},
            "tooltip": [
                {"field": "period", "title": "Period"},
                {"field": "shown", "title": metric.label},
                {"field": "state", "title": "State"},
            ],
        },
        "config": _config(colours),
    }


def _value(bar: Bar, step: Decimal) -> dict[str, Any]:
    return {
        "period": bar.label,
        "value": None if bar.value is None else float(bar.value / step),
        "shown": bar.shown,
        "state": "provisional" if bar.is_provisional else "final",
    }


def _periods(bars: Sequence[Bar]) -> dict[str, Any]:
    """The axis of time. Periods without a figure keep their place; only a few have a label, since measuring labels is slow."""
    every = -(-len(bars) // MOST_TICKS) or 1
    ticks = {bar.label: bar.tick for bar in bars[::every]}
    axis: dict[str, Any] = {"title": None, "values": list(ticks), "labelExpr": f"{json.dumps(ticks)}[datum.value]"}
    axis |= {"labelAngle": 0, "labelOverlap": True, "labelPadding": 7, "ticks": False}
    scale = {"paddingInner": 0.2, "paddingOuter": 0.1, "domain": [bar.label for bar in bars]}
    return {"field": "period", "type": "ordinal", "sort": None, "scale": scale, "axis": axis}


def scale_of(metric: Metric, bars: Sequence[Bar], currency: str = "") -> tuple[Decimal, str]:
    """The divisor and the unit of the axis."""
    largest = max((abs(bar.value) for bar in bars if bar.value is not None), default=Decimal(0))
    steps = {Unit.SECONDS: SECONDS, Unit.BYTES: BYTES}.get(metric.unit, [])
    for step, word in steps:
        if largest >= step:
            return step, word
    words = {
        Unit.SHARE: "percent",
        Unit.MONEY: currency,
        Unit.CREDITS: "credits",
        Unit.BYTES: "bytes",
        Unit.SECONDS: "seconds",
    }
    return (Decimal("0.01") if metric.unit is Unit.SHARE else Decimal(1)), words.get(metric.unit, "")


def svg(chart: dict[str, Any]) -> str:
    """The chart as SVG, as wide as its place: about 50 ms; the last 64 are cached."""
    return _svg(json.dumps(chart))


@lru_cache(maxsize=64)
def _svg(chart: str) -> str:
    drawn = vl_convert.vegalite_to_svg(chart, vl_version=VEGA_LITE, allowed_base_urls=[])
    head, _, rest = drawn.partition(">")
    sizes = " ".join(part for part in head.split() if not part.startswith(("width=", "height=")))
    return f'{sizes} role="img" aria-hidden="true">{rest}'


def _config(colours: Colours) -> dict[str, Any]:
    text = {"labelColor": colours["text"], "titleColor": colours["text"], "titleFontWeight": "normal"}
    lines = {"gridColor": colours["line"], "domainColor": colours["line"]}
    sizes = {"labelFontSize": 12, "titleFontSize": 12}
    return {"view": {"stroke": None}, "axis": text | lines | sizes, "axisX": {"grid": False}}


def bundle_name() -> str:
    """Changes with the library's version, so that a browser may cache it for ever."""
    return f"vega-{version('vl-convert-python')}.js"


@cache
def bundle() -> bytes:
    """vegaEmbed for the page, gzipped: made at the first request, a few seconds, and kept in VAR_DIR."""
    path = Path(settings.VAR_DIR) / f"{bundle_name()}.gz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        script = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]
        draft.write_bytes(gzip.compress(script.encode(), mtime=0))
        draft.replace(path)
    return path.read_bytes()
