"""Indexes without which the freshness of a report costs more the more assets there are."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0006_report_indexes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='feedprogress',
            index=models.Index(condition=models.Q(('access_id', None)), fields=['tenant', 'connection', 'last_success'], name='progress_newest'),
        ),
        migrations.AddIndex(
            model_name='feedprogress',
            index=models.Index(condition=models.Q(('access_id', None), ('asset', None)), fields=['tenant', 'connection'], name='progress_of_whole'),
        ),
    ]
