"""The whole answer: rows in their order, the row `other`, the remainder, totals, unattributed, previous."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from reporting.metrics import DIMENSIONS, METRICS, Adds, Metric
from reporting.models import Asset, Connection, Customer, Days
from reporting.periods import Range, ReportInterval, compared, label, last_day, periods
from reporting.query import ReportQuery
from tests.reporting.reference.choice import Choice, Grain, grouped, highest
from tests.reporting.reference.figures import added, alone, currencies_in, is_mixed, is_money, providers_in
from tests.reporting.reference.lacks import Lack, Lacks
from tests.reporting.reference.ledger import Told

SERIES = (ReportInterval.DAY, ReportInterval.WEEK, ReportInterval.MONTH)
Figures = dict[str, Decimal | None]


class Place(NamedTuple):
    """A row: what it is for. `key` is None in the row of what a dimension leaves over."""

    period: date | None = None
    at: int = 0
    customer: Customer | None = None
    link: Connection | None = None
    provider: str = ""
    currency: str = ""
    parent: Asset | None = None
    asset: Asset | None = None
    key: str | None = ""

    def series(self) -> "Place":
        return self._replace(period=None, at=0, key="")


@dataclass
class Answer:
    rows: list[dict[str, Any]]
    totals: Figures
    currency: str | None
    totals_by: list[dict[str, Any]]
    unattributed: Figures | None
    previous: Figures | None
    missing: set[tuple[str, str, frozenset[str], Days | None]]
    final: list[bool | None]
    totals_final: bool
    totals_of: dict[str, list[str]]
    incomplete: set[str]


class Reference:
    """Answers within the tenant's scope. `labels`: the columns that are no figures, in their order; `told`: all facts."""

    def __init__(self, query: ReportQuery, labels: Iterable[str], told: Iterable[Told]) -> None:
        self.query, self.labels = query, list(labels)
        self.metrics = [METRICS[name] for name in query.metrics]
        self.choice = Choice(query, told)
        self.dimension = next((name for name in query.group_by if name in DIMENSIONS), "")
        name, keys = next(((n, k) for n, k in query.filters.items() if n in DIMENSIONS), ("", ()))
        interval = ReportInterval.LIFETIME if query.interval is ReportInterval.LIFETIME else ReportInterval.TOTAL
        self.plain = Grain(interval, name, keys)
        groups = {name: name in query.group_by for name in ("customer", "parent", "asset")}
        self.by_row = Grain(query.interval, self.dimension or name, keys, key=bool(self.dimension), **groups)
        self.is_own = query.customer_id is not None or any(
            query.filters.get(n) for n in ("customer", "parent", "asset")
        )

    def answer(self) -> Answer:
        query, days = self.query, self.query.days
        self.cells = {m.name: self.choice.counted(m, days, self.by_row) for m in self.metrics}
        self.own = {m.name: self.choice.counted(m, days, self.by_row, own=True) for m in self.metrics if m.cell}
        self.whole = {m.name: self.choice.counted(m, days, self.plain) for m in self.metrics}
        self.owns = {m.name: self.choice.counted(m, days, self.plain, own=True) for m in self.metrics if m.cell}
        totals = self.totals(days)
        self.lacking = [lack for metric in self.metrics for lack in self.lacks(metric)]
        self.finals: list[bool | None] = []
        return Answer(
            rows=self.rows(),
            totals=totals,
            currency=self.one_currency([self.whole]),
            totals_by=self.parts(),
            unattributed=None if self.is_own else {m.name: self.unattributed(m, totals[m.name]) for m in self.metrics},
            previous=self.totals(compared(days, query.compare)) if query.compare else None,
            missing={(one.metric, one.link.slug, one.intervals, one.days) for one in self.lacking if not one.is_unread},
            incomplete={lack.link.slug for lack in self.lacking},
            final=self.finals,
            totals_final=not self.lacking,
            totals_of={
                m.name: sorted({link.slug for link in self.present(m)})
                for m in self.metrics
                if any(lack.metric == m.name for lack in self.lacking)
            },
        )

    # --- What is missing ----------------------------------------------------------------------------------------------

    def present(self, metric: Metric) -> set[Connection]:
        return {cell.link for cell in (*self.whole[metric.name], *self.owns.get(metric.name, []))}

    def lacks(self, metric: Metric) -> Iterable[Lack]:
        lacks = Lacks(self.choice, self.query.days, self.plain.dimension, self.plain.keys)
        return [*lacks.of(metric, self.present(metric)), *lacks.unread(metric)]

    def is_final(self, place: Place | None) -> bool | None:
        """Where all that is known is final: a row with a period is where nothing of it is missing. None: nothing is said."""
        if place is None:  # the row of all others
            return None
        lacks = not self.by_row.asset and any(self.would_add(lack, place) for lack in self.lacking)
        return None if place.period is None and not lacks else not lacks

    def would_add(self, lack: Lack, place: Place) -> bool:
        interval, link, days = self.query.interval, lack.link, self.query.days
        of_row = {
            place.link in (None, link),
            place.provider in ("", link.provider),
            not self.split[1] or place.currency == link.currency,
            None in (place.customer, lack.customers) or place.customer in lack.customers,
        }
        if place.period is None or lack.days is None:
            return all(of_row)
        first, last = max(place.period, days.start), min(last_day(interval, place.period), days.end)
        return all(of_row) and bool(lack.days & Days([(first, last)]))

    # --- Totals -------------------------------------------------------------------------------------------------------

    def totals(self, days: Range) -> Figures:
        figures: Figures = {}
        for metric in self.metrics:
            cells = self.choice.counted(metric, days, self.plain)
            figures[metric.name] = alone(cells) if metric.adds is Adds.NEVER else added(metric, cells)
            if figures[metric.name] is None and metric.cell:
                figures[metric.name] = alone(self.choice.counted(metric, days, self.plain, own=True))
        return figures

    def one_currency(self, all_cells: list[dict[str, list[Told]]]) -> str | None:
        cells = [cell for some in all_cells for m in self.metrics if is_money(m) for cell in some[m.name]]
        found = {cell.link.currency for cell in cells}
        return found.pop() or None if len(found) == 1 else None

    def must_split(self, all_cells: list[dict[str, list[Told]]]) -> tuple[bool, bool]:
        """By provider, by currency."""
        of = [(m, [cell for some in all_cells for cell in some[m.name]]) for m in self.metrics]
        return any(len(providers_in(*one)) > 1 for one in of), any(len(currencies_in(*one)) > 1 for one in of)

    def parts(self) -> list[dict[str, Any]]:
        """The totals of each provider, or currency, where they must be told apart."""
        adding = {m.name: self.whole[m.name] if m.adds is not Adds.NEVER else [] for m in self.metrics}
        by_provider, by_currency = self.must_split([adding])
        if not (by_provider or by_currency):
            return []

        def part(cell: Told) -> tuple[str, str]:
            return cell.link.provider if by_provider else "", cell.link.currency if by_currency else ""

        found = []
        for provider, currency in sorted({part(cell) for cells in adding.values() for cell in cells}):
            row: dict[str, Any] = {"provider": provider} if by_provider else {}
            row |= {"currency": currency or None} if by_currency else {}
            here = (provider, currency)
            found.append(row | {m.name: added(m, [c for c in adding[m.name] if part(c) == here]) for m in self.metrics})
        return found

    def unattributed(self, metric: Metric, total: Decimal | None) -> Decimal | None:
        if total is None or metric.adds in (Adds.NEVER, Adds.RATIO):
            return None
        grain = self.plain._replace(customer=self.by_row.customer, parent=self.by_row.parent)
        cells = self.choice.attributed(metric, self.query.days, grain, self.by_row.asset)
        return None if is_mixed(metric, cells) else total - (added(metric, cells) or 0)

    # --- Rows ---------------------------------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        self.split = (False, False)
        if not {"connection", "parent", "asset"} & set(self.query.group_by):
            by_provider, by_currency = self.must_split([self.cells, self.whole])
            self.split = by_provider and "provider" not in self.query.group_by, by_currency
        places = {self.place(cell) for some in (self.cells, self.own) for cells in some.values() for cell in cells}
        found = {place: {m.name: self.figure(m, place) for m in self.metrics} for place in places}
        if self.query.interval in SERIES and not self.query.group_by:
            series = {place.series() for place in places} or {Place()}
            every_period = [s._replace(period=p) for s in series for p in periods(self.query.interval, self.query.days)]
            found = {place: found.get(place, dict.fromkeys(self.query.metrics)) for place in every_period}
        else:
            found = {place: figures for place, figures in found.items() if any(v is not None for v in figures.values())}
        rest = [(self.named(place) | figures, place) for place, figures in self.remainder().items()]
        shown = self.cut(found) + ordered(rest, [*self.query.order_by, *self.labels])
        self.finals = [self.is_final(place) for _, place in shown]
        return [row for row, _ in shown]

    def place(self, cell: Told, key: bool = True) -> Place:
        groups = set(self.query.group_by)
        by_provider, by_currency = self.split
        return Place(
            cell.period,
            cell.at,
            cell.owner if "customer" in groups else None,
            cell.link if groups & {"connection", "parent", "asset"} else None,
            cell.link.provider if by_provider or "provider" in groups else "",
            cell.link.currency if by_currency else "",
            cell.asset.parent if "parent" in groups else None,
            cell.asset if "asset" in groups else None,
            cell.key if self.dimension and key else "",
        )

    def figure(self, metric: Metric, place: Place) -> Decimal | None:
        cells = [cell for cell in self.cells[metric.name] if self.place(cell) == place]
        if metric.adds is Adds.NEVER:
            return self.alone(self.cells[metric.name], cells, place)
        figure = added(metric, cells)
        if figure is None and metric.cell:
            own = self.own[metric.name]
            return self.alone(own, [cell for cell in own if self.place(cell) == place], place)
        return figure

    def alone(self, all_cells: list[Told], cells: list[Told], place: Place) -> Decimal | None:
        """Beside the others of its series, which must all be one asset's."""
        if self.by_row.asset:
            return alone(cells)
        series = [cell for cell in all_cells if self.place(cell).series() == place.series()]
        return alone(cells, list(grouped(series, self.place).values()))

    def remainder(self) -> dict[Place, Figures]:
        """What the plain figures have beyond their split by the dimension."""
        found: dict[Place, Figures] = {}
        if not self.dimension or self.query.filters.get(self.dimension):
            return found
        for metric in self.metrics:
            if metric.adds in (Adds.SUM, Adds.SUM_WITHIN_PROVIDER):
                grain = self.by_row._replace(dimension="", key=False)
                plain = grouped(self.choice.counted(metric, self.query.days, grain), lambda c: self.place(c, key=False))
                split = grouped(self.cells[metric.name], lambda c: self.place(c, key=False))
                for place, cells in plain.items():
                    whole, shown = added(metric, cells), added(metric, split.get(place, []))
                    if whole is not None and not is_mixed(metric, split.get(place, [])) and whole > (shown or 0):
                        rest = found.setdefault(place._replace(key=None), dict.fromkeys(self.query.metrics))
                        rest[metric.name] = whole - (shown or 0)
        return found

    # --- Names, order and limit ---------------------------------------------------------------------------------------

    def named(self, place: Place) -> dict[str, Any]:
        link, customer, asset = place.link, place.customer, place.asset
        parent = asset.parent if asset else place.parent
        values = {
            "period": label(self.query.interval, place.period, place.at) if place.period else None,
            "customer": customer and customer.slug,
            "customer_name": customer and customer.name,
            "connection": link and link.slug,
            "connection_name": link and link.name,
            "provider": link.provider if link else place.provider,
            "currency": (link.currency if link else place.currency or self.one_currency([self.cells, self.whole]))
            or None,
            "asset": asset and asset.external_id,
            "asset_kind": asset and asset.kind,
            "asset_title": asset and asset.title,
            "parent": parent and parent.external_id,
            "parent_title": parent and parent.title,
            self.dimension: place.key,
        }
        return {name: values[name] for name in self.labels}

    def cut(self, found: dict[Place, Figures]) -> list[tuple[dict[str, Any], Place | None]]:
        """In their order, those beyond the limit as one row."""
        rows = [(self.named(place) | figures, place) for place, figures in found.items()]
        order = self.query.order_by or ((f"-{self.query.metrics[0]}",) if self.query.limit else ())
        rows = ordered(rows, [*order, *self.labels])
        limit = self.query.limit or len(rows)
        shown: list[tuple[dict[str, Any], Place | None]] = [*rows[:limit]]
        return shown + ([(self.other(rows[limit:]), None)] if rows[limit:] else [])

    def other(self, rest: list[tuple[dict[str, Any], Place]]) -> dict[str, Any]:
        """The figures of all the rest together: an account there stands for its assets."""
        places = {place for _, place in rest}
        marked = set(self.query.group_by) or {"period"}
        row: dict[str, Any] = {name: "other" if name in marked else None for name in self.labels}
        for name in {"connection", "provider", "currency"} & set(self.labels) - marked:
            values = {one[name] for one, _ in rest}
            row[name] = values.pop() if len(values) == 1 else None
        return row | {m.name: self.of_others(m, rest, places) for m in self.metrics}

    def of_others(self, metric: Metric, rest: list[tuple[dict[str, Any], Place]], places: set[Place]) -> Decimal | None:
        cells = highest([cell for cell in self.cells[metric.name] if self.place(cell) in places])
        if metric.adds is Adds.NEVER:
            return alone(cells) and self.figure(metric, self.place(cells[0]))
        if metric.adds is Adds.LAST and len({cell.period for cell in cells}) > 1:
            return None
        figure = added(metric, cells)
        if figure is None and metric.cell:
            own = highest([cell for cell in self.own[metric.name] if self.place(cell) in places])
            return alone(own) and self.figure(metric, self.place(own[0]))
        return figure


def ordered(rows: list[tuple[dict[str, Any], Any]], names: Iterable[str]) -> list[tuple[dict[str, Any], Any]]:
    """By the first name, then the next; unknown values last in both directions."""
    for name in reversed(list(names)):
        column = name.removeprefix("-")
        known = [row for row in rows if row[0][column] is not None]
        known.sort(key=lambda row: row[0][column], reverse=name.startswith("-"))
        rows = known + [row for row in rows if row[0][column] is None]
    return rows
