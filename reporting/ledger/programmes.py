"""Which programme an asset is a copy of: by hand, or by the rules. Figures stay where they are: no total is by programme.

    put()          by hand: these assets are copies of the programme, or of none
    place_new()    new assets: the best rule's programme
    apply_rule()   a rule was made or changed: what rules put into programmes follows them as they are now

What a person put into a programme, or into none, is never touched by a rule.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.core.exceptions import ValidationError
from django.db.models import Q, prefetch_related_objects

from reporting.ledger.assignment_writes import BATCH
from reporting.ledger.assignments import best
from reporting.models import NO_COPIES, Asset, Programme, ProgrammeRule
from reporting.tenancy.scoping import tenant_scope

# A programme without a rule was chosen by a person, or by a rule that is gone: both stay.
LEFT_TO_RULES = Q(is_placed_by_hand=False) & (Q(programme=None) | Q(programme_rule__isnull=False))


def put(assets: Sequence[Asset], programme: Programme | None) -> list[Asset]:
    """By hand. Returns those that this changes. Raises ValidationError for another tenant's programme, and for what is no copy
    of anything: an account, an application."""
    if programme:
        check_copies(assets, programme)
    if not assets:
        return []
    with tenant_scope(assets[0].tenant_id):
        to_put = Asset.objects.filter(pk__in=[asset.pk for asset in assets])
        before = dict(to_put.values_list("pk", "programme_id"))
        to_put.update(programme=programme, programme_rule=None, is_placed_by_hand=True)
    for asset in assets:
        asset.programme, asset.programme_rule, asset.is_placed_by_hand = programme, None, True
    chosen = programme.pk if programme else None
    return [asset for asset in assets if before.get(asset.pk, chosen) != chosen]


def check_copies(assets: Iterable[Asset], programme: Programme) -> None:
    """Raises ValidationError."""
    for asset in assets:
        if asset.tenant_id != programme.tenant_id:
            raise ValidationError({"programme": f"{programme} belongs to another tenant than the asset."})
        if asset.kind in NO_COPIES:
            words = f"“{asset}” is an {asset.kind}, which is no copy of a programme; choose what it holds."
            raise ValidationError({"programme": words})


def place_new(assets: Iterable[Asset]) -> list[Asset]:
    """Puts each asset that is in no programme into that of its best rule; returns those put."""
    assets = [asset for asset in assets if not asset.is_placed_by_hand and asset.programme_id is None]
    if not assets:
        return []
    with tenant_scope(assets[0].tenant_id):
        rules = list(ProgrammeRule.objects.all())
        if any(rule.parent for rule in rules):
            prefetch_related_objects(assets, "parent")
        return _follow((asset, rule) for asset in assets if (rule := best(rules, asset)))


def apply_rule(rule: ProgrammeRule) -> list[Asset]:
    """A rule was made or changed, or is asked to look at what is there. Returns the assets whose programme it changed: those
    that it matches, and those that it caught and does not match any more, as far as they are left to the rules."""
    with tenant_scope(rule.tenant_id):
        rules = list(ProgrammeRule.objects.all())
        candidates = Asset.objects.filter(LEFT_TO_RULES).select_related("parent").order_by("pk")
        concerned = (
            asset for asset in candidates.iterator(BATCH) if asset.programme_rule_id == rule.pk or rule.matches(asset)
        )
        return _follow((asset, best(rules, asset)) for asset in concerned)


def _follow(wanted: Iterable[tuple[Asset, ProgrammeRule | None]]) -> list[Asset]:
    """What is left to the rules goes into the programme of its rule, or into none. A person may have chosen meanwhile."""
    by_rule: defaultdict[tuple[int | None, int | None], list[Asset]] = defaultdict(list)
    for asset, rule in wanted:
        place = (rule.programme_id, rule.pk) if rule else (None, None)
        if place != (asset.programme_id, asset.programme_rule_id):
            by_rule[place].append(asset)
    changed: list[Asset] = []
    for (programme, rule_id), assets in by_rule.items():
        for some in _batches(assets):
            left = Asset.objects.filter(LEFT_TO_RULES, pk__in=[asset.pk for asset in some])
            left.update(programme_id=programme, programme_rule_id=rule_id)
        for asset in assets:
            if asset.programme_id != programme:
                changed.append(asset)
            asset.programme_id, asset.programme_rule_id = programme, rule_id
    return changed


def _batches(assets: Sequence[Asset]) -> Iterator[Sequence[Asset]]:
    return (assets[start : start + BATCH] for start in range(0, len(assets), BATCH))
