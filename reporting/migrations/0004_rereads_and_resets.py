"""Rounds in which final days are asked for again, assets that are gone, counters that go backwards."""

import django.db.models.deletion
import reporting.models.fields
from django.db import migrations, models

from reporting.tenancy.scoping import row_level_security


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0003_scheduling'),
    ]

    operations = [
        migrations.CreateModel(
            name='CounterReset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(max_length=40)),
                ('day', models.DateField(help_text='Of the lower reading.')),
                ('day_before', models.DateField(help_text='Of the reading before it, maybe the same.')),
                ('old', reporting.models.fields.NumericField()),
                ('new', reporting.models.fields.NumericField()),
                ('noticed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='asset',
            name='listed_by',
            field=models.CharField(blank=True, editable=False, help_text='The feed whose list named it.', max_length=100),
        ),
        migrations.AddField(
            model_name='asset',
            name='not_found_since',
            field=models.DateTimeField(editable=False, help_text='Asked for by itself, the provider does not know it.', null=True),
        ),
        migrations.AddField(
            model_name='asset',
            name='unlisted_since',
            field=models.DateTimeField(editable=False, help_text='That list does not name it any more.', null=True),
        ),
        migrations.AddField(
            model_name='connection',
            name='reread_every',
            field=models.DurationField(blank=True, help_text='Within this time all final days are asked for again, a few with each sync. 30 days unless set; 0: never.', null=True),
        ),
        migrations.AddField(
            model_name='feedprogress',
            name='failed_at',
            field=models.DateTimeField(help_text='The last of them.', null=True),
        ),
        migrations.AddField(
            model_name='feedprogress',
            name='reread',
            field=reporting.models.fields.DaysField(default=reporting.models.fields.Days, help_text='Final days that were read again in this round, or read first.'),
        ),
        migrations.AddField(
            model_name='feedprogress',
            name='reread_since',
            field=models.DateTimeField(help_text='When the round began.', null=True),
        ),
        migrations.AddField(
            model_name='counterreset',
            name='asset',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='reporting.asset'),
        ),
        migrations.AddField(
            model_name='counterreset',
            name='connection',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='reporting.connection'),
        ),
        migrations.AddField(
            model_name='counterreset',
            name='snapshot',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='reporting.snapshot'),
        ),
        migrations.AddField(
            model_name='counterreset',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='reporting.tenant'),
        ),
        migrations.AddIndex(
            model_name='counterreset',
            index=models.Index(fields=['tenant', 'connection', 'day'], name='counter_reset_days'),
        ),
        row_level_security("reporting_counterreset"),
        # 0003 made these two by hand.
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.AddIndex(
                model_name='syncrun',
                index=models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['tenant', 'connection'], name='run_under_way'),
            ),
            migrations.AddIndex(
                model_name='syncrun',
                index=models.Index(condition=models.Q(('started_at__isnull', False)), fields=['tenant', 'started_at'], name='run_turn'),
            ),
        ]),
    ]
