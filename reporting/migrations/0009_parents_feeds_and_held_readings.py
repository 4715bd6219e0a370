"""Assets that hold others, feeds by choice, and readings that are held until a second one says the same."""

import django.db.models.deletion
import reporting.models.days
import reporting.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0008_personal_snapshots'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='asset',
            name='asset_external_id',
        ),
        migrations.RemoveConstraint(
            model_name='assignmentrule',
            name='rule_once',
        ),
        migrations.AddField(
            model_name='asset',
            name='missed_at',
            field=models.DateTimeField(editable=False, help_text='When a whole list lacked it; it is gone when the next one does, too.', null=True),
        ),
        migrations.AddField(
            model_name='asset',
            name='parent',
            field=models.ForeignKey(blank=True, help_text="What holds it, in the same connection: a stream's application.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='reporting.asset'),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='parent',
            field=models.CharField(blank=True, help_text='Only assets held by one whose external id matches this, as in the pattern; any where it is empty.', max_length=500),
        ),
        migrations.AddField(
            model_name='connection',
            name='feeds',
            field=models.JSONField(blank=True, default=list, help_text="Feeds beside the provider's defaults, by name or glob; one that begins with - is taken away."),
        ),
        migrations.AddField(
            model_name='feedprogress',
            name='held',
            field=reporting.models.fields.DaysField(default=reporting.models.days.Days, help_text='Days of readings that are held; due again, whatever else is known of them.'),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='lost',
            field=reporting.models.fields.DaysField(default=reporting.models.days.Days, help_text='The days whose figures it would take away, where it is held for that.'),
        ),
        migrations.AlterField(
            model_name='asset',
            name='kind',
            field=models.CharField(choices=[('video', 'Video'), ('live', 'Live'), ('playlist', 'Playlist'), ('stream', 'Stream'), ('broadcast', 'Broadcast'), ('application', 'Application'), ('account', 'Account')], max_length=20),
        ),
        migrations.AlterField(
            model_name='snapshot',
            name='state',
            field=models.CharField(choices=[('read', 'Read'), ('unreadable', 'Unreadable'), ('held', 'Held')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.UniqueConstraint(fields=('tenant', 'connection', 'external_id', 'parent'), name='asset_external_id', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='assignmentrule',
            constraint=models.UniqueConstraint(fields=('tenant', 'customer', 'connection', 'parent', 'pattern'), name='rule_once', nulls_distinct=False),
        ),
    ]
