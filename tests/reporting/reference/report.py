"""The whole answer: rows in their order, the row `other`, the remainder, totals, unattributed, previous."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from reporting.comparisons import compared
from reporting.metrics import DIMENSIONS, METRICS, Adds, Metric
from reporting.models import Asset, Connection, Customer, Days, Programme
from reporting.periods import Range, ReportInterval, label, last_day, periods
from reporting.query import ReportQuery
from tests.reporting.reference.choice import Choice, Grain, grouped, highest
from tests.reporting.reference.comparison import Comparison
from tests.reporting.reference.costs import as_seen, factor_of
from tests.reporting.reference.figures import added, alone, currencies_in, is_mixed, is_money, providers_in
from tests.reporting.reference.lacks import Lack, Lacks
from tests.reporting.reference.ledger import LEVELS, Told

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
    programme: Programme | None = None
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
    previous_marks: dict[str, list[str]]
    missing: set[tuple[str, str, frozenset[str], Days | None]]
    final: list[bool | None]
    totals_final: bool
    totals_of: dict[str, list[str]]
    incomplete: set[str]


class Reference:
    """Answers within the tenant's scope. `labels`: the columns that are no figures, in their order; `told`: all facts;
    `bearer`: the one customer who asks."""

    def __init__(
        self, query: ReportQuery, labels: Iterable[str], told: Iterable[Told], bearer: Customer | None = None
    ) -> None:
        self.bearer = bearer
        self.query, self.labels = query, list(labels)
        self.metrics = [METRICS[name] for name in query.metrics]
        self.told = list(told)
        self.choice = Choice(query, self.told)
        self.dimension = next((name for name in query.group_by if name in DIMENSIONS), "")
        name, keys = next(((n, k) for n, k in query.filters.items() if n in DIMENSIONS), ("", ()))
        interval = ReportInterval.LIFETIME if query.interval is ReportInterval.LIFETIME else ReportInterval.TOTAL
        self.plain = Grain(interval, name, keys)
        groups = {name: name in query.group_by for name in ("customer", "programme", "parent", "asset")}
        self.by_row = Grain(query.interval, self.dimension or name, keys, key=bool(self.dimension), **groups)
        self.comparison: Comparison | None = None
        self.is_own = query.customer_id is not None or any(
            query.filters.get(n) for n in ("customer", "programme", "parent", "asset")
        )

    def answer(self) -> Answer:
        query, days = self.query, self.query.days
        self.gather()
        totals = self.totals(days)
        before = self.before() if query.compare else None
        self.comparison = Comparison(self, before) if before else None
        self.finals: list[bool | None] = []
        return Answer(
            rows=self.rows(),
            totals=totals,
            currency=self.one_currency([self.whole]),
            totals_by=self.parts(),
            unattributed=None if self.is_own else {m.name: self.unattributed(m, totals[m.name]) for m in self.metrics},
            previous=before.totals(before.query.days) if before else None,
            previous_marks=self.comparison.marks_of_totals() if self.comparison else {},
            missing={(one.metric, one.link.slug, one.intervals, one.days) for one in self.lacking if not one.is_unread},
            incomplete={lack.link.slug for lack in self.lacking},
            final=self.finals,
            totals_final=not self.lacking,
            totals_of={
                m.name: sorted({link.slug for link in self.present(m)}) for m in self.metrics if self.lacks(m.name)
            },
        )

    def before(self) -> "Reference":
        """The same of the range to compare with."""
        query = self.query
        days = compared(query.days, query.compare, query.today, query.period)
        before = Reference(replace(query, days=days, compare=""), self.labels, self.told, self.bearer)
        before.gather()
        return before

    def gather(self) -> None:
        days = self.query.days
        self.cells = {m.name: self.choice.counted(m, days, self.by_row) for m in self.metrics}
        self.own = {m.name: self.choice.counted(m, days, self.by_row, own=True) for m in self.metrics if m.cell}
        self.whole = {m.name: self.choice.counted(m, days, self.plain) for m in self.metrics}
        self.owns = {m.name: self.choice.counted(m, days, self.plain, own=True) for m in self.metrics if m.cell}
        self.reported = {m.name: self.of_all_keys(m) for m in self.metrics}
        self.lacking = [lack for metric in self.metrics for lack in self.lacks_of(metric)]

    def of_all_keys(self, metric: Metric) -> list[Told]:
        """What is reported of a metric in the rows, whichever keys are asked for; of a split's whole, too."""
        days, every_key = self.query.days, self.by_row._replace(keys=())
        found = self.choice.counted(metric, days, every_key)
        found += self.choice.counted(metric, days, every_key, own=True) if metric.cell else []
        if self.dimension and metric.adds in (Adds.SUM, Adds.SUM_WITHIN_PROVIDER):
            found += self.choice.counted(metric, days, every_key._replace(dimension="", key=False))
        return found

    def seen(self, metric: Metric, cells: list[Told]) -> Decimal | None:
        """Added up, as whom asks sees it."""
        return as_seen(metric, added(metric, cells, factor_of(self.bearer)), cells, self.bearer)

    # --- What is missing ----------------------------------------------------------------------------------------------

    def present(self, metric: Metric) -> set[Connection]:
        return {cell.link for cell in self.totalled()[metric.name]}

    def lacks_of(self, metric: Metric) -> Iterable[Lack]:
        lacks = Lacks(self.choice, self.query.days, self.plain.dimension, self.plain.keys)
        return [*lacks.of(metric, self.present(metric)), *lacks.unread(metric)]

    def lacks(self, metric: str) -> bool:
        return any(lack.metric == metric for lack in self.lacking)

    def is_final(self, place: Place, is_other: bool = False) -> bool | None:
        """Where all that is known is final: a row with a period is where nothing of it is missing. None: nothing is said."""
        lacks = self.is_lacking(place, is_other)
        return None if place.period is None and not lacks else not lacks

    def is_lacking(self, place: Place, is_other: bool = False) -> bool:
        """Rows of assets lack nothing. That of all others lacks what any row would."""
        return not self.by_row.asset and any(self.would_add(lack, place, is_other) for lack in self.lacking)

    def would_add(self, lack: Lack, place: Place, is_other: bool) -> bool:
        interval, link, days = self.query.interval, lack.link, self.query.days
        of_row = {
            place.link in (None, link),
            place.provider in ("", link.provider),
            is_other or not self.split[1] or place.currency == link.currency,
            None in (place.customer, lack.customers) or place.customer in lack.customers,
            place.programme is None or self.has_copies(link, place.programme),
        }
        if place.period is None or lack.days is None:
            return all(of_row)
        first, last = max(place.period, days.start), min(last_day(interval, place.period), days.end)
        return all(of_row) and bool(lack.days & Days([(first, last)]))

    def has_copies(self, link: Connection, programme: Programme) -> bool:
        """A connection without any adds nothing to it."""
        return any(one.asset.programme == programme and one.link == link and one.level == "asset" for one in self.told)

    # --- Totals -------------------------------------------------------------------------------------------------------

    def totals(self, days: Range) -> Figures:
        figures: Figures = {}
        for metric in self.metrics:
            cells = self.choice.counted(metric, days, self.plain)
            figures[metric.name] = alone(cells) if metric.adds is Adds.NEVER else self.seen(metric, cells)
            if figures[metric.name] is None and metric.cell:
                figures[metric.name] = alone(self.choice.counted(metric, days, self.plain, own=True))
        return figures

    def totalled(self) -> dict[str, list[Told]]:
        return {m.name: self.whole[m.name] + self.owns.get(m.name, []) for m in self.metrics}

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
            cells = {name: [c for c in some if part(c) == here] for name, some in adding.items()}
            found.append(row | {m.name: self.seen(m, cells[m.name]) for m in self.metrics})
        return found

    def unattributed(self, metric: Metric, total: Decimal | None) -> Decimal | None:
        if total is None or metric.adds in (Adds.NEVER, Adds.RATIO):
            return None
        by = self.by_row
        grain = self.plain._replace(customer=by.customer, programme=by.programme, parent=by.parent)
        cells = self.choice.attributed(metric, self.query.days, grain, self.by_row.asset)
        return None if is_mixed(metric, cells) else total - (added(metric, cells) or 0)

    # --- Rows ---------------------------------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        self.split = (False, False)
        if not {"connection", "parent", "asset"} & set(self.query.group_by):
            by_provider, by_currency = self.must_split([self.cells, self.whole])
            self.split = by_provider and "provider" not in self.query.group_by, by_currency
        return self.cut(self.everything())

    def everything(self) -> dict[Place, Figures]:
        """Each row's figures, of what is split and of what that leaves over."""
        places = {self.place(cell) for some in (self.cells, self.own) for cells in some.values() for cell in cells}
        found = {place: {m.name: self.figure(m, place) for m in self.metrics} for place in places}
        if self.query.interval in SERIES and not self.query.group_by:
            series = {place.series() for place in places} or {Place()}
            every_period = [s._replace(period=p) for s in series for p in periods(self.query.interval, self.query.days)]
            found = {place: found.get(place, dict.fromkeys(self.query.metrics)) for place in every_period}
        else:
            found = {place: figures for place, figures in found.items() if any(v is not None for v in figures.values())}
        return found | self.remainder()

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
            cell.programme if "programme" in groups else None,
            cell.asset.parent if "parent" in groups else None,
            cell.asset if "asset" in groups else None,
            cell.key if self.dimension and key else "",
        )

    def figure(self, metric: Metric, place: Place) -> Decimal | None:
        cells = [cell for cell in self.cells[metric.name] if self.place(cell) == place]
        if metric.adds is Adds.NEVER:
            return self.alone(self.cells[metric.name], cells, place)
        figure = self.seen(metric, cells)
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
                        rest[metric.name] = as_seen(metric, whole - (shown or 0), cells, self.bearer)
        return found

    def cells_at(self, metric: Metric, places: Iterable[Place]) -> list[Told]:
        """What rows are made of; of what a split leaves over, the plain figures."""
        places = set(places)
        found = [c for some in (self.cells, self.own) for c in some.get(metric.name, []) if self.place(c) in places]
        if metric.adds in (Adds.SUM, Adds.SUM_WITHIN_PROVIDER) and any(place.key is None for place in places):
            plain = self.choice.counted(metric, self.query.days, self.by_row._replace(dimension="", key=False))
            found += [cell for cell in plain if self.place(cell, key=False)._replace(key=None) in places]
        return found

    # --- Names, order and limit ---------------------------------------------------------------------------------------

    def row(self, place: Place) -> dict[str, Any]:
        """What it is and when it begins, and its names."""
        row_type = "remainder" if place.key is None else "plain"
        return {"row_type": row_type, "period_start": self.start(place)} | self.named(place)

    def start(self, place: Place) -> str | None:
        if place.period is None:
            return None
        moment = datetime.combine(place.period, time(place.at // 60, place.at % 60))
        has_clock = self.query.interval in (ReportInterval.HOUR, ReportInterval.MINUTE)
        return moment.isoformat() if has_clock else place.period.isoformat()

    def named(self, place: Place) -> dict[str, Any]:
        link, customer, asset = place.link, place.customer, place.asset
        parent = asset.parent if asset else place.parent
        programme = asset.programme if asset and asset.kind != "account" else place.programme
        values = {
            "period": label(self.query.interval, place.period, place.at) if place.period else None,
            "customer": customer and customer.slug,
            "customer_name": customer and customer.name,
            "connection": link and link.slug,
            "connection_name": link and link.name,
            "provider": link.provider if link else place.provider,
            "currency": (link.currency if link else place.currency or self.one_currency([self.cells, self.whole]))
            or None,
            "programme": programme and programme.slug,
            "programme_name": programme and programme.name,
            "asset": asset and asset.external_id,
            "asset_kind": asset and asset.kind,
            "asset_title": asset and asset.title,
            "parent": parent and parent.external_id,
            "parent_title": parent and parent.title,
            self.dimension: place.key,
        }
        return {name: values[name] for name in self.labels}

    def cut(self, found: dict[Place, Figures]) -> list[dict[str, Any]]:
        """In their order, those beyond the limit as one row: of all, or of each period."""
        rows = [(self.row(place) | figures, place) for place, figures in found.items()]
        order = self.query.order_by or ((f"-{self.query.metrics[0]}",) if self.query.limit else ())
        rows = ordered(rows, [*order, *self.labels])
        if self.query.limit_per != "period":
            return self.cut_one(rows, Place())
        slots = sorted({place[:2] for _, place in rows}, reverse=order[:1] == ("-period",))
        of_each = [(slot, [pair for pair in rows if pair[1][:2] == slot]) for slot in slots]
        return [row for slot, some in of_each for row in self.cut_one(some, Place(*slot))]

    def cut_one(self, rows: list[tuple[dict[str, Any], Place]], slot: Place) -> list[dict[str, Any]]:
        limit = self.query.limit or len(rows)
        rest = [
            place
            for row, place in rows[limit:]
            if not all(self.stands_beside(place, m) for m in self.metrics if row[m.name] is not None) or not place.asset
        ]
        shown = [row for row, _ in rows[:limit]]
        other = [self.other(slot, rest)] if rest else []
        self.finals += [self.is_final(place) for _, place in rows[:limit]]
        self.finals += [self.is_final(slot, is_other=True) for _ in other]
        if self.comparison:
            shown = [row | self.comparison.of_row(row, place) for row, place in rows[:limit]]
            seen = {place for _, place in rows[:limit]}
            other = [row | self.comparison.of_others(row, slot, rest, seen) for row in other]
        return shown + other

    def stands_beside(self, place: Place, metric: Metric) -> bool:
        """A playlist, or an application, is in no sum with what it holds: it is left out of all others, too, where anything
        that it may hold reports the figure."""
        if place.asset is None or LEVELS.get(place.asset.kind) != "playlist":
            return False
        return any(cell.level == "asset" and cell.link == place.link for cell in self.reported[metric.name])

    def other(self, slot: Place, rest: list[Place]) -> dict[str, Any]:
        """The figures of all the rest together: an account there stands for its assets."""
        row: dict[str, Any] = {"row_type": "other"} | dict.fromkeys(self.labels) | {"period_start": self.start(slot)}
        if "period" in row and slot.period:
            row["period"] = self.named(slot)["period"]
        for name in {"provider", "currency"} & set(self.labels) - set(self.query.group_by):  # what may be added to what
            values = {self.named(place)[name] for place in rest}
            row[name] = values.pop() if len(values) == 1 else None
        return row | {m.name: self.of_others(m, set(rest)) for m in self.metrics}

    def of_others(self, metric: Metric, rest: set[Place]) -> Decimal | None:
        places = {place for place in rest if not self.stands_beside(place, metric)}
        left_over = {place for place in places if place.key is None}
        left = {place: some[metric.name] for place, some in self.remainder().items() if place in left_over}
        left = {place: value for place, value in left.items() if value is not None}
        if left:
            return self.with_remainders(metric, places, left)
        if left_over and metric.adds not in (Adds.SUM, Adds.SUM_WITHIN_PROVIDER):
            return None
        cells = highest([cell for cell in self.cells[metric.name] if self.place(cell) in places])
        if metric.adds is Adds.NEVER:
            return alone(cells) and self.figure(metric, self.place(cells[0]))
        if metric.adds is Adds.LAST and len({cell.period for cell in cells}) > 1:
            return None
        figure = self.seen(metric, cells)
        if figure is None and metric.cell:
            own = highest([cell for cell in self.own[metric.name] if self.place(cell) in places])
            return alone(own) and self.figure(metric, self.place(own[0]))
        return figure

    def with_remainders(self, metric: Metric, places: set[Place], left: dict[Place, Decimal]) -> Decimal | None:
        """The plain figures of the places with a remainder, without what is shown of them, and the other rows. Nobody knows
        what of it is counted twice, where it is of an account and of its assets."""
        keyed = [cell for cell in self.cells[metric.name] if self.place(cell) in places]
        split = [cell for cell in self.cells[metric.name] if self.place(cell)._replace(key=None) in left]
        grain = self.by_row._replace(dimension="", key=False)
        plain = [
            cell
            for cell in self.choice.counted(metric, self.query.days, grain)
            if self.place(cell, key=False)._replace(key=None) in left
        ]
        for cells in (plain, keyed + split):
            if len({(cell.link, cell.level) for cell in cells}) > len({cell.link for cell in cells}):
                return None
        if is_mixed(metric, keyed + split + plain):
            return None
        return (added(metric, keyed) or Decimal(0)) + sum(left.values(), Decimal(0))


def ordered(rows: list[tuple[dict[str, Any], Any]], names: Iterable[str]) -> list[tuple[dict[str, Any], Any]]:
    """By the first name, then the next; unknown values last in both directions."""
    for name in reversed(list(names)):
        column = name.removeprefix("-")
        known = [row for row in rows if row[0][column] is not None]
        known.sort(key=lambda row: row[0][column], reverse=name.startswith("-"))
        rows = known + [row for row in rows if row[0][column] is None]
    return rows
