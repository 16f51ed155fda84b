"""Objects into which a joint case lets an authority beyond its field."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0025_credit_rebate'),
    ]

    operations = [
        migrations.CreateModel(
            name='FieldExtension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(help_text='code of the object', max_length=20)),
                ('cause_code', models.CharField(help_text='the joint case that lets it in', max_length=16)),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField(blank=True, null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='field_extensions', to='participants.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'subject', 'cause_code'), name='extension_once'), models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gte', models.F('effective_from')), _connector='OR'), name='extension_period_forward')],
            },
        ),
        no_delete("participants_fieldextension"),
        frozen_columns("participants_fieldextension", "organization_id", "subject", "cause_code", "effective_from"),
    ]
