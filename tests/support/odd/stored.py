"""What the database holds of a feed, so that before and after can be compared: facts in all columns but their snapshot,
sessions, daily totals, restatements, assets, and how far the feed has come."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from reporting.models import Asset, Connection, DailyTotal, Fact, FeedProgress, PpvSession, Restatement
from reporting.tenancy.scoping import tenant_scope

Rows = Counter[tuple[Any, ...]]
OF_ASSET = ("external_id", "kind", "title", "status", "modified_at", "settled_at", "listed_by", "unlisted_since")


@dataclass
class Stored:
    tables: dict[str, Rows]
    waits: str  # what the progress says that is still to be had

    @classmethod
    def of(cls, connection: Connection, feed: str) -> "Stored":
        with tenant_scope(connection.tenant_id):
            mine = {"connection": connection}
            progress = list(FeedProgress.objects.filter(feed=feed, **mine))
            tables = {
                "facts": _rows(Fact.objects.filter(**mine), "snapshot_id"),
                "sessions": _rows(PpvSession.objects.filter(**mine), "snapshot_id"),
                "totals": _rows(DailyTotal.objects.filter(**mine)),
                "restatements": Counter({("all",): Restatement.objects.filter(**mine).count()}),
                "assets": Counter(Asset.objects.filter(**mine).values_list(*OF_ASSET)),
                "progress": Counter((str(one.asset_id), str(one.covered), str(one.final)) for one in progress),
            }
            return cls(tables, "; ".join(_waiting(one) for one in progress if _waiting(one)))

    @property
    def says_something(self) -> bool:
        return any(self.tables[name] for name in ("facts", "sessions", "assets")) and not self.waits

    def differs_from(self, before: "Stored", without: date | None = None) -> str:
        """The tables that are not as before, with the first row that came or went; rows of the day `without` left out."""
        found = []
        for name, rows in self.tables.items():
            gone, come = (
                _without(change, without) for change in (before.tables[name] - rows, rows - before.tables[name])
            )
            if gone or come:
                found.append(f"{name}: {_first(gone, 'gone')}{_first(come, 'come')}")
        return "; ".join(found)

    def lacks(self, before: "Stored") -> str:
        """What was there before and is not now; other things may be. Totals sum over all of them."""
        kept = ("facts", "sessions", "assets", "progress")
        return "; ".join(
            f"{name}: {_first(gone, 'gone')}" for name in kept if (gone := before.tables[name] - self.tables[name])
        )


def _waiting(progress: FeedProgress) -> str:
    parts = {"failures": progress.failures, "held": str(progress.held or ""), "error": progress.last_error}
    return ", ".join(f"{name} {value}" for name, value in parts.items() if value)


def _rows(found: Any, *without: str) -> Rows:
    names = [field.attname for field in found.model._meta.concrete_fields if field.attname not in (*without, "id")]
    return Counter(found.values_list(*names))


def _without(rows: Rows, day: date | None) -> Rows:
    return Counter({row: times for row, times in rows.items() if day is None or day not in row})


def _first(rows: Rows, word: str) -> str:
    return f"{sum(rows.values())} {word}, as {next(iter(rows))} " if rows else ""
