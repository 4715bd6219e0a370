"""Whose asset on which days: by hand, or by the rules. The only writer of assignments, so that totals follow each change.

    assign_new()   new assets: the best rule's customer, always
    apply_rule()   a rule was made or changed: what rules gave is given anew, from today on; history stays unless asked for
    assign()       by hand: these days are this customer's, whatever was assigned before

What was assigned by hand (without a rule) is never touched by a rule. The connections are locked first, as a store
locks them, so that no figure is added to a total while its owner changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects

from reporting.ledger.assignment_writes import BATCH, Changes, first_day, last_day
from reporting.models import NEVER_CAUGHT, Asset, AssetRule, Assignment, AssignmentRule, Connection, Customer, Tenant
from reporting.tenancy.scoping import tenant_scope

Rule = TypeVar("Rule", bound=AssetRule)


def assign_new(assets: Iterable[Asset], counted: bool = False) -> list[Asset]:
    """Gives each asset that has no assignment to the customer of its best rule, always; returns those given.

    `counted`: facts of them may be stored already (they were renamed, say), so totals must be mended.
    """
    assets = list(assets)
    if not assets:
        return []
    with tenant_scope(assets[0].tenant_id):
        rules = list(AssignmentRule.objects.all())
        if any(rule.parent for rule in rules):
            prefetch_related_objects(assets, "parent")
        if counted and rules:
            _lock({asset.connection_id for asset in assets})
        owned = set(Assignment.objects.filter(asset__in=assets).values_list("asset_id", flat=True))
        changes = Changes()
        for asset in assets:
            if asset.pk not in owned and (rule := best(rules, asset)):
                changes.give(asset, rule.customer_id, None, None, rule.pk)
        return changes.write(mend=counted)


def apply_rule(rule: AssignmentRule, from_day: date | None = None, history: bool = False) -> list[Asset]:
    """A rule was made or changed. Returns the assets whose customer it changed.

    Matching assets without any assignment get their best rule's customer always. What rules gave to matching assets (or this
    rule to assets that it does not match any more) follows the rules as they are now: from the tenant's today on, from
    `from_day`, or with `history` from the beginning.
    """
    with tenant_scope(rule.tenant_id):
        _lock(_connections_of(rule))
        first = from_day or (date.min if history else today(rule.tenant))
        rules = list(AssignmentRule.objects.all())
        changes = Changes()
        for asset, rows in _concerned(rule):
            winner = best(rules, asset)
            if winner and not rows:
                changes.give(asset, winner.customer_id, None, None, winner.pk)
            for row in rows:
                if row.rule_id is not None and last_day(row) >= first:
                    _follow(changes, asset, row, winner, first)
        return changes.write()


def assign(
    asset: Asset, customer: Customer | None, from_day: date | None = None, to_day: date | None = None
) -> list[Asset]:
    """By hand: the days (open ends: always) are the customer's, or nobody's where it is None. Returns [asset] where that
    changes anything. Raises ValidationError for days in the wrong order, and for another tenant's customer."""
    return assign_all([asset], customer, from_day, to_day)


def assign_all(
    assets: Sequence[Asset], customer: Customer | None, from_day: date | None = None, to_day: date | None = None
) -> list[Asset]:
    """`assign` for several assets of one tenant at once."""
    first, last = from_day or date.min, to_day or date.max
    if first > last:
        raise ValidationError({"to_day": f"The last day, {last}, is before the first, {first}."})
    if customer and any(asset.tenant_id != customer.tenant_id for asset in assets):
        raise ValidationError({"customer": f"{customer} belongs to another tenant than the asset."})
    if not assets:
        return []
    with tenant_scope(assets[0].tenant_id):
        _lock({asset.connection_id for asset in assets})
        known = _rows_of(assets)
        changes = Changes()
        for asset in assets:
            touched = [row for row in known[asset.pk] if first_day(row) <= last and last_day(row) >= first]
            if not any(_is_said_by(row, customer, first, last) for row in touched):
                for row in touched:
                    changes.cut(asset, row, first, last)
                if customer is not None:
                    changes.give(asset, customer.pk, from_day, to_day, None)
        return changes.write()


def best(rules: Iterable[Rule], asset: Asset) -> Rule | None:
    """The first that matches; rules come in their order of precedence (`AssetRule.Meta.ordering`)."""
    return next((rule for rule in rules if rule.matches(asset)), None)


def today(tenant: Tenant) -> date:
    """The tenant's day."""
    return datetime.now(ZoneInfo(tenant.time_zone)).date()


def _lock(connections: Iterable[int]) -> None:
    """In the order of their ids, so that two changes do not wait for each other."""
    list(Connection.objects.select_for_update().filter(pk__in=list(connections)).order_by("pk").values_list("pk"))


def _connections_of(rule: AssignmentRule) -> set[int]:
    """Those whose assets it may give, and those where it has given some before it was changed."""
    if rule.connection_id is None:
        return set(Connection.objects.values_list("pk", flat=True))
    given = Assignment.objects.filter(rule=rule).values_list("asset__connection_id", flat=True)
    return {rule.connection_id, *given.distinct().order_by()}


def _concerned(rule: AssignmentRule) -> Iterable[tuple[Asset, list[Assignment]]]:
    """Each asset that the rule matches or has given away, with all of its assignments."""
    given = set(Assignment.objects.filter(rule=rule).values_list("asset_id", flat=True))
    candidates = (
        Asset.objects.exclude(kind__in=NEVER_CAUGHT)
        .select_related("parent")
        .only("tenant_id", "connection_id", "external_id", "title", "kind", "parent__external_id")
    )
    concerned = [asset for asset in candidates.iterator(BATCH) if asset.pk in given or rule.matches(asset)]
    for start in range(0, len(concerned), BATCH):
        batch = concerned[start : start + BATCH]
        known = _rows_of(batch)
        yield from ((asset, known[asset.pk]) for asset in batch)


def _rows_of(assets: Sequence[Asset]) -> defaultdict[int, list[Assignment]]:
    rows: defaultdict[int, list[Assignment]] = defaultdict(list)
    for row in Assignment.objects.filter(asset__in=assets):
        rows[row.asset_id].append(row)
    return rows


def _follow(changes: Changes, asset: Asset, row: Assignment, winner: AssignmentRule | None, first: date) -> None:
    """What a rule gave is the winner's from `first` on."""
    if winner and winner.customer_id == row.customer_id:
        changes.credit(row, winner)
        return
    changes.cut(asset, row, first, date.max)
    if winner:
        starts = row.from_day if first_day(row) >= first else first
        changes.give(asset, winner.customer_id, starts, row.to_day, winner.pk)


def _is_said_by(row: Assignment, customer: Customer | None, first: date, last: date) -> bool:
    """True where the row assigns these days to this customer by hand already."""
    said = customer is not None and row.rule_id is None and row.customer_id == customer.pk
    return said and first_day(row) <= first and last_day(row) >= last
