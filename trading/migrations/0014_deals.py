"""Bargains of two parties, requests for quotes and the quotes: their rows, their moves, and what the database refuses of them."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from participants.owners import owners
from trading.states import NEGOTIATION, QUOTE, RFQ


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0026_price_cap'),
        ('participants', '0013_reference_figures_and_sizes'),
        ("trading", "0013_agreements"),
    ]

    operations = [
        migrations.CreateModel(
            name='Negotiation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('bargain', '双方议价'), ('private', '定向报价'), ('held', '保价'), ('second_chance', '二次机会')], max_length=14)),
                ('ground', models.CharField(blank=True, help_text='of a price unlike what equals are asked: the statutory exception', max_length=20)),
                ('status', models.CharField(choices=[('offered', '待答复'), ('accepted', '达成'), ('declined', '已谢绝'), ('withdrawn', '撤回'), ('expired', '过期')], default='offered', max_length=10)),
                ('turn', models.CharField(choices=[('seller', '卖方'), ('buyer', '买方')], help_text='who must answer', max_length=6)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('price_fen', models.BigIntegerField()),
                ('seats', models.PositiveIntegerField(blank=True, null=True)),
                ('term_days', models.PositiveIntegerField(blank=True, null=True)),
                ('purpose', models.CharField(blank=True, max_length=40)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('opened_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('buyer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('listing', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='negotiations', to='listings.listing')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('trade', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='negotiation', to='trading.trade')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.venue')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='negotiations', to='listings.listingversion')),
            ],
        ),
        migrations.CreateModel(
            name='NegotiationOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveSmallIntegerField()),
                ('by', models.CharField(choices=[('seller', '卖方'), ('buyer', '买方')], max_length=6)),
                ('price_fen', models.BigIntegerField()),
                ('seats', models.PositiveIntegerField(blank=True, null=True)),
                ('term_days', models.PositiveIntegerField(blank=True, null=True)),
                ('purpose', models.CharField(blank=True, max_length=40)),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('salt', models.BinaryField()),
                ('due_at', models.DateTimeField(help_text='until when it could be answered')),
                ('at', models.DateTimeField()),
                ('command', models.UUIDField()),
                ('negotiation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='trading.negotiation')),
            ],
        ),
        migrations.CreateModel(
            name='Rfq',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('public', models.BooleanField(default=True)),
                ('title', models.CharField(max_length=200)),
                ('need', models.TextField()),
                ('sector', models.CharField(blank=True, max_length=24)),
                ('purpose', models.CharField(max_length=40)),
                ('seats', models.PositiveIntegerField(blank=True, null=True)),
                ('term_days', models.PositiveIntegerField(blank=True, null=True)),
                ('budget_fen', models.BigIntegerField(blank=True, null=True)),
                ('budget_hidden', models.BooleanField(default=False, help_text='only the buyer itself sees what it would spend')),
                ('status', models.CharField(choices=[('open', '征集'), ('evaluating', '评审'), ('awarded', '已定'), ('failed', '未成'), ('cancelled', '撤销')], default='open', max_length=10)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('target_fen', models.BigIntegerField(blank=True, help_text='of a further round: what the buyer counters with', null=True)),
                ('message', models.CharField(blank=True, help_text='of a further round: what the buyer asks to mend', max_length=1000)),
                ('closes_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='until when the buyer decides', null=True)),
                ('opened_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('buyer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('trade', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rfq', to='trading.trade')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.venue')),
            ],
        ),
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('round', models.PositiveSmallIntegerField()),
                ('price_fen', models.BigIntegerField(help_text='sealed until the round ends')),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('salt', models.BinaryField()),
                ('status', models.CharField(choices=[('standing', '有效'), ('won', '入选'), ('lost', '落选'), ('withdrawn', '撤回'), ('expired', '过期')], default='standing', max_length=10)),
                ('at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('command', models.UUIDField()),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quotes', to='listings.listing')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.listingversion')),
                ('rfq', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='quotes', to='trading.rfq')),
            ],
        ),
        migrations.CreateModel(
            name='RfqInvitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('rfq', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='trading.rfq')),
            ],
        ),
        migrations.AddIndex(
            model_name='negotiation',
            index=models.Index(condition=models.Q(('status', 'offered')), fields=['due_at'], name='negotiation_due'),
        ),
        migrations.AddIndex(
            model_name='negotiation',
            index=models.Index(fields=['seller', '-id'], name='negotiation_of_seller'),
        ),
        migrations.AddIndex(
            model_name='negotiation',
            index=models.Index(fields=['buyer', '-id'], name='negotiation_of_buyer'),
        ),
        migrations.AddConstraint(
            model_name='negotiation',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['offered', 'accepted', 'declined', 'withdrawn', 'expired'])), name='negotiation_status_known'),
        ),
        migrations.AddConstraint(
            model_name='negotiation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['bargain', 'private', 'held', 'second_chance'])), name='negotiation_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='negotiation',
            constraint=models.CheckConstraint(condition=models.Q(('turn__in', ['seller', 'buyer'])), name='negotiation_turn_known'),
        ),
        migrations.AddConstraint(
            model_name='negotiation',
            constraint=models.CheckConstraint(condition=models.Q(('price_fen__isnull', True), ('price_fen__range', (0, 9007199254740991)), _connector='OR'), name='negotiation_price_in_range'),
        ),
        migrations.AddConstraint(
            model_name='negotiation',
            constraint=models.CheckConstraint(condition=models.Q(('seller', models.F('buyer')), _negated=True), name='negotiation_two_parties'),
        ),
        migrations.AddConstraint(
            model_name='negotiation',
            constraint=models.CheckConstraint(condition=models.Q(('round__range', (1, 20))), name='negotiation_rounds'),
        ),
        migrations.AddConstraint(
            model_name='negotiation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at__isnull', True), ('status', 'offered')), models.Q(models.Q(('status', 'offered'), _negated=True), ('due_at__isnull', True), ('ended_at__isnull', False)), _connector='OR'), name='negotiation_waits_until'),
        ),
        migrations.AddConstraint(
            model_name='negotiation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'accepted'), ('trade__isnull', False)), models.Q(models.Q(('status', 'accepted'), _negated=True), ('trade__isnull', True)), _connector='OR'), name='negotiation_accepted_is_a_trade'),
        ),
        migrations.AddConstraint(
            model_name='negotiation',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'offered')), fields=('listing', 'buyer'), name='negotiation_one_open'),
        ),
        migrations.AddConstraint(
            model_name='negotiationoffer',
            constraint=models.UniqueConstraint(fields=('negotiation', 'seq'), name='offer_seq_once'),
        ),
        migrations.AddConstraint(
            model_name='negotiationoffer',
            constraint=models.CheckConstraint(condition=models.Q(('by__in', ['seller', 'buyer'])), name='offer_by_known'),
        ),
        migrations.AddConstraint(
            model_name='negotiationoffer',
            constraint=models.CheckConstraint(condition=models.Q(('price_fen__isnull', True), ('price_fen__range', (0, 9007199254740991)), _connector='OR'), name='offer_price_in_range'),
        ),
        migrations.AddConstraint(
            model_name='negotiationoffer',
            constraint=models.CheckConstraint(condition=models.Q(('at__lt', models.F('due_at'))), name='offer_can_be_answered'),
        ),
        migrations.AddIndex(
            model_name='rfq',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['closes_at'], name='rfq_closing'),
        ),
        migrations.AddIndex(
            model_name='rfq',
            index=models.Index(condition=models.Q(('status', 'evaluating')), fields=['due_at'], name='rfq_due'),
        ),
        migrations.AddIndex(
            model_name='rfq',
            index=models.Index(fields=['buyer', '-id'], name='rfq_of_buyer'),
        ),
        migrations.AddConstraint(
            model_name='rfq',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'evaluating', 'awarded', 'failed', 'cancelled'])), name='rfq_status_known'),
        ),
        migrations.AddConstraint(
            model_name='rfq',
            constraint=models.CheckConstraint(condition=models.Q(('budget_fen__isnull', True), ('budget_fen__range', (0, 9007199254740991)), _connector='OR'), name='rfq_budget_in_range'),
        ),
        migrations.AddConstraint(
            model_name='rfq',
            constraint=models.CheckConstraint(condition=models.Q(('target_fen__isnull', True), ('target_fen__range', (0, 9007199254740991)), _connector='OR'), name='rfq_target_in_range'),
        ),
        migrations.AddConstraint(
            model_name='rfq',
            constraint=models.CheckConstraint(condition=models.Q(('round__range', (1, 5))), name='rfq_rounds'),
        ),
        migrations.AddConstraint(
            model_name='rfq',
            constraint=models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opened_at'))), name='rfq_times_in_order'),
        ),
        migrations.AddConstraint(
            model_name='rfq',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status', 'evaluating')), models.Q(models.Q(('status', 'evaluating'), _negated=True), ('due_at__isnull', True)), _connector='OR'), name='rfq_waits_until'),
        ),
        migrations.AddConstraint(
            model_name='rfq',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status__in', ['open', 'evaluating'])), models.Q(models.Q(('status__in', ['open', 'evaluating']), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='rfq_ends'),
        ),
        migrations.AddConstraint(
            model_name='rfq',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'awarded'), ('trade__isnull', False)), models.Q(models.Q(('status', 'awarded'), _negated=True), ('trade__isnull', True)), _connector='OR'), name='rfq_awarded_is_a_trade'),
        ),
        migrations.AddIndex(
            model_name='quote',
            index=models.Index(fields=['rfq', 'price_fen'], name='quote_of_rfq'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['standing', 'won', 'lost', 'withdrawn', 'expired'])), name='quote_status_known'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('price_fen__isnull', True), ('price_fen__range', (0, 9007199254740991)), _connector='OR'), name='quote_price_in_range'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'standing')), fields=('rfq', 'seller'), name='quote_one_standing'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'won')), fields=('rfq',), name='quote_one_winner'),
        ),
        migrations.AddConstraint(
            model_name='rfqinvitation',
            constraint=models.UniqueConstraint(fields=('rfq', 'organization'), name='rfq_invited_once'),
        ),
        edges("trading_negotiation", "status", NEGOTIATION, initial=["offered"]),
        edges("trading_rfq", "status", RFQ, initial=["open"]),
        edges("trading_quote", "status", QUOTE, initial=["standing"]),
        append_only("trading_negotiationoffer"),
        append_only("trading_rfqinvitation"),
        no_delete("trading_negotiation"),
        no_delete("trading_rfq"),
        no_delete("trading_quote"),
        frozen_columns("trading_negotiation", "code", "venue_id", "listing_id", "version_id", "kind", "ground", "opened_at"),
        frozen_columns("trading_rfq", "code", "venue_id", "public", "title", "need", "sector", "purpose", "seats", "term_days", "budget_fen",
                       "budget_hidden", "opened_at"),
        frozen_columns("trading_quote", "code", "rfq_id", "round", "listing_id", "version_id", "price_fen", "note", "at"),
        owners("trading_negotiation", "seller_id", "buyer_id"),
        owners("trading_rfq", "buyer_id"),
        owners("trading_quote", "seller_id"),
        migrations.RemoveConstraint(model_name="trade", name="trade_basis_by_channel"),
        migrations.AlterField(model_name="trade", name="basis", field=models.CharField(max_length=8, choices=[
            ("award", "竞价成交"), ("purchase", "定价购买"), ("deal", "协议成交"), ("report", "场外备案")])),
        migrations.AddConstraint(model_name="trade", constraint=models.CheckConstraint(
            name="trade_basis_by_channel",
            condition=models.Q(channel="on_exchange", basis="award", award__isnull=False, report__isnull=True, version__isnull=False)
            | models.Q(channel="on_exchange", basis__in=["purchase", "deal"], award__isnull=True, report__isnull=True,
                       version__isnull=False)
            | models.Q(channel="off_exchange", basis="report", award__isnull=True, report__isnull=False))),
        install("trading", "deals.sql"),
    ]
