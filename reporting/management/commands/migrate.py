"""`migrate` as the role that owns the tables, so that the app's own role owns nothing and every policy holds for it."""

from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connections

from reporting.tenancy.scoping import OWNER_ROLE, STAFF_ROLE

# Default privileges belong to one database, so each one (a test's too) is given them before its first table.
GRANTS = f"""
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{login}}, {STAFF_ROLE};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {{login}}, {STAFF_ROLE};
"""


class Command(migrate.Command):
    """Django's command, between SET ROLE and RESET ROLE."""

    def handle(self, *args: Any, **options: Any) -> None:
        database = connections[options["database"]]
        with database.cursor() as cursor:
            cursor.execute("SELECT current_user, has_schema_privilege(%s, 'public', 'CREATE')", [OWNER_ROLE])
            login, may_create = cursor.fetchone()
            if not may_create:  # a database that this role made itself, for tests; NOINHERIT hides its owner's rights
                cursor.execute(f"SET ROLE pg_database_owner; GRANT CREATE ON SCHEMA public TO {OWNER_ROLE}; RESET ROLE")
            cursor.execute(f"SET ROLE {OWNER_ROLE}")
            cursor.execute(GRANTS.format(login=database.ops.quote_name(login)))
        try:
            super().handle(*args, **options)
            if options["app_label"] is None:
                call_command("createcachetable", database=options["database"], verbosity=0)
        finally:
            with database.cursor() as cursor:
                cursor.execute("RESET ROLE")
