"""One report, put together: reads what it needs, folds it, names it, orders it, and adds the notes."""

from dataclasses import replace
from decimal import localcontext

from reporting.metrics import METRICS
from reporting.models import Days
from reporting.periods import Range, compared
from reporting.query import as_of
from reporting.query.arithmetic import ALL_DIGITS, MONEY, currency_of, fold
from reporting.query.direct import DirectRows, is_direct
from reporting.query.finality import Marks, RowMarks, restatements_asked
from reporting.query.freshness import freshness_beside
from reporting.query.missing import Missing, missing_of, totals_of
from reporting.query.notes import Beside, notes_of
from reporting.query.question import ReportQuery
from reporting.query.report import Column, Figures, Freshness, ReportResult, Totals, columns_of
from reporting.query.result_rows import ListedRows, ResultRows, RowDict
from reporting.query.row_names import NamedRow, RowNames, labels_of, ordered
from reporting.query.rows import RowKey, Split, Subtotal, key_maker, mixture_of, other_row, rows_of, split_of
from reporting.query.scope import Scope, scope_of
from reporting.query.selection import CountedCells, Gatherer, readings_asked
from reporting.query.sql.cells import Cell

Shown = list[NamedRow]  # rows with their names and figures


def run(query: ReportQuery) -> ReportResult:
    """Inside the tenant's scope. Raises NotThere for a filter that names nothing, TooMuch for an answer of too many rows."""
    with localcontext(ALL_DIGITS):
        return Report(query, scope_of(query)).result()


class Report:
    def __init__(self, query: ReportQuery, scope: Scope) -> None:
        self.query, self.scope, self.links = query, scope, scope.connections
        self.metrics = [METRICS[name] for name in query.metrics]
        self.gather = Gatherer(query, scope)
        self.shown: list[str | None] = []  # the names of assets and keys in the rows

    def result(self) -> ReportResult:
        query, in_all = self.query, self.gather.of_totals(self.query.days)
        counted = None if is_direct(query) else self.gather.of_rows()
        readings = readings_asked(self.gather)
        missing = missing_of(self.gather, in_all, readings)
        freshness, unknown, restatements = self.reach(missing)
        marks = Marks(self.gather, freshness, missing, restatements)
        rows, columns, shown = self.grouped(counted, in_all, marks) if counted else self.direct(marks)
        total, totals = self.totals(in_all)
        return ReportResult(
            query=query.echo(),
            columns=columns,
            rows=shown,
            totals=totals,
            marks=marks.of_all(in_all),
            freshness=freshness,
            notes=notes_of(
                self.gather, counted, in_all, rows, total, Beside(freshness, missing, readings, unknown), self.shown
            ),
            unattributed=None if query.is_of_customers_or_assets else self.unattributed(total),
            previous=self.previous() if query.compare else None,
            totals_of=totals_of(self.gather, in_all, missing, marks.unread),
        )

    def grouped(
        self, counted: CountedCells, in_all: CountedCells, marks: Marks
    ) -> tuple[list[Subtotal], list[Column], ResultRows]:
        """The rows, their columns, and the rows as they are shown."""
        query, of_rows = self.query, RowMarks(marks, counted, self.links)
        split = split_of(query, self.links, [*counted.adding, *in_all.adding])
        plain = self.gather.of_remainder() if query.grouped_dimension else []
        rows, columns = rows_of(query, self.links, split, counted, plain), self.columns(split)
        of_rows.count(rows, key_maker(query, self.links, split))
        shown = self.named(rows, columns, self.currency([counted, in_all]), (counted, split))
        return rows, columns, ListedRows(query.metrics, [named | of_rows.of(row) for named, row in shown])

    def direct(self, marks: Marks) -> tuple[list[Subtotal], list[Column], ResultRows]:
        """The same for rows that come as they are. None needs a note that the totals do not have."""
        query, columns = self.query, self.columns(Split())
        found = self.gather.cells.of_assets(query.metrics, query.days, self.gather.by)
        names = RowNames(query, self.scope, {row[1] for row in found}, {row[3] for row in found}, None)
        self.shown += [asset.word for asset in names.assets.values()]
        wanted = [column.name for column in columns if column.name not in METRICS and column.name != "period"]

        def names_of(customer: int, connection: int, asset: int) -> RowDict:
            values = names.values(RowKey(customer=customer, connection=connection, asset=asset))
            return {name: values[name] for name in wanted}

        return [], columns, DirectRows.of(query, found, names_of, marks.of_days, marks.of_assets())

    def reach(self, missing: list[Missing]) -> tuple[list[Freshness], dict[int, Days], list[Cell]]:
        """How far the figures reach, and how often they were restated; as of a day, after they were read, also the days
        that are not known of then. A connection of which anything is missing is not complete."""
        moment, scope, unknown = self.query.moment, self.scope, dict[int, Days]()
        if moment is not None:
            unknown = as_of.unknown_days(self.gather.cells)
        asked = restatements_asked(self.gather)
        freshness, rows = freshness_beside(scope, self.query.days, asked, with_held=moment is not None)
        if moment is not None:
            freshness = as_of.freshness_then(scope, self.query.days, moment, unknown, freshness)
        lacking = {self.links[one.connection].slug for one in missing}
        freshness = [replace(one, complete=one.complete and one.connection not in lacking) for one in freshness]
        return freshness, unknown, [Cell._make(row) for row in rows]

    def columns(self, split: Split) -> list[Column]:
        added = ["provider"] if split.provider else []
        return columns_of(self.query.metrics, self.query.interval, self.query.group_by, added)

    def totals(self, counted: CountedCells) -> tuple[Subtotal, Totals]:
        """As a row without a key, and as figures."""
        row = Subtotal(
            RowKey(),
            fold(counted.adding, self.links, lambda cell: None).get(None, {})
            | fold(counted.exact, self.links, lambda cell: None, exact=True).get(None, {}),
            fold(counted.stand_ins, self.links, lambda cell: None, exact=True).get(None, {}),
        )
        unknown = as_of.unknown_of(row, self.metrics) if self.query.as_of else frozenset[str]()
        return row, Totals(self.figures(row), self.currency([counted]), self.parts(counted), unknown)

    def currency(self, counted: list[CountedCells]) -> str | None:
        """The one currency of all money that counts."""
        cells = (cell for one in counted for cell in one.adding if cell.metric in MONEY and cell.value is not None)
        currencies = {currency_of(self.links[cell.connection]) for cell in cells}
        only = currencies.pop() if len(currencies) == 1 else None
        return only if isinstance(only, str) else None

    def parts(self, counted: CountedCells) -> list[RowDict]:
        """The totals of each provider, or each currency, where they must be kept apart."""
        mixture = mixture_of(self.links, counted.adding)
        if not mixture:
            return []

        def place(cell: Cell) -> tuple[str, str]:
            link = self.links[cell.connection]
            return (link.provider if mixture.provider else "", link.currency if mixture.currency else "")

        rows: list[RowDict] = []
        for (provider, currency), sums in sorted(fold(counted.adding, self.links, place).items()):
            apart: RowDict = {"provider": provider} if mixture.provider else {}
            apart |= {"currency": currency or None} if mixture.currency else {}
            rows.append(apart | self.figures(Subtotal(RowKey(), sums)))
        return rows

    def figures(self, row: Subtotal) -> Figures:
        figures = {metric.name: row.figure(metric) for metric in self.metrics}
        return as_of.known(figures) if self.query.as_of else figures

    def unattributed(self, total: Subtotal) -> Figures:
        """The totals minus what assets (or customers, or parents, in a report by those) report."""
        found = fold(self.gather.attributed(), self.links, lambda cell: None).get(None, {})
        figures = self.figures(total)
        for metric in self.metrics:
            whole, part = figures[metric.name], found.get(metric.name)
            adds = not (metric.is_distinct or metric.is_ratio) and not (part and part.is_mixed)
            figures[metric.name] = whole - (part.value if part else 0) if whole is not None and adds else None
        return as_of.known(figures) if self.query.as_of else figures

    def previous(self) -> tuple[Range, Totals]:
        days = compared(self.query.days, self.query.compare)
        return days, self.totals(self.gather.of_totals(days))[1]

    # --- Names, order and limit ---------------------------------------------------------------------------------------

    def named(
        self, rows: list[Subtotal], columns: list[Column], currency: str | None, made_of: tuple[CountedCells, Split]
    ) -> list[tuple[RowDict, Subtotal]]:
        """The rows as they are shown: ordered, cut to the limit, the part that is not split by the dimension last."""
        names, labels = self.names_of(rows, currency), labels_of(columns)
        shown, beyond, rest = self.cut(rows, columns, names)
        if beyond:
            other = other_row(self.query, self.links, *made_of, [row for _, row in beyond])
            shown.append((names.other([named for named, _ in beyond], labels) | self.figures(other), other))
        return [*shown, *ordered(rest, self.query.order_by, labels)]

    def names_of(self, rows: list[Subtotal], currency: str | None) -> RowNames:
        keys = [row.key for row in rows]
        assets = {key.asset for key in keys} | {key.parent for key in keys}
        names = RowNames(self.query, self.scope, {key.customer for key in keys}, assets, currency)
        self.shown += [*(key.key for key in keys), *(asset.word for asset in names.assets.values())]
        return names

    def cut(self, rows: list[Subtotal], columns: list[Column], names: RowNames) -> tuple[Shown, Shown, Shown]:
        """In their order those that are shown, and those beyond the limit; then what a dimension leaves over."""
        shown = [(names.row(row, self.figures(row), columns), row) for row in rows]
        rest = [pair for pair in shown if pair[1].key.key is None]
        shown = ordered([pair for pair in shown if pair[1].key.key is not None], self.order(), labels_of(columns))
        limit = self.query.limit or len(shown)
        return shown[:limit], shown[limit:], rest

    def order(self) -> tuple[str, ...]:
        """As asked; with a limit the largest first."""
        return self.query.order_by or ((f"-{self.query.metrics[0]}",) if self.query.limit else ())
