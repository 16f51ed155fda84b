"""What a part came to."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from evidence.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0009_barters'),
        ('trading', '0025_trials'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reduction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('price_fen', models.BigIntegerField(help_text="the trade's price")),
                ('due_fen', models.BigIntegerField()),
                ('returned_fen', models.BigIntegerField(help_text='to the buyer, with the fees that fell away')),
                ('transfer', models.UUIDField(blank=True, help_text='null where nothing went back', null=True)),
                ('transfer_hash', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField()),
                ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reduction', to='trading.trade')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('due_fen__gte', 0), ('due_fen__lte', models.F('price_fen')), ('returned_fen__gte', django.db.models.expressions.CombinedExpression(models.F('price_fen'), '-', models.F('due_fen')))), name='reduction_sums'), models.CheckConstraint(condition=models.Q(models.Q(('returned_fen', 0), ('transfer__isnull', True)), models.Q(('returned_fen__gt', 0), ('transfer__isnull', False)), _connector='OR'), name='reduction_return_is_a_transfer')],
            },
        ),
        append_only("settlement_reduction"),
    ]
