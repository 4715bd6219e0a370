"""Assets of several connections that have the same title may be copies of one work: that is proposed, and never done by itself.

Titles are the same where case, accents, punctuation and white space make no difference. What a person put into a programme, or
took out of all, is not proposed; nor is a title whose copies are in several programmes, since a person knows better.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import count

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from reporting.ledger.programmes import put
from reporting.models import Asset, DismissedSuggestion, Programme, ProgrammeRule
from reporting.tenancy.scoping import tenant_scope

LONGEST = 500  # characters of a folded title that are compared
SEPARATOR = " "


@dataclass(frozen=True)
class Suggestion:
    """`assets` are in no programme yet; `programme` is the one that others of this title are in, if there is any."""

    title: str  # folded
    name: str
    programme: Programme | None
    assets: list[Asset]


def fold(title: str) -> str:
    """What is left of a title to compare: letters and figures. Numbers that stand apart stay apart: 1 11 is not 11 1."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", title).casefold())
    found: list[str] = []
    for sign in plain:
        if unicodedata.combining(sign):  # an accent
            continue
        if unicodedata.category(sign)[0] in "LNM":
            if found[-1:] == [SEPARATOR] and not (sign.isnumeric() and found[-2].isnumeric()):
                found.pop()
            found.append(sign)
        elif found and found[-1] != SEPARATOR:
            found.append(SEPARATOR)
    return "".join(found).strip()[:LONGEST]


def suggestions(tenant_id: int) -> list[Suggestion]:
    """Those of the most assets first."""
    with tenant_scope(tenant_id):
        dismissed = set(DismissedSuggestion.objects.values_list("title", flat=True))
        kinds = ProgrammeRule.never_caught
        assets = (
            Asset.objects.exclude(kind__in=kinds).exclude(title="").select_related("connection", "parent", "programme")
        )
        by_title: defaultdict[str, list[Asset]] = defaultdict(list)
        for asset in assets.order_by("connection__name", "external_id", "pk"):
            by_title[fold(asset.title)].append(asset)
        found = [_suggestion(title, some) for title, some in by_title.items() if title and title not in dismissed]
    return sorted((one for one in found if one), key=lambda one: (-len(one.assets), one.title))


def _suggestion(title: str, assets: Iterable[Asset]) -> Suggestion | None:
    assets = [asset for asset in assets if asset.programme or not asset.is_placed_by_hand]
    programmes = {asset.programme for asset in assets if asset.programme}
    without = [asset for asset in assets if not asset.programme]
    if not without or len(programmes) > 1 or len({asset.connection_id for asset in assets}) < 2:
        return None
    ((name, _),) = Counter(asset.title for asset in assets).most_common(1)
    return Suggestion(title, name, next(iter(programmes), None), without)


def accept(tenant_id: int, title: str, seen: Collection[int]) -> tuple[Programme, list[Asset]]:
    """Puts the assets of a suggestion that the person has `seen` (ids) into its programme, which is made where there is none.
    Raises ValidationError where it is not proposed any more."""
    with tenant_scope(tenant_id):
        one = next((one for one in suggestions(tenant_id) if one.title == title), None)
        assets = [asset for asset in one.assets if asset.pk in seen] if one else []
        if one is None or not assets:
            raise ValidationError(
                "This is not proposed any more: somebody decided it meanwhile, or a title was changed."
            )
        programme = one.programme or _of_that_name(tenant_id, one) or _made(tenant_id, one)
        return programme, put(assets, programme)


def dismiss(tenant_id: int, title: str) -> None:
    """It is not proposed again."""
    with tenant_scope(tenant_id):
        DismissedSuggestion.objects.get_or_create(tenant_id=tenant_id, title=title[:LONGEST])


def _of_that_name(tenant_id: int, one: Suggestion) -> Programme | None:
    named = [programme for programme in Programme.objects.all() if fold(programme.name) == one.title]
    return named[0] if len(named) == 1 else None


def _made(tenant_id: int, one: Suggestion) -> Programme:
    return Programme.objects.create(tenant_id=tenant_id, slug=free_slug(one.name), name=one.name[:200])


def free_slug(name: str) -> str:
    """One that no programme of the tenant has yet."""
    word = slugify(name)[:40].strip("-") or "programme"
    taken = set(Programme.objects.filter(slug__startswith=word).values_list("slug", flat=True))
    return next(slug for number in count(1) if (slug := word if number == 1 else f"{word}-{number}") not in taken)
