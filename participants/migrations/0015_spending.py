"""A buyer's own house rules: who may commit it to how much in one act."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0014_webhooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='SpendingLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('limit_fen', models.BigIntegerField()),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField(blank=True, null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spending_limits',
                    to='participants.organization')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('effective_to__isnull', True)), fields=('organization',
                    'person'), name='spending_limit_one_in_force'), models.CheckConstraint(condition=models.Q(('limit_fen__range', (0,
                    9007199254740991))), name='spending_limit_in_range'),
                    models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gte',
                    models.F('effective_from')), _connector='OR'), name='spending_limit_period')],
            },
        ),
        frozen_columns("participants_spendinglimit", "organization_id", "person_id", "limit_fen", "set_by_id", "effective_from"),
        no_delete("participants_spendinglimit"),
        install("participants", "spending.sql"),
    ]
