"""What a change of assignments writes: days cut out of old assignments, days given by new ones, and the totals mended after.

`assignments.py` decides; here it is put down in few statements, whatever the number of assets.
"""

from collections import defaultdict
from contextlib import ExitStack
from datetime import date, timedelta

from reporting.ledger import daily_totals
from reporting.models import Asset, Assignment, AssignmentRule

DAY = timedelta(days=1)
BATCH = 2000


def first_day(row: Assignment) -> date:
    return row.from_day or date.min


def last_day(row: Assignment) -> date:
    return row.to_day or date.max


class Changes:
    """Collects, then writes: first the days that become free, then those that are given (no day has two customers)."""

    def __init__(self) -> None:
        self.gone: list[int] = []
        self.kept: defaultdict[tuple[str, date | int], list[int]] = defaultdict(list)  # (column, new value) -> rows
        self.new: list[Assignment] = []
        self.affected: dict[int, Asset] = {}
        self.days: dict[int, tuple[date, date]] = {}  # connection -> the first and the last day that changes

    def give(
        self, asset: Asset, customer_id: int, from_day: date | None, to_day: date | None, rule_id: int | None
    ) -> None:
        row = _row(asset, customer_id, from_day, to_day, rule_id)
        self.new.append(row)
        self._touch(asset, first_day(row), last_day(row))

    def credit(self, row: Assignment, rule: AssignmentRule) -> None:
        """Another rule of the same customer: no figure changes."""
        if row.rule_id != rule.pk:
            self.kept["rule_id", rule.pk].append(row.pk)

    def cut(self, asset: Asset, row: Assignment, first: date, last: date) -> None:
        """Takes the days first…last out of the row, which may leave a part before and a part after."""
        self._touch(asset, max(first, first_day(row)), min(last, last_day(row)))
        has_before, has_after = first_day(row) < first, last_day(row) > last
        if has_before:
            self.kept["to_day", first - DAY].append(row.pk)
        if has_before and has_after:
            self.new.append(_row(asset, row.customer_id, last + DAY, row.to_day, row.rule_id))
        elif has_after:
            self.kept["from_day", last + DAY].append(row.pk)
        elif not has_before:
            self.gone.append(row.pk)

    def write(self, mend: bool = True) -> list[Asset]:
        with ExitStack() as totals:
            for (first, last), ids in self._moved().items() if mend else ():
                whole = None if first == date.min else first, None if last == date.max else last
                totals.enter_context(daily_totals.moving(ids, *whole))
            Assignment.objects.filter(pk__in=self.gone).delete()
            for (column, value), rows in self.kept.items():
                Assignment.objects.filter(pk__in=rows).update(**{column: value})
            Assignment.objects.bulk_create(self.new, batch_size=BATCH)
        return list(self.affected.values())

    def _moved(self) -> dict[tuple[date, date], list[int]]:
        """Days -> the assets whose figures of these days move."""
        assets: defaultdict[tuple[date, date], list[int]] = defaultdict(list)
        for asset in self.affected.values():
            assets[self.days[asset.connection_id]].append(asset.pk)
        return dict(sorted(assets.items()))

    def _touch(self, asset: Asset, first: date, last: date) -> None:
        self.affected[asset.pk] = asset
        known_first, known_last = self.days.get(asset.connection_id, (first, last))
        self.days[asset.connection_id] = min(first, known_first), max(last, known_last)


def _row(asset: Asset, customer_id: int, from_day: date | None, to_day: date | None, rule_id: int | None) -> Assignment:
    days = {"from_day": from_day, "to_day": to_day}
    return Assignment(tenant_id=asset.tenant_id, asset=asset, customer_id=customer_id, rule_id=rule_id, **days)
