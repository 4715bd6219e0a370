"""What a provisioning run did: a line for each thing made or changed, and how many were as the file wants them already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models


@dataclass
class Report:
    """`lines` name things as tenant/connection/asset, and what of them changed, never a value."""

    warnings: list[str]
    dry_run: bool = False
    lines: list[str] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def say(self, verb: str, what: str) -> None:
        """`verb` is one that ends in -e, whose past needs a -d only."""
        self.lines.append(f"would {verb} {what}" if self.dry_run else f"{verb}d {what}")

    def note_created(self, what: str) -> None:
        self.created += 1
        self.say("create", what)

    def note_rest(self, what: str, changed: list[str]) -> None:
        """Of something that was there before."""
        if changed:
            self.updated += 1
            self.say("update", f"{what} ({', '.join(changed)})")
        else:
            self.unchanged += 1

    def put(self, what: str, row: models.Model, values: Mapping[str, Any]) -> bool:
        """Saves what differs; returns whether anything did."""
        changed = set_all(row, values)
        if row.pk is None:
            row.save()
            self.note_created(what)
            return True
        if changed:
            row.save(update_fields=changed)
        self.note_rest(what, changed)
        return bool(changed)

    @property
    def summary(self) -> str:
        return f"{self.created} created, {self.updated} updated, {self.unchanged} unchanged."


def set_all(row: models.Model, values: Mapping[str, Any]) -> list[str]:
    """Sets what differs; returns the names of it."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed
