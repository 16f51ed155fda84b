"""As which taxpayer an organisation sells: dated statements that are added to and never rewritten."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0018_floor_figures'),
    ]

    operations = [
        migrations.CreateModel(
            name='TaxStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('general', '一般纳税人'), ('small', '小规模纳税人'), ('exempt', '免征增值税')], max_length=8)),
                ('effective_from', models.DateTimeField()),
                ('stated_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tax_statements', to='participants.organization')),
                ('stated_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-effective_from', '-pk'),
                'indexes': [models.Index(fields=['organization', '-effective_from'], name='tax_statement_in_force')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['general', 'small', 'exempt'])), name='tax_statement_kind_known'), models.CheckConstraint(condition=models.Q(('effective_from__gt', models.F('stated_at'))), name='tax_statement_never_backdated')],
            },
        ),
        append_only("participants_taxstatement"),
    ]
