"""Rows as they are shown: keys become slugs, external ids, titles and periods; and the order of named rows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from reporting.metrics import METRICS
from reporting.periods import WITHOUT_PERIODS, label, start_of
from reporting.query.names import Named, NamedAsset, assets_named, customers_named
from reporting.query.question import ReportQuery
from reporting.query.report import Column, Figures
from reporting.query.result_rows import RowDict
from reporting.query.rows import RowKey, Subtotal
from reporting.query.scope import Scope

NO_ASSET = NamedAsset("", "", "")
OF_FIGURES = ("provider", "currency")  # say what may be added; of all the rows behind `other` they may be one
NamedRow = tuple[RowDict, Subtotal]


class RowNames:
    """Keys -> slugs, external ids, titles and periods."""

    def __init__(
        self, query: ReportQuery, scope: Scope, customers: set[int], assets: set[int], currency: str | None
    ) -> None:
        self.query, self.links, self.currency = query, scope.connections, currency
        self.customers = customers_named(customers - {0}) if customers - {0} else {}
        self.assets = assets_named(assets - {0}) if assets - {0} else {}
        self.periods: dict[tuple[date, int], RowDict] = {}
        self.known: dict[tuple[Any, ...], RowDict] = {}

    def row(self, row: Subtotal, figures: Figures, columns: list[Column]) -> RowDict:
        """A series repeats its names in every period: they are looked up once."""
        place = row.key[2:]  # without the period
        if place not in self.known:
            values = self.values(row.key)
            names = {column.name: values.get(column.name) for column in columns if column.name != "period"}
            self.known[place] = {"row_type": row.row_type.value} | self.period(row.key) | names
        return self.known[place] | self.period(row.key) | figures

    def values(self, key: RowKey) -> RowDict:
        link, customer = self.links.get(key.connection), self.customers.get(key.customer, Named("", ""))
        asset, parent = self.assets.get(key.asset, NO_ASSET), self.assets.get(key.parent)
        return {
            "customer": customer.word,
            "customer_name": customer.title,
            "connection": link.slug if link else None,
            "connection_name": link.name if link else None,
            "provider": (link.provider if link else key.provider) or None,
            "currency": (link.currency if link else key.currency or self.currency) or None,
            "parent": parent.word if parent else asset.parent,
            "parent_title": parent.title if parent else asset.parent_title,
            "asset": asset.word,
            "asset_kind": asset.kind,
            "asset_title": asset.title,
            self.query.grouped_dimension or "key": key.key,
        }

    def other(self, other: Subtotal, rest: list[RowDict], labels: list[str]) -> RowDict:
        """The row of all the rest has no names; what its figures are of stays, where all have the same."""
        kept = [
            name for name in OF_FIGURES if name not in self.query.group_by and len({row.get(name) for row in rest}) == 1
        ]
        values = {name: rest[0].get(name) for name in kept}
        names = {name: values.get(name) for name in labels if name != "period"}
        return {"row_type": other.row_type.value} | self.period(other.key) | names

    def period(self, key: RowKey) -> RowDict:
        """As it is written, and its first day or moment."""
        place = (key.day or date.min, key.minute)
        if place not in self.periods:
            interval, first = self.query.interval, key.day
            is_column = interval not in WITHOUT_PERIODS
            self.periods[place] = {"period": label(interval, first, key.minute) if first else None} if is_column else {}
            self.periods[place] |= {"period_start": start_of(interval, first, key.minute) if first else None}
        return self.periods[place]


def labels_of(columns: list[Column]) -> list[str]:
    return [column.name for column in columns if column.name not in METRICS]


def ordered(shown: list[NamedRow], asked: Sequence[str], labels: list[str]) -> list[NamedRow]:
    """As asked, then by the labels from the left, so that equal figures have an order too. Unknown values come last in both
    directions."""
    shown = sorted(shown, key=lambda pair: [(pair[0][name] is None, pair[0][name]) for name in labels])
    for name in reversed(asked):
        column, descending = name.removeprefix("-"), name.startswith("-")
        known = [pair for pair in shown if pair[0][column] is not None]
        unknown = [pair for pair in shown if pair[0][column] is None]
        shown = sorted(known, key=lambda pair: pair[0][column], reverse=descending) + unknown
    return shown
