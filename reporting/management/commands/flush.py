"""`flush` as the role that owns the tables: the app's own role may not TRUNCATE, which no policy would hold back."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from reporting.tenancy.scoping import OWNER_ROLE


class Command(flush.Command):
    """Django's command, between SET ROLE and RESET ROLE."""

    def handle(self, **options: Any) -> None:
        database = connections[options["database"]]
        with database.cursor() as cursor:
            cursor.execute(f"SET ROLE {OWNER_ROLE}")
        try:
            super().handle(**options)
        finally:
            with database.cursor() as cursor:
                cursor.execute("RESET ROLE")
