"""What an organisation's orders carry unless they say otherwise."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0016_turnover_of_control'),
    ]

    operations = [
        migrations.CreateModel(
            name='Billing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cost_centre', models.CharField(blank=True, max_length=40)),
                ('invoice_title', models.CharField(blank=True, max_length=100)),
                ('tax_number', models.CharField(blank=True, max_length=18)),
                ('set_at', models.DateTimeField()),
                ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='billing', to='participants.organization')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('tax_number__regex', '^([0-9A-HJ-NP-RTUWXY]{18})?$')), name='billing_tax_number'), models.CheckConstraint(condition=models.Q(('tax_number', ''), models.Q(('invoice_title', ''), _negated=True), _connector='OR'), name='billing_number_has_a_title')],
            },
        ),
        frozen_columns("participants_billing", "organization_id"),
        no_delete("participants_billing"),
    ]
