"""`manage.py rotate_credentials`: re-encrypts every stored secret with the first key of CREDENTIALS_KEYS.

To change keys without downtime: put the new key first and keep the old one, restart, run this, then take the old key out.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reporting.encryption import UndecryptableError, is_newest, key_ids, seal, unseal
from reporting.models import Connection, PpvAccess, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope

BATCH = 200  # rows locked at once
SEALED: list[tuple[type[Connection] | type[PpvAccess], tuple[str, ...]]] = [
    (Connection, ("sealed_credentials", "sealed_session")),
    (PpvAccess, ("sealed_hash",)),
]
PLACED_BY: dict[type[Connection] | type[PpvAccess], tuple[str, ...]] = {
    Connection: (),
    PpvAccess: ("asset__connection",),
}


class Command(BaseCommand):
    help = (
        "Re-encrypts every credential with the newest key, the first of CREDENTIALS_KEYS. Can be run again at any time. "
        "Exit 1 where a secret can't be decrypted: it is named, and the others go on."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.counts: Counter[str] = Counter()
        with all_tenants():
            tenants = list(Tenant.objects.order_by("slug"))
        for tenant in tenants:
            for model, columns in SEALED:
                for ids in batches(tenant, model):
                    self.rotate(tenant, model, columns, ids)
        newest, counts = key_ids()[0], self.counts
        self.stdout.write(
            f"{counts['moved']} secrets re-encrypted with key {newest}, {counts['there']} had it already."
        )
        if counts["lost"]:
            raise CommandError(f"{counts['lost']} secrets can't be decrypted; keep the old keys until that is mended.")
        self.stdout.write("The other keys may be taken out of CREDENTIALS_KEYS.")

    def rotate(
        self, tenant: Tenant, model: type[Connection] | type[PpvAccess], columns: tuple[str, ...], ids: list[int]
    ) -> None:
        """Reads the rows under their locks: whoever saves one at the same time waits, or has saved before."""
        with tenant_scope(tenant):
            rows = model.objects.select_for_update(of=("self",)).select_related(*PLACED_BY[model])
            for row in rows.filter(pk__in=ids).order_by("pk"):
                moved = [column for column in columns if self.reseal(tenant, row, column)]
                if moved:
                    row.save(update_fields=moved)

    def reseal(self, tenant: Tenant, row: Connection | PpvAccess, column: str) -> bool:
        """Opens the secret even where the newest key sealed it, so that a damaged one is found."""
        sealed = getattr(row, column)
        if not sealed:
            return False
        try:
            secret = unseal(sealed, row.place)
        except UndecryptableError as error:
            self.counts["lost"] += 1
            self.stderr.write(f"tenant {tenant.slug}, {named(row)}, {column.removeprefix('sealed_')}: {error}")
            return False
        if is_newest(sealed):
            self.counts["there"] += 1
            return False
        setattr(row, column, seal(secret, row.place))
        self.counts["moved"] += 1
        return True


def batches(tenant: Tenant, model: type[Connection] | type[PpvAccess]) -> Iterator[list[int]]:
    with tenant_scope(tenant):
        ids = list(model.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def named(row: Connection | PpvAccess) -> str:
    """As people know it: a PPV access by its connection and label."""
    if isinstance(row, Connection):
        return f"connection {row.slug}"
    return f"connection {row.asset.connection.slug}, {row} of {row.asset.external_id}"
