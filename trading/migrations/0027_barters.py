"""Right for right: a barter, its offers, its two trades; a trade may rest on a barter."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from participants.owners import owners
from trading.states import BARTER


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0029_price_effects'),
        ('participants', '0018_floor_figures'),
        ('trading', '0026_framework_sides'),
    ]

    operations = [
        migrations.CreateModel(
            name='Barter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('proposer_fen', models.BigIntegerField(help_text="fair value the proposer's licence is declared at")),
                ('proposer_seats', models.PositiveIntegerField(blank=True, null=True)),
                ('proposer_term_days', models.PositiveIntegerField(blank=True, null=True)),
                ('proposer_purpose', models.CharField(blank=True, max_length=40)),
                ('partner_fen', models.BigIntegerField(help_text="fair value the partner's licence is declared at")),
                ('partner_seats', models.PositiveIntegerField(blank=True, null=True)),
                ('partner_term_days', models.PositiveIntegerField(blank=True, null=True)),
                ('partner_purpose', models.CharField(blank=True, max_length=40)),
                ('difference', models.CharField(choices=[('none', '无差额'), ('waived', '差额放弃'), ('paid', '差额以款补足')], max_length=6)),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('offered', '待答复'), ('agreed', '互换中'), ('settled', '已结清'), ('unwound', '已同退'), ('declined', '已谢绝'), ('withdrawn', '撤回'), ('expired', '过期')], default='offered', max_length=10)),
                ('turn', models.CharField(choices=[('proposer', '提议方'), ('partner', '相对方')], help_text='who must answer', max_length=8)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('opened_at', models.DateTimeField()),
                ('agreed_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('cause', models.CharField(blank=True, help_text='of one unwound: which trade fell, and why', max_length=60)),
            ],
            options={
                'verbose_name': '使用权互换',
                'verbose_name_plural': '使用权互换',
            },
        ),
        migrations.CreateModel(
            name='BarterLeg',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('proposer', '提议方'), ('partner', '相对方')], help_text='who gave the licence', max_length=8)),
                ('value_fen', models.BigIntegerField()),
                ('buyer_fee_fen', models.BigIntegerField()),
                ('seller_fee_fen', models.BigIntegerField()),
                ('levy_fen', models.BigIntegerField()),
                ('partners_fen', models.BigIntegerField()),
                ('difference_fen', models.BigIntegerField(help_text='what its giver paid of the difference of the values')),
                ('transfer', models.UUIDField(help_text='what moved when it was agreed, both legs at once')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='BarterOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('proposer_fen', models.BigIntegerField(help_text="fair value the proposer's licence is declared at")),
                ('proposer_seats', models.PositiveIntegerField(blank=True, null=True)),
                ('proposer_term_days', models.PositiveIntegerField(blank=True, null=True)),
                ('proposer_purpose', models.CharField(blank=True, max_length=40)),
                ('partner_fen', models.BigIntegerField(help_text="fair value the partner's licence is declared at")),
                ('partner_seats', models.PositiveIntegerField(blank=True, null=True)),
                ('partner_term_days', models.PositiveIntegerField(blank=True, null=True)),
                ('partner_purpose', models.CharField(blank=True, max_length=40)),
                ('difference', models.CharField(choices=[('none', '无差额'), ('waived', '差额放弃'), ('paid', '差额以款补足')], max_length=6)),
                ('seq', models.PositiveSmallIntegerField()),
                ('by', models.CharField(choices=[('proposer', '提议方'), ('partner', '相对方')], max_length=8)),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('salt', models.BinaryField()),
                ('due_at', models.DateTimeField(help_text='until when it could be answered')),
                ('at', models.DateTimeField()),
                ('command', models.UUIDField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='trade',
            name='trade_basis_by_channel',
        ),
        migrations.AlterField(
            model_name='trade',
            name='basis',
            field=models.CharField(choices=[('award', '竞价成交'), ('purchase', '定价购买'), ('deal', '协议成交'), ('barter', '互换成交'), ('report', '场外备案')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='trade',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('award__isnull', False), ('basis', 'award'), ('channel', 'on_exchange'), ('report__isnull', True), ('version__isnull', False)), models.Q(('award__isnull', True), ('basis__in', ['purchase', 'deal', 'barter']), ('channel', 'on_exchange'), ('report__isnull', True), ('version__isnull', False)), models.Q(('award__isnull', True), ('basis', 'report'), ('channel', 'off_exchange'), ('report__isnull', False)), _connector='OR'), name='trade_basis_by_channel'),
        ),
        migrations.AddField(
            model_name='barter',
            name='partner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='barter',
            name='partner_listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.listing'),
        ),
        migrations.AddField(
            model_name='barter',
            name='partner_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.listingversion'),
        ),
        migrations.AddField(
            model_name='barter',
            name='proposer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='barter',
            name='proposer_listing',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.listing'),
        ),
        migrations.AddField(
            model_name='barter',
            name='proposer_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.listingversion'),
        ),
        migrations.AddField(
            model_name='barter',
            name='venue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.venue'),
        ),
        migrations.AddField(
            model_name='barterleg',
            name='barter',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='legs', to='trading.barter'),
        ),
        migrations.AddField(
            model_name='barterleg',
            name='trade',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='barter_leg', to='trading.trade'),
        ),
        migrations.AddField(
            model_name='barteroffer',
            name='barter',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='trading.barter'),
        ),
        migrations.AddIndex(
            model_name='barter',
            index=models.Index(condition=models.Q(('status', 'offered')), fields=['due_at'], name='barter_due'),
        ),
        migrations.AddIndex(
            model_name='barter',
            index=models.Index(fields=['proposer', '-id'], name='barter_of_proposer'),
        ),
        migrations.AddIndex(
            model_name='barter',
            index=models.Index(fields=['partner', '-id'], name='barter_of_partner'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['offered', 'agreed', 'settled', 'unwound', 'declined', 'withdrawn', 'expired'])), name='barter_status_known'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.CheckConstraint(condition=models.Q(('turn__in', ['proposer', 'partner'])), name='barter_turn_known'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.CheckConstraint(condition=models.Q(('difference__in', ['none', 'waived', 'paid'])), name='barter_difference_known'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.CheckConstraint(condition=models.Q(('partner_fen__range', (1, 9007199254740991)), ('proposer_fen__range', (1, 9007199254740991)), models.Q(models.Q(('difference', 'none'), ('proposer_fen', models.F('partner_fen'))), models.Q(('difference__in', ['waived', 'paid']), models.Q(('proposer_fen', models.F('partner_fen')), _negated=True)), _connector='OR')), name='barter_values'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.CheckConstraint(condition=models.Q(('proposer', models.F('partner')), _negated=True), name='barter_two_parties'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.CheckConstraint(condition=models.Q(('round__range', (1, 20))), name='barter_rounds'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status', 'offered')), models.Q(models.Q(('status', 'offered'), _negated=True), ('due_at__isnull', True)), _connector='OR'), name='barter_waits_until'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status__in', ['offered', 'agreed'])), models.Q(models.Q(('status__in', ['offered', 'agreed']), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='barter_ends'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreed_at__isnull', False), ('status__in', ['agreed', 'settled', 'unwound'])), models.Q(models.Q(('status__in', ['agreed', 'settled', 'unwound']), _negated=True), ('agreed_at__isnull', True)), _connector='OR'), name='barter_agreed_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='barter',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'offered')), fields=('proposer_listing', 'partner_listing'), name='barter_one_open'),
        ),
        migrations.AddConstraint(
            model_name='barterleg',
            constraint=models.UniqueConstraint(fields=('barter', 'side'), name='barter_leg_once'),
        ),
        migrations.AddConstraint(
            model_name='barterleg',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ['proposer', 'partner'])), name='barter_leg_side_known'),
        ),
        migrations.AddConstraint(
            model_name='barterleg',
            constraint=models.CheckConstraint(condition=models.Q(('buyer_fee_fen__gte', 0), ('difference_fen__gte', 0), ('levy_fen__gte', 0), ('partners_fen__gte', 0), ('seller_fee_fen__gte', 0), ('value_fen__gt', 0), ('value_fen__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('seller_fee_fen'), '+', models.F('levy_fen')), '+', models.F('partners_fen')))), name='barter_leg_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='barteroffer',
            constraint=models.UniqueConstraint(fields=('barter', 'seq'), name='barter_offer_seq_once'),
        ),
        migrations.AddConstraint(
            model_name='barteroffer',
            constraint=models.CheckConstraint(condition=models.Q(('by__in', ['proposer', 'partner'])), name='barter_offer_by_known'),
        ),
        migrations.AddConstraint(
            model_name='barteroffer',
            constraint=models.CheckConstraint(condition=models.Q(('difference__in', ['none', 'waived', 'paid'])), name='barter_offer_difference'),
        ),
        migrations.AddConstraint(
            model_name='barteroffer',
            constraint=models.CheckConstraint(condition=models.Q(('partner_fen__range', (1, 9007199254740991)), ('proposer_fen__range', (1, 9007199254740991)), models.Q(models.Q(('difference', 'none'), ('proposer_fen', models.F('partner_fen'))), models.Q(('difference__in', ['waived', 'paid']), models.Q(('proposer_fen', models.F('partner_fen')), _negated=True)), _connector='OR')), name='barter_offer_values'),
        ),
        migrations.AddConstraint(
            model_name='barteroffer',
            constraint=models.CheckConstraint(condition=models.Q(('at__lt', models.F('due_at'))), name='barter_offer_can_be_answered'),
        ),
        edges("trading_barter", "status", BARTER, initial=["offered"]),
        append_only("trading_barteroffer"),
        append_only("trading_barterleg"),
        no_delete("trading_barter"),
        frozen_columns("trading_barter", "code", "venue_id", "proposer_listing_id", "proposer_version_id", "partner_listing_id",
                       "partner_version_id", "opened_at"),
        owners("trading_barter", "proposer_id", "partner_id"),
        install("trading", "barters.sql"),
    ]
