"""What each customer sees of costs, and who sees viewers' addresses: hidden and masked for all who are there already."""

import django.core.validators
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0015_programmes'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='cost_markup',
            field=models.DecimalField(blank=True, decimal_places=4, help_text='Per cent on top of what the vendor charges, e.g. 15 or 12.5; the customer is not told of it.', max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('10000'))], verbose_name='markup'),
        ),
        migrations.AddField(
            model_name='customer',
            name='cost_view',
            field=models.CharField(choices=[('hidden', 'Hidden'), ('markup', 'With a markup'), ('vendor', 'As the vendor charges them')], db_default='hidden', default='hidden', help_text='What this customer sees of costs. Managers and analysts always see what the vendor charges.', max_length=6, verbose_name='costs'),
        ),
        migrations.AddField(
            model_name='customer',
            name='sees_personal_data',
            field=models.BooleanField(db_default=False, default=False, help_text="Whether this customer's tokens with the scope ppv see viewers' addresses and browsers. Its people have the right each by themselves.", verbose_name='tokens see personal data'),
        ),
        migrations.AddField(
            model_name='membership',
            name='sees_personal_data',
            field=models.BooleanField(db_default=False, default=False, help_text="Viewers' addresses and browsers in full, and raw answers that hold them; else masked. Managers always do.", verbose_name='sees personal data'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cost_markup__isnull', False), ('cost_markup__range', (0, Decimal('10000'))), ('cost_view', 'markup')), models.Q(models.Q(('cost_view', 'markup'), _negated=True), ('cost_markup__isnull', True)), _connector='OR'), name='customer_markup', violation_error_message='Costs with a markup need one, from 0 per cent on; other views have none.'),
        ),
    ]
