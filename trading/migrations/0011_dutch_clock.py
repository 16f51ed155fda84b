"""Dutch lots: how far and how fast the clock falls, and where it ends."""

from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('trading', '0010_sealed_lots'),
    ]

    operations = [
        migrations.AddField(
            model_name='auction',
            name='clock_step_fen',
            field=models.BigIntegerField(blank=True, help_text='of a Dutch lot: how much the price falls at each step', null=True),
        ),
        migrations.AddField(
            model_name='auction',
            name='clock_seconds',
            field=models.PositiveIntegerField(blank=True, help_text='of a Dutch lot: how long a step lasts', null=True),
        ),
        migrations.AddField(
            model_name='auction',
            name='clock_floor_fen',
            field=models.BigIntegerField(blank=True, help_text='of a Dutch lot: the last price asked', null=True),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clock_floor_fen__gt', 0), ('clock_floor_fen__lte', models.F('start_price_fen')), ('clock_seconds__gt', 0), ('clock_step_fen__gt', 0), ('format', 'dutch'), ('reserve_price_fen__isnull', True)), models.Q(models.Q(('format', 'dutch'), _negated=True), ('clock_floor_fen__isnull', True), ('clock_seconds__isnull', True), ('clock_step_fen__isnull', True)), _connector='OR'), name='lot_dutch_has_clock'),
        ),
        install("trading", "dutch.sql"),
    ]
