"""Hybrid lots: a falling clock, sealed bids of the others, one best bid of whoever took the price."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0027_priority_fields'),
        ('participants', '0016_turnover_of_control'),
        ('trading', '0021_frameworks'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='auction',
            name='lot_sealed_has_reveal',
        ),
        migrations.RemoveConstraint(
            model_name='auction',
            name='lot_dutch_has_clock',
        ),
        migrations.AddField(
            model_name='auction',
            name='best_seconds',
            field=models.PositiveIntegerField(blank=True, help_text="of a hybrid lot: the time for the taker's best bid", null=True),
        ),
        migrations.AddField(
            model_name='auction',
            name='phase',
            field=models.CharField(blank=True, choices=[('clock', '时钟'), ('sealed', '封标'), ('opening', '开标'), ('best', '最优报价')], help_text='of a hybrid lot: how far it is; kept when it has ended', max_length=8),
        ),
        migrations.AddField(
            model_name='auction',
            name='sealing_ends_at',
            field=models.DateTimeField(blank=True, help_text='of a hybrid lot that was taken', null=True),
        ),
        migrations.AddField(
            model_name='auction',
            name='sealing_seconds',
            field=models.PositiveIntegerField(blank=True, help_text='of a hybrid lot: the time to seal after the take', null=True),
        ),
        migrations.AddField(
            model_name='auction',
            name='taker',
            field=models.ForeignKey(blank=True, db_index=False, help_text="of a hybrid lot: who took the clock's price", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.bidder'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('format__in', ('first_price', 'second_price', 'hybrid')), ('reveal_hours__isnull', False)), models.Q(models.Q(('format__in', ('first_price', 'second_price', 'hybrid')), _negated=True), ('reveal_hours__isnull', True)), _connector='OR'), name='lot_sealed_has_reveal'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clock_floor_fen__gt', 0), ('clock_floor_fen__lte', models.F('start_price_fen')), ('clock_seconds__gt', 0), ('clock_step_fen__gt', 0), ('format__in', ('dutch', 'hybrid')), ('reserve_price_fen__isnull', True)), models.Q(models.Q(('format__in', ('dutch', 'hybrid')), _negated=True), ('clock_floor_fen__isnull', True), ('clock_seconds__isnull', True), ('clock_step_fen__isnull', True)), _connector='OR'), name='lot_dutch_has_clock'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('best_seconds__gt', 0), ('format', 'hybrid'), ('phase__in', ['clock', 'sealed', 'opening', 'best']), ('sealing_seconds__gt', 0)), models.Q(models.Q(('format', 'hybrid'), _negated=True), ('best_seconds__isnull', True), ('phase', ''), ('sealing_ends_at__isnull', True), ('sealing_seconds__isnull', True), ('taker__isnull', True)), _connector='OR'), name='lot_hybrid_has_phases'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('phase__in', ('', 'clock')), ('sealing_ends_at__isnull', True), ('taker__isnull', True)), models.Q(('phase__in', ('sealed', 'opening', 'best')), ('sealing_ends_at__isnull', False), ('taker__isnull', False)), _connector='OR'), name='lot_hybrid_taken_once'),
        ),
        install("trading", "sealed.sql"),
        install("trading", "register_bidder.sql"),
        install("trading", "hybrid.sql"),
    ]
