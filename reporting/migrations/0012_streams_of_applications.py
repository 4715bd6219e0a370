"""ScaleEngine's applications are assets that hold its streams.

Streams of a connection with one application get it as their parent, and what was read and how far becomes the application's. Where
there were several, nobody can tell which stream was in which: their history is fetched anew by application, and what was read
of all of them together stays until then (`providers/pipeline/parentless.py`).
"""

from django.db import migrations

# How many applications a list of options names; a lone name may stand as text.
APPS = """
    SELECT c.tenant_id, c.id AS connection_id,
           CASE jsonb_typeof(c.options->'apps') WHEN 'array' THEN c.options->'apps'
                WHEN 'string' THEN jsonb_build_array(c.options->'apps') ELSE '[]'::jsonb END AS apps
    FROM reporting_connection c WHERE c.provider = 'scaleengine'
"""

# A stream that was an application's name would stand in its place: then the name is taken, and the next sync says so.
APPLICATIONS = f"""
    INSERT INTO reporting_asset (tenant_id, connection_id, external_id, kind, title, status, listed_by, created_at)
    SELECT DISTINCT a.tenant_id, a.connection_id, left(name, 1000), 'application', left(name, 500), '', '', now()
    FROM ({APPS}) a CROSS JOIN LATERAL jsonb_array_elements_text(a.apps) name
    ON CONFLICT DO NOTHING
"""

LONE = f"""
    SELECT a.tenant_id, a.connection_id, p.id AS parent_id, a.apps FROM ({APPS}) a
    JOIN reporting_asset p ON p.tenant_id = a.tenant_id AND p.connection_id = a.connection_id
        AND p.external_id = a.apps->>0 AND p.kind = 'application'
    WHERE jsonb_array_length(a.apps) = 1
"""

# What was read with other applications in the options is nobody's alone.
READINGS = f"""
    UPDATE reporting_snapshot s SET asset_id = l.parent_id FROM ({LONE}) l
    WHERE s.tenant_id = l.tenant_id AND s.connection_id = l.connection_id AND s.feed IN ('usage', 'usage.month')
      AND s.asset_id IS NULL AND s.options->'apps' = l.apps
"""

STREAMS = f"""
    UPDATE reporting_asset a SET parent_id = l.parent_id FROM ({LONE}) l
    WHERE a.tenant_id = l.tenant_id AND a.connection_id = l.connection_id AND a.kind NOT IN ('application', 'account')
      AND a.parent_id IS NULL AND NOT EXISTS (
        SELECT FROM reporting_snapshot s WHERE s.tenant_id = l.tenant_id AND s.connection_id = l.connection_id
            AND s.feed IN ('usage', 'usage.month') AND s.asset_id IS NULL)
"""

PROGRESS = f"""
    UPDATE reporting_feedprogress p SET asset_id = l.parent_id FROM ({LONE}) l
    WHERE p.tenant_id = l.tenant_id AND p.connection_id = l.connection_id AND p.feed IN ('usage', 'usage.month')
      AND p.asset_id IS NULL AND NOT EXISTS (
        SELECT FROM reporting_snapshot s WHERE s.tenant_id = l.tenant_id AND s.connection_id = l.connection_id
            AND s.feed IN ('usage', 'usage.month') AND s.asset_id IS NULL)
"""

ANEW = """
    DELETE FROM reporting_feedprogress p USING reporting_connection c
    WHERE c.tenant_id = p.tenant_id AND c.id = p.connection_id AND c.provider = 'scaleengine'
      AND p.feed IN ('usage', 'usage.month') AND p.asset_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0011_odd_rows"),
    ]

    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in (APPLICATIONS, READINGS, STREAMS, PROGRESS, ANEW)
    ]
