"""Several licences in one lot: equal ones, bundles of items, as many as are wanted."""

from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0027_priority_fields'),
        ('participants', '0018_floor_figures'),
        ('trading', '0022_hybrid_lots'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='auction',
            name='lot_sealed_has_reveal',
        ),
        migrations.AddField(
            model_name='auction',
            name='items',
            field=models.JSONField(blank=True, default=list, help_text='of a lot of bundles: its items, one letter each'),
        ),
        migrations.AddField(
            model_name='auction',
            name='supply',
            field=models.PositiveSmallIntegerField(blank=True, help_text='of a lot of several equal licences: how many', null=True),
        ),
        migrations.AddField(
            model_name='award',
            name='items',
            field=models.JSONField(blank=True, default=list, help_text='of a lot of bundles: what was won'),
        ),
        migrations.AddField(
            model_name='reveal',
            name='word',
            field=models.CharField(blank=True, help_text='what was sealed where it is more than an amount: how many, bundles', max_length=600),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('format__in', ('first_price', 'second_price', 'uniform', 'pay_as_bid', 'vcg', 'rsop', 'hybrid')), ('reveal_hours__isnull', False)), models.Q(models.Q(('format__in', ('first_price', 'second_price', 'uniform', 'pay_as_bid', 'vcg', 'rsop', 'hybrid')), _negated=True), ('reveal_hours__isnull', True)), _connector='OR'), name='lot_sealed_has_reveal'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('format__in', ('uniform', 'pay_as_bid')), ('items', []), ('supply__range', (1, 50))), models.Q(('format', 'vcg'), ('supply__isnull', True), models.Q(('items', []), _negated=True)), models.Q(('items', []), ('supply__isnull', True), models.Q(('format__in', ('uniform', 'pay_as_bid', 'vcg')), _negated=True)), _connector='OR'), name='lot_several_says_what'),
        ),
        install("trading", "sealed.sql"),
        install("trading", "licences.sql"),
    ]
