"""Where rows, figures, dates, names and counts are in a feed's answer, so that one way to spoil them serves all.

A path names the steps into JSON (`*` is each) or is lxml's (`{*}` is any namespace); `@name` is an attribute of the root.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree


@dataclass(frozen=True)
class Form:
    """One feed's answer. `numbers` are figures, `count` is what the answer says of how many rows there are."""

    kind: str
    rows: str = ""
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    count: str = ""
    page: str = ""
    pages: str = ""
    offset: str = ""  # the parameter that asks for later rows
    may_repeat: bool = False  # equal rows are two things, by the vendor's page
    has_figures: bool = True  # or sessions: what is stored of it by day
    has_sums: bool = True  # its numbers are figures of a day


@dataclass(frozen=True)
class Raw:
    """A token of JSON as it is to be written."""

    text: str


@dataclass
class Place:
    """One value in a document, whatever it is written in."""

    holder: Any
    key: Any = None

    @property
    def value(self) -> Any:
        if not isinstance(self.holder, etree._Element):
            return self.holder[self.key]
        return self.holder.get(self.key) if self.key else self.holder.text

    def put(self, value: Any) -> None:
        if not isinstance(self.holder, etree._Element):
            self.holder[self.key] = value
        elif self.key:
            self.holder.set(self.key, _plain(value))
        else:
            self.holder.text = _plain(value)


def _plain(value: Any) -> str:
    return "" if value is None else value.text if isinstance(value, Raw) else str(value)


class Document:
    """An answer that can be changed; `bytes()` writes it."""

    def __init__(self, form: Form, body: bytes) -> None:
        self.form = form
        self.root = _json(body) if form.kind == "json" else etree.fromstring(body)

    def bytes(self) -> bytes:
        return etree.tostring(self.root) if self.form.kind == "xml" else write(self.root)

    def places(self, *paths: str) -> list[Place]:
        return [place for path in paths if path for place in self._at(path)]

    def figures(self) -> list[Place]:
        """Those that say something."""
        return [place for place in self.places(*self.form.numbers) if str(_plain(place.value)) not in ("", "0", "{}")]

    def one(self, path: str) -> Place | None:
        return next(iter(self.places(path)), None)

    def rows(self) -> list[Any]:
        if self.form.kind == "xml":
            return self.root.findall(self.form.rows) if self.form.rows else []
        if self.form.rows == ".":
            return list(self.root)
        return list(place.value or ()) if (place := self.one(self.form.rows)) else []

    def put_rows(self, rows: Any) -> None:
        """Other rows in their place; JSON may have anything there."""
        if self.form.kind == "json":
            if self.form.rows == ".":
                self.root = rows
            else:
                self.places(self.form.rows)[0].put(rows)
            return
        old = self.rows()
        parent, at = old[0].getparent(), old[0].getparent().index(old[0])
        for row in old:
            parent.remove(row)
        for number, row in enumerate(rows):
            parent.insert(at + number, deepcopy(row))

    def _at(self, path: str) -> Iterator[Place]:
        if self.form.kind == "json":
            yield from _walk(self.root, path.split("."))
        elif path.startswith("@"):
            yield Place(self.root, path[1:])
        else:
            yield from map(Place, self.root.findall(path))


def write(value: Any) -> bytes:
    """JSON with every token of Raw as it is."""
    text = json.dumps(value, default=lambda raw: f"@raw:{raw.text}@", separators=(",", ":"))
    return re.sub(r'"@raw:(.*?)@"', r"\1", text).encode()


def _json(body: bytes) -> Any:
    return json.loads(body, parse_float=Raw)


def _walk(value: Any, steps: list[str]) -> Iterator[Place]:
    """`!date` is each key but that."""
    step, rest = steps[0], steps[1:]
    keys = list(range(len(value))) if isinstance(value, list) else list(value) if isinstance(value, dict) else []
    if step.startswith("!"):
        keys = [key for key in keys if key != step[1:]]
    elif step != "*":
        keys = [key for key in keys if key == step]
    for key in keys:
        if rest:
            yield from _walk(value[key], rest)
        else:
            yield Place(value, key)


_STATS = Form(
    "xml", "Items/Item", ("Items/Item/time",), ("Items/Item/date",), (), "ItemCount", "Page", "PageCount", "page"
)
_LIST = Form("json", "Medias", names=("Medias.*.Title",), offset="offset", may_repeat=True, has_figures=False)
FORMS = {
    "247platform.statistics": Form(
        "json",
        numbers=(
            "views.total",
            "views.totalMinutes",
            "views.uniqieCountries",
            "geo.uniqieIps.total",
            "geo.locations.*.*.countryCount",
            "geo.locations.*.*.cities.*",
            "geo.locations.*.*.full.*.*",
            "data.total.*",
            "cost.total",
            "transcodeCosts",
            "bandwidthCosts",
            "storageCosts",
            "times.log.*.diff",
            "times.log.*.count.total",
        ),
    ),
    "boomstream.project": _STATS,
    "boomstream.target": _STATS,
    "boomstream.sessions": Form(
        "xml", "Item", ("Item/LeftActivations",), ("Item/Start",), ("Item/UserAgent",), may_repeat=True, has_sums=False
    ),
    "boomstream.media": _LIST,
    "boomstream.live": _LIST,
    "boomstream.playlists": Form(
        "json", "Items", names=("Items.*.Name",), offset="offset", may_repeat=True, has_figures=False
    ),
    "callfire.broadcasts": Form(
        "xml",
        "{*}Broadcast",
        names=("{*}Broadcast/{*}Name",),
        count="@totalResults",
        offset="FirstResult",
        has_figures=False,
    ),
    "callfire.stats": Form(
        "xml",
        ".//{*}ResultStat",
        (
            ".//{*}UsageStats/*",
            ".//{*}ActionStatistics/*",
            ".//{*}ResultStat/{*}Attempts",
            ".//{*}ResultStat/{*}Actions",
        ),
    ),
    "scaleengine.usage": Form(
        "json",
        "usage",
        ("usage.*.bytes_total", "usage.*.requests_total"),
        names=("usage.*.video_url",),
        count="count",
        may_repeat=True,
    ),
    "smartstream": Form("json", ".", ("*.!date",), ("*.date",)),
}


def form_of(provider: str, feed: str) -> Form:
    """The form of a feed, named by its first word; SmartSTREAM has one for all."""
    return FORMS[provider if provider in FORMS else f"{provider}.{feed.partition('.')[0]}"]
