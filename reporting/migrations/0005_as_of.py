"""What stood at an earlier moment: since when, and what went while its day was provisional."""

import django.db.models.deletion
import reporting.models.fields
from django.db import migrations, models

from reporting.tenancy.scoping import row_level_security


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0004_rereads_and_resets'),
    ]

    operations = [
        migrations.AddField(
            model_name='restatement',
            name='old_since',
            field=models.DateTimeField(help_text='When the answer was fetched that the old figure came from.', null=True),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='read_at',
            field=models.DateTimeField(help_text='When it was read, where that was not at once: it was unreadable.', null=True),
        ),
        migrations.CreateModel(
            name='Withdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(max_length=40)),
                ('interval', models.CharField(choices=[('minute', 'Minute'), ('hour', 'Hour'), ('day', 'Day'), ('month', 'Month'), ('lifetime', 'Lifetime')], max_length=8)),
                ('dimension', models.CharField(blank=True, max_length=20)),
                ('day', models.DateField()),
                ('minute', models.SmallIntegerField(default=0)),
                ('key', models.CharField(blank=True, max_length=300)),
                ('old', reporting.models.fields.NumericField()),
                ('old_since', models.DateTimeField(null=True)),
                ('noticed_at', models.DateTimeField()),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='reporting.asset')),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='reporting.connection')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='reporting.tenant')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['tenant', 'connection', 'day'], name='withdrawal_days')],
            },
        ),
        row_level_security("reporting_withdrawal"),
    ]
