"""Programmes: the works that assets of several providers are copies of, rules that put assets into them, and dismissed
suggestions."""

import django.db.models.deletion
import reporting.models.programmes
from django.db import migrations, models

from reporting.tenancy.scoping import row_level_security


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0014_secrets_bound_to_addresses'),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='is_placed_by_hand',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='A person put it into its programme, or into none.'),
        ),
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('name', models.CharField(max_length=200)),
                ('tags', models.JSONField(blank=True, default=dict, help_text='Words, like {"series": "Cup", "licensor": "League"}.', validators=[reporting.models.programmes.check_tags])),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='reporting.tenant')),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.AddField(
            model_name='asset',
            name='programme',
            field=models.ForeignKey(blank=True, help_text='The work that it is a copy of.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='assets', to='reporting.programme'),
        ),
        migrations.CreateModel(
            name='ProgrammeRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('parent', models.CharField(blank=True, help_text='Only assets held by one whose external id matches this, as in the pattern; any where it is empty.', max_length=500)),
                ('pattern', models.CharField(help_text='Case-sensitive; * matches anything, slashes too; ? one sign.', max_length=500)),
                ('priority', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('connection', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='reporting.connection')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='reporting.programme')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='reporting.tenant')),
            ],
            options={
                'ordering': ['-priority', 'created_at', 'id'],
            },
        ),
        migrations.AddField(
            model_name='asset',
            name='programme_rule',
            field=models.ForeignKey(editable=False, help_text='The rule that put it into its programme.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reporting.programmerule'),
        ),
        migrations.CreateModel(
            name='DismissedSuggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(db_collation='C', max_length=500)),
                ('dismissed_at', models.DateTimeField(auto_now_add=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='reporting.tenant')),
            ],
            options={
                'ordering': ['title'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'title'), name='dismissed_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.UniqueConstraint(fields=('tenant', 'slug'), name='programme_slug'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(('slug', '-'), _negated=True), name='programme_is_no_dash', violation_error_message='In reports “-” means assets that are in no programme; choose another slug.'),
        ),
        migrations.AddConstraint(
            model_name='programmerule',
            constraint=models.UniqueConstraint(fields=('tenant', 'programme', 'connection', 'parent', 'pattern'), name='programme_rule_once', nulls_distinct=False),
        ),
        *[
            row_level_security(f"reporting_{table}") for table in ("programme", "programmerule", "dismissedsuggestion")
        ],
    ]
