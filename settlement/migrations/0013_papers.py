"""Receipts of what was paid, numbered without a hole; money without an owner finds it by two persons, never the venue."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, install


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0022_second_person'),
        ('settlement', '0012_giving'),
    ]

    operations = [
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('number', models.PositiveIntegerField(help_text='within the venue and the year, from 1')),
                ('kind', models.CharField(choices=[('trade', '成交结算'), ('refund', '退款'), ('payout', '提现到账')], max_length=6)),
                ('subject', models.CharField(help_text='the settlement, refund or payout it is the receipt of', max_length=16)),
                ('trade', models.CharField(blank=True, max_length=16)),
                ('amount_fen', models.BigIntegerField()),
                ('happened_at', models.DateTimeField(help_text='when the money moved')),
                ('issued_at', models.DateTimeField()),
                ('content', models.JSONField()),
                ('content_hash', models.CharField(max_length=64)),
                ('signature', models.CharField(max_length=128)),
                ('key_id', models.CharField(max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name='suspense',
            name='alarmed_at',
            field=models.DateTimeField(blank=True, help_text='when a case was opened for its waiting', null=True),
        ),
        migrations.AddField(
            model_name='suspense',
            name='basis',
            field=models.CharField(blank=True, help_text="why it is that party's", max_length=200),
        ),
        migrations.AddField(
            model_name='suspense',
            name='proposed_to',
            field=models.CharField(blank=True, help_text='the party that the first person named', max_length=16),
        ),
        migrations.AddIndex(
            model_name='suspense',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['status', 'id'], name='suspense_open'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='payee',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='payer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='venue',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.venue'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['payer', '-id'], name='receipt_of_payer'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['payee', '-id'], name='receipt_of_payee'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['kind', '-happened_at'], name='receipt_latest'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['trade', 'refund', 'payout'])), name='receipt_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gte', 0), ('number__gt', 0)), name='receipt_of_something'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'payout'), _negated=True), ('payer', models.F('payee')), _connector='OR'), name='receipt_payout_is_its_own'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('venue', 'year', 'number'), name='receipt_number_once'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('subject',), name='receipt_once'),
        ),
        install("settlement", "suspense.sql"),
        install("settlement", "receipts.sql"),
        append_only("settlement_receipt"),
    ]
