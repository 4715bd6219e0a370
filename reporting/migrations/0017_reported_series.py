"""Which series each connection reports: made once from the facts that are there, and from what is kept of those that were."""

import django.db.models.deletion
from django.db import migrations, models

from reporting.tenancy.scoping import row_level_security

FROM_FACTS = """
    INSERT INTO reporting_reportedseries (tenant_id, connection_id, metric, interval, dimension, first_day, last_day)
    SELECT tenant_id, connection_id, metric, interval, dimension, min(day), max(day)
    FROM (
        SELECT tenant_id, connection_id, metric, interval, dimension, day FROM reporting_fact
        UNION ALL
        SELECT tenant_id, connection_id, metric, interval, dimension, day FROM reporting_restatement
        UNION ALL
        SELECT tenant_id, connection_id, metric, interval, dimension, day FROM reporting_withdrawal
    ) f
    WHERE EXISTS (SELECT FROM reporting_connection c WHERE c.id = f.connection_id)
    GROUP BY 1, 2, 3, 4, 5
"""


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0016_readers'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReportedSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(db_collation='C', max_length=40)),
                ('interval', models.CharField(choices=[('minute', 'Minute'), ('hour', 'Hour'), ('day', 'Day'), ('month', 'Month'), ('lifetime', 'Lifetime')], db_collation='C', max_length=8)),
                ('dimension', models.CharField(blank=True, db_collation='C', max_length=20)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reported', to='reporting.connection')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='reporting.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'connection', 'metric', 'interval', 'dimension'), name='reported_series_once')],
            },
        ),
        row_level_security("reporting_reportedseries"),
        migrations.RunSQL(FROM_FACTS, migrations.RunSQL.noop),
    ]
