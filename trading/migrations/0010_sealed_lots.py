"""Sealed lots: seals before the end, opened bids after it; a lot may be cancelled while its bids are opened. Licences are not sold
beyond their quota."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, edges, install
from trading.states import AUCTION


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0025_stock'),
        ('trading', '0009_buying'),
    ]

    operations = [
        migrations.AddField(
            model_name='auction',
            name='reveal_hours',
            field=models.PositiveSmallIntegerField(blank=True, help_text='of a sealed lot: the time to open bids after the end', null=True),
        ),
        migrations.AlterField(
            model_name='auction',
            name='due_at',
            field=models.DateTimeField(blank=True, help_text='when a halt lapses into cancellation, or the opening of sealed bids ends', null=True),
        ),
        migrations.AddIndex(
            model_name='auction',
            index=models.Index(condition=models.Q(('status', 'revealing')), fields=['due_at'], name='lot_reveal_due'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('format__in', ('first_price', 'second_price')), ('reveal_hours__isnull', False)), models.Q(models.Q(('format__in', ('first_price', 'second_price')), _negated=True), ('reveal_hours__isnull', True)), _connector='OR'), name='lot_sealed_has_reveal'),
        ),
        migrations.CreateModel(
            name='SealedBid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField()),
                ('commitment', models.CharField(help_text='SHA-256 of the salt and the amount in whole fen, written in digits', max_length=64)),
                ('at', models.DateTimeField()),
                ('command', models.UUIDField()),
                ('auction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sealed_bids', to='trading.auction')),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sealed_bids', to='trading.bidder')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('auction', 'seq'), name='sealed_seq_once'), models.UniqueConstraint(fields=('auction', 'commitment'), name='sealed_hash_once'), models.CheckConstraint(condition=models.Q(('commitment__regex', '^[0-9a-f]{64}$')), name='sealed_is_a_hash')],
            },
        ),
        migrations.CreateModel(
            name='Reveal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_fen', models.BigIntegerField()),
                ('salt', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('command', models.UUIDField()),
                ('sealed', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reveal', to='trading.sealedbid')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__isnull', True), ('amount_fen__range', (1, 9007199254740991)), _connector='OR'), name='reveal_in_range')],
            },
        ),
        edges("trading_auction", "status", AUCTION, initial=["draft", "announced"]),
        append_only("trading_sealedbid"),
        append_only("trading_reveal"),
        install("trading", "sealed.sql"),
        install("trading", "place_bid.sql"),
        install("trading", "stock.sql"),
    ]
