"""Indexes without which a customer's report costs more the more customers there are."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0005_as_of'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='dailytotal',
            index=models.Index(fields=['tenant', 'customer_id', 'metric', 'dimension', 'day'], name='total_of_customer'),
        ),
        migrations.AddIndex(
            model_name='fact',
            index=models.Index(condition=models.Q(('interval', 'lifetime')), fields=['tenant', 'connection', 'metric', 'dimension', 'asset', 'day'], name='fact_lifetime'),
        ),
    ]
