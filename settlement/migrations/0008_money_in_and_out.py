"""Money in and out: payouts, the bank's notices, suspense, reconciliations, refunds of what is settled; the simulated bank's own book."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete, sql
from settlement.states import PAYOUT, RECONCILIATION, REFUND_REQUEST, SUSPENSE


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0004_batches_in_memory'),
        ('participants', '0018_floor_figures'),
        ('settlement', '0007_meters'),
    ]

    operations = [
        migrations.CreateModel(
            name='SimulatedLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(db_index=True, max_length=40)),
                ('party', models.CharField(blank=True, max_length=40)),
                ('amount_fen', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='BankNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ident', models.CharField(max_length=60, unique=True)),
                ('kind', models.CharField(help_text='credit, paid, returned, reversed', max_length=10)),
                ('reference', models.CharField(max_length=40)),
                ('party', models.CharField(blank=True, help_text='whose money the bank says it is', max_length=40)),
                ('amount_fen', models.BigIntegerField()),
                ('body_hash', models.CharField(max_length=64)),
                ('booked', models.BooleanField(help_text='false: it went to the suspense account')),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('booked', True)), fields=('kind', 'reference', 'booked'), name='bank_notice_effect_once')],
            },
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('at', models.DateTimeField()),
                ('status', models.CharField(choices=[('passed', '相符'), ('failed', '不符，提现已停'), ('mended', '已纠正')], max_length=8)),
                ('checks', models.JSONField(help_text='check -> what differs')),
                ('due_at', models.DateTimeField(blank=True, help_text='by when a failed one is mended', null=True)),
                ('mended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'failed')), fields=['status'], name='reconciliation_failed')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['passed', 'failed', 'mended'])), name='reconciliation_status_known')],
            },
        ),
        migrations.CreateModel(
            name='RefundRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('amount_fen', models.BigIntegerField(help_text='of what the buyer paid: price and his charges')),
                ('reason', models.CharField(max_length=400)),
                ('answer', models.CharField(blank=True, max_length=400)),
                ('status', models.CharField(choices=[('requested', '申请'), ('approved', '同意，退款中'), ('posted', '已退款'), ('refused', '不予退款'), ('withdrawn', '已撤回')], default='requested', max_length=9)),
                ('requested_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('posted_at', models.DateTimeField(blank=True, null=True)),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refund_requests', to='settlement.settlement')),
            ],
        ),
        migrations.CreateModel(
            name='RefundLine',
            fields=[
                ('pk', models.CompositePrimaryKey('request_id', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('number', models.SmallIntegerField(help_text="0 charges, -1 levy, else the party's number in the split")),
                ('amount_fen', models.BigIntegerField()),
                ('held_fen', models.BigIntegerField(default=0, help_text='of it out of what was held back')),
                ('transfer', models.UUIDField(blank=True, null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='settlement.refundrequest')),
            ],
        ),
        migrations.CreateModel(
            name='SimulatedNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ident', models.CharField(max_length=60, unique=True)),
                ('content', models.JSONField()),
                ('due_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('told_at__isnull', True)), fields=['due_at'], name='simulated_notice_owed')],
            },
        ),
        migrations.CreateModel(
            name='SimulatedOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=40, unique=True)),
                ('party', models.CharField(max_length=40)),
                ('amount_fen', models.BigIntegerField()),
                ('to_account', models.CharField(max_length=30)),
                ('taken_at', models.DateTimeField()),
                ('answer', models.CharField(blank=True, help_text='paid, returned, reversed; empty while it is under way', max_length=10)),
                ('answer_at', models.DateTimeField(help_text='when the bank deals with it')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('answer', '')), fields=['answer_at'], name='simulated_order_open')],
            },
        ),
        migrations.CreateModel(
            name='Suspense',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('amount_fen', models.BigIntegerField()),
                ('status', models.CharField(choices=[('open', '待查'), ('cleared', '已查清')], default='open', max_length=8)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('cleared_to', models.CharField(blank=True, help_text='the party it was booked to', max_length=16)),
                ('cleared_at', models.DateTimeField(blank=True, null=True)),
                ('transfer', models.UUIDField(blank=True, null=True)),
                ('notice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='suspense', to='settlement.banknotice')),
            ],
        ),
        migrations.CreateModel(
            name='Payout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('amount_fen', models.BigIntegerField()),
                ('to_account', models.CharField(help_text="the party's own account elsewhere, digits only", max_length=30)),
                ('status', models.CharField(choices=[('requested', '待核'), ('held', '暂停'), ('approved', '已核准'), ('sent', '在途'), ('paid', '已到账'), ('returned', '退汇'), ('cancelled', '已取消'), ('reversed', '已冲回')], default='requested', max_length=10)),
                ('requested_at', models.DateTimeField()),
                ('payable_at', models.DateTimeField(help_text='end of the hold: no order before it')),
                ('due_at', models.DateTimeField(blank=True, help_text='by when the next step is made', null=True)),
                ('pending', models.UUIDField(help_text='the reserve in the ledger')),
                ('second_person', models.BooleanField(help_text='above the limit: a second person of the party, then one of the venue')),
                ('confirmed_at', models.DateTimeField(blank=True, help_text="by the party's second person", null=True)),
                ('cleared_at', models.DateTimeField(blank=True, help_text='by the venue', null=True)),
                ('held_by', models.CharField(blank=True, help_text='the organisation that holds it', max_length=16)),
                ('hold_basis', models.CharField(blank=True, max_length=200)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('delivered_at', models.DateTimeField(blank=True, help_text='when the bank took the order', null=True)),
                ('recall_at', models.DateTimeField(blank=True, help_text='when it was asked back', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('transfer', models.UUIDField(blank=True, null=True)),
                ('reversal', models.UUIDField(blank=True, null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', '-id'], name='payout_of_party'), models.Index(condition=models.Q(('status__in', ['requested', 'held', 'approved', 'sent'])), fields=['status', 'id'], name='payout_moving')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'held', 'approved', 'sent', 'paid', 'returned', 'cancelled', 'reversed'])), name='payout_status_known'), models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='payout_of_something'), models.CheckConstraint(condition=models.Q(('to_account__regex', '^[0-9]{8,30}$')), name='payout_account_digits'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['approved', 'sent', 'paid', 'returned', 'reversed']), _negated=True), ('second_person', False), models.Q(('cleared_at__isnull', False), ('confirmed_at__isnull', False)), _connector='OR'), name='payout_four_eyes'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['paid', 'reversed']), _negated=True), ('transfer__isnull', False), _connector='OR'), name='payout_paid_is_a_transfer'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'reversed'), _negated=True), ('reversal__isnull', False), _connector='OR'), name='payout_reversed_is_a_transfer')],
            },
        ),
        migrations.AddIndex(
            model_name='refundrequest',
            index=models.Index(condition=models.Q(('status__in', ['requested', 'approved'])), fields=['status', 'id'], name='refundrequest_open'),
        ),
        migrations.AddConstraint(
            model_name='refundrequest',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'approved', 'posted', 'refused', 'withdrawn'])), name='refundrequest_status_known'),
        ),
        migrations.AddConstraint(
            model_name='refundrequest',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='refundrequest_of_something'),
        ),
        migrations.AddConstraint(
            model_name='refundline',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0), ('held_fen__gte', 0), ('held_fen__lte', models.F('amount_fen'))), name='refundline_of_something'),
        ),
        migrations.AddConstraint(
            model_name='suspense',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'cleared'])), name='suspense_status_known'),
        ),
        migrations.AddConstraint(
            model_name='suspense',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen', 0), _negated=True), name='suspense_of_something'),
        ),
        migrations.AddConstraint(
            model_name='suspense',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'open'), ('transfer__isnull', True)), models.Q(('status', 'cleared'), ('transfer__isnull', False)), _connector='OR'), name='suspense_cleared_is_a_transfer'),
        ),
        install("settlement", "bank.sql"),
        edges("settlement_payout", "status", PAYOUT, initial=["requested"]),
        edges("settlement_suspense", "status", SUSPENSE, initial=["open"]),
        edges("settlement_reconciliation", "status", RECONCILIATION, initial=["passed", "failed"]),
        edges("settlement_refundrequest", "status", REFUND_REQUEST, initial=["requested"]),
        frozen_columns("settlement_payout", "code", "organization_id", "amount_fen", "to_account", "requested_at", "payable_at", "pending",
                       "second_person"),
        frozen_columns("settlement_suspense", "code", "notice_id", "amount_fen", "opened_at"),
        frozen_columns("settlement_reconciliation", "code", "at", "checks"),
        frozen_columns("settlement_refundrequest", "code", "settlement_id", "seller_id", "buyer_id", "amount_fen", "reason", "requested_at"),
        frozen_columns("settlement_refundline", "request_id", "number", "account_id", "amount_fen"),
        no_delete("settlement_payout"),
        no_delete("settlement_suspense"),
        no_delete("settlement_reconciliation"),
        no_delete("settlement_refundrequest"),
        no_delete("settlement_refundline"),
        append_only("settlement_banknotice"),
        append_only("settlement_simulatedline"),
        # what stands in the books before there was a bank to compare with, the simulated bank takes over as its own
        sql("INSERT INTO settlement_simulatedline (reference, party, amount_fen, at) SELECT t.subject, '', -p.amount_fen, t.at "
            "FROM ledger_posting p JOIN ledger_transfer t ON t.id = p.transfer_id JOIN ledger_account a ON a.id = p.account_id "
            "WHERE a.kind = 'bank'"),
    ]
