"""Whether a snapshot holds personal data is stored with it, as its feed declares it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0007_newest_progress'),
    ]

    operations = [
        migrations.AddField(
            model_name='snapshot',
            name='is_personal',
            field=models.BooleanField(default=True, help_text='Its feed is declared personal: who may not see personal data may not see the answer.'),
        ),
        # The only personal feed until now was that of pay-per-view sessions, which are read by access.
        migrations.RunSQL("UPDATE reporting_snapshot SET is_personal = false WHERE access_id IS NULL", migrations.RunSQL.noop),
    ]
