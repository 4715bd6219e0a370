"""Programmes: the works that assets of several providers are copies of."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from reporting.models.assets import NEVER_CAUGHT, Asset, AssetRule
from reporting.models.tenancy import TenantModel

NO_COPIES = NEVER_CAUGHT  # kinds of assets that are in no programme, by whatever way: an account, an application
MOST_TAGS, LONGEST_TAG = 50, 200


def check_tags(tags: Any) -> None:
    """Raises ValidationError for anything but an object of words."""
    if not isinstance(tags, dict):
        raise ValidationError('Tags are an object of words, like {"series": "Cup"}.')
    if wrong := [name for name, word in tags.items() if not (name.strip() and isinstance(word, str))]:
        raise ValidationError(f"The tag “{wrong[0]}” needs a name, and a word in quotes.")
    if len(tags) > MOST_TAGS or any(len(text) > LONGEST_TAG for pair in tags.items() for text in pair):
        raise ValidationError(f"There may be {MOST_TAGS} tags, each name and word of {LONGEST_TAG} characters at most.")
    if any("\0" in text for pair in tags.items() for text in pair):
        raise ValidationError("There is a NUL character in a tag.")


class Programme(TenantModel):
    """A work, such as a final, whose copies are assets of several providers."""

    slug = models.SlugField()
    name = models.CharField(max_length=200)
    tags = models.JSONField(
        default=dict,
        blank=True,
        validators=[check_tags],
        help_text='Words, like {"series": "Cup", "licensor": "League"}.',
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="programme_slug"),
            models.CheckConstraint(
                condition=~Q(slug="-"),
                name="programme_is_no_dash",
                violation_error_message="In reports “-” means assets that are in no programme; choose another slug.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProgrammeRule(AssetRule):
    """Puts assets into a programme. A playlist stands beside the videos that it plays, so no rule catches it."""

    never_caught: ClassVar[tuple[str, ...]] = (*NO_COPIES, Asset.Kind.PLAYLIST)

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="rules")

    class Meta(AssetRule.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "programme", "connection", "parent", "pattern"],
                name="programme_rule_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.words} → {self.programme}"


class DismissedSuggestion(TenantModel):
    """A folded title that is not proposed as a programme again (`ledger/programme_suggestions.py`)."""

    title = models.CharField(max_length=500, db_collation="C")
    dismissed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["title"]
        constraints = [models.UniqueConstraint(fields=["tenant", "title"], name="dismissed_once")]

    def __str__(self) -> str:
        return self.title
