"""Assets that are seen first, or have another title now: the rules say whose they are, and what they are copies of."""

from collections.abc import Iterable

from reporting.ledger.assignments import assign_new
from reporting.ledger.programmes import place_new
from reporting.models import Asset, AssignmentRule, ProgrammeRule


def has_rules() -> bool:
    """Whether the tenant whose scope is open has any, of either kind."""
    return AssignmentRule.objects.exists() or ProgrammeRule.objects.exists()


def catch_new(assets: Iterable[Asset], counted: bool = False) -> None:
    """By rules of both kinds. `counted`: facts of them may be stored already (they were renamed, say)."""
    assets = list(assets)
    assign_new(assets, counted)
    place_new(assets)
