"""Secrets are bound to whom they are sent to: those that are stored are sealed anew, for the address that their connection has. No
connection fetches days before 2000."""

import datetime

import django.core.validators
from django.db import migrations, models

from reporting.encryption import UndecryptableError, seal, unseal
from reporting.origin import origin

BATCH = 1000


def bind(apps, schema_editor):
    _reseal(apps, lambda place, connection: (place, f"{place}:{_asked_at(connection)}"))


def loosen(apps, schema_editor):
    _reseal(apps, lambda place, connection: (f"{place}:{_asked_at(connection)}", place))


def _asked_at(connection):
    return f"{connection.provider}@{origin(connection.base_url)}"


def _reseal(apps, places):
    """What does not open stays as it is: it does not open afterwards either."""
    for row in apps.get_model("reporting", "Connection").objects.iterator(BATCH):
        before, after = places(f"connection:{row.tenant_id}:{row.uid}", row)
        row.sealed_credentials = _moved(row.sealed_credentials, before, after)
        row.sealed_session = _moved(row.sealed_session, before, after)
        row.save(update_fields=["sealed_credentials", "sealed_session"])
    for row in apps.get_model("reporting", "PpvAccess").objects.select_related("asset__connection").iterator(BATCH):
        row.sealed_hash = _moved(row.sealed_hash, *places(f"ppv:{row.tenant_id}:{row.uid}", row.asset.connection))
        row.save(update_fields=["sealed_hash"])


def _moved(sealed, before, after):
    try:
        return seal(unseal(sealed, before), after) if sealed else ""
    except UndecryptableError:
        return sealed


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0013_chosen_feeds'),
    ]

    operations = [
        migrations.AlterField(
            model_name='providerhealth',
            name='host',
            field=models.CharField(help_text="The vendor's own, with its port; or the one connection whose address is not the vendor's.", max_length=300),
        ),
        migrations.AlterField(
            model_name='connection',
            name='history_from',
            field=models.DateField(help_text='The first day to fetch.', validators=[django.core.validators.MinValueValidator(datetime.date(2000, 1, 1), 'The earliest day that is fetched is 2000-01-01.')]),
        ),
        migrations.RunPython(bind, loosen),
    ]
