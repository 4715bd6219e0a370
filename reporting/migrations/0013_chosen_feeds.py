"""Which of the readings that there is progress of are still asked for by a connection's syncs."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0012_streams_of_applications'),
    ]

    operations = [
        migrations.AddField(
            model_name='feedprogress',
            name='is_chosen',
            field=models.BooleanField(default=True, help_text="False where the connection's syncs do not ask for it: then it holds nothing up."),
        ),
    ]
