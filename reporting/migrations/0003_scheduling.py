"""What the scheduler knows of connections and providers, and the indexes by which it finds runs without reading history."""

from django.db import migrations, models


# Runs that wait or are being made are few, whatever there was before; the last turn of a tenant is one look-up.
RUN_UNDER_WAY = """
    CREATE INDEX run_under_way ON reporting_syncrun (tenant_id, connection_id) WHERE state IN ('queued', 'running')
"""
RUN_TURN = """
    CREATE INDEX run_turn ON reporting_syncrun (tenant_id, started_at) WHERE started_at IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0002_row_level_security'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='failing_since',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='connection',
            name='failures',
            field=models.PositiveIntegerField(default=0, editable=False, help_text='Runs in a row that brought nothing.'),
        ),
        migrations.AddField(
            model_name='connection',
            name='notified_at',
            field=models.DateTimeField(editable=False, help_text='When its managers were written to.', null=True),
        ),
        migrations.CreateModel(
            name='ProviderHealth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.SlugField()),
                ('host', models.CharField(help_text='With the port.', max_length=300)),
                ('failures', models.PositiveIntegerField(default=0, help_text='Runs in a row that could not reach it.')),
                ('closed_until', models.DateTimeField(help_text='The scheduler queues nothing before.', null=True)),
                ('trying', models.BigIntegerField(help_text='The connection that was let through to try.', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('provider', 'host'), name='provider_health_once')],
            },
        ),
        migrations.RunSQL(RUN_UNDER_WAY, "DROP INDEX run_under_way"),
        migrations.RunSQL(RUN_TURN, "DROP INDEX run_turn"),
    ]
