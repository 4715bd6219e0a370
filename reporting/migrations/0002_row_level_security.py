"""Closes every table of a tenant's rows, and lets an asset belong to at most one customer on any day."""

from django.db import migrations

from reporting.tenancy.scoping import row_level_security

TABLES = [
    "apitoken", "asset", "assignment", "assignmentrule", "connection", "customer", "dailytotal", "fact", "feedprogress",
    "membership", "ppvaccess", "ppvsession", "restatement", "snapshot", "snapshotpart", "syncrun",
]

# int8range stands in for the equality that GiST lacks without the extension btree_gist.
ONE_CUSTOMER_A_DAY = """
    ALTER TABLE reporting_assignment ADD CONSTRAINT assignment_one_customer_a_day EXCLUDE USING gist (
        int8range(tenant_id, tenant_id, '[]') WITH &&,
        int8range(asset_id, asset_id, '[]') WITH &&,
        daterange(from_day, to_day, '[]') WITH &&
    )
"""


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_initial")]

    operations = [
        row_level_security("reporting_tenant", column="id"),
        *[row_level_security(f"reporting_{table}") for table in TABLES],
        migrations.RunSQL(
            ONE_CUSTOMER_A_DAY, "ALTER TABLE reporting_assignment DROP CONSTRAINT assignment_one_customer_a_day"
        ),
    ]
