"""The difference a buyer in default owes once the lot was auctioned again."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, no_delete
from trading.states import SHORTFALL


class Migration(migrations.Migration):

    dependencies = [
        ('trading', '0023_several_licences'),
    ]

    operations = [
        migrations.CreateModel(
            name='Shortfall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('open', '待再次拍卖'), ('claimed', '待补足'), ('overdue', '逾期未补足'), ('paid', '已补足'), ('void', '无须补足')], default='open', max_length=8)),
                ('first_fen', models.BigIntegerField(help_text='the price that was not paid')),
                ('fees_fen', models.BigIntegerField(help_text="the venue's fees of both sides on it")),
                ('deposit_fen', models.BigIntegerField(help_text='forfeited to the seller, counted first')),
                ('resale_fen', models.BigIntegerField(blank=True, null=True)),
                ('to_seller_fen', models.BigIntegerField(default=0)),
                ('to_venue_fen', models.BigIntegerField(default=0)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='until when it may be auctioned again; then until when it is to be paid', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('resale', models.ForeignKey(blank=True, help_text='the lot it was auctioned again in, on terms no lower', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='shortfalls', to='trading.auction')),
                ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='shortfall', to='trading.trade')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status__in', ('open', 'claimed'))), fields=['due_at'], name='shortfall_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'claimed', 'overdue', 'paid', 'void'])), name='shortfall_status_known'), models.CheckConstraint(condition=models.Q(('deposit_fen__gte', 0), ('fees_fen__gte', 0), ('first_fen__gt', 0)), name='shortfall_from_a_price'), models.CheckConstraint(condition=models.Q(models.Q(('resale_fen__isnull', True), ('to_seller_fen', 0), ('to_venue_fen', 0)), models.Q(('resale__isnull', False), ('resale_fen__isnull', False), ('to_seller_fen', django.db.models.functions.comparison.Greatest(models.Value(0), django.db.models.expressions.CombinedExpression(django.db.models.functions.comparison.Greatest(models.Value(0), django.db.models.expressions.CombinedExpression(models.F('first_fen'), '-', models.F('resale_fen'))), '-', models.F('deposit_fen')))), ('to_venue_fen', django.db.models.functions.comparison.Greatest(models.Value(0), django.db.models.expressions.CombinedExpression(models.F('fees_fen'), '-', django.db.models.functions.comparison.Greatest(models.Value(0), django.db.models.expressions.CombinedExpression(models.F('deposit_fen'), '-', django.db.models.functions.comparison.Greatest(models.Value(0), django.db.models.expressions.CombinedExpression(models.F('first_fen'), '-', models.F('resale_fen'))))))))), _connector='OR'), name='shortfall_is_exact'), models.CheckConstraint(condition=models.Q(('status__in', ('open', 'void')), models.Q(('resale_fen__isnull', False), ('status__in', ('claimed', 'overdue', 'paid')), models.Q(('to_seller_fen', 0), ('to_venue_fen', 0), _negated=True)), _connector='OR'), name='shortfall_claims_something'), models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status__in', ('open', 'claimed'))), models.Q(('due_at__isnull', True), ('status__in', ('overdue', 'paid', 'void'))), _connector='OR'), name='shortfall_due_while_waited_for')],
            },
        ),
        edges("trading_shortfall", "status", SHORTFALL, initial=["open"]),
        frozen_columns("trading_shortfall", "code", "trade_id", "first_fen", "fees_fen", "deposit_fen", "opened_at"),
        no_delete("trading_shortfall"),
    ]
