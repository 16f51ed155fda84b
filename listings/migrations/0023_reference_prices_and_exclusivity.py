"""Reference prices: a dated series that only grows. An exclusive grant has its price and its end."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, frozen_columns


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0022_closed_from_the_start'),
        ('participants', '0013_reference_figures_and_sizes'),
    ]

    operations = [
        migrations.CreateModel(
            name='PriceBulletin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text='market day of publishing; the period ends as it begins')),
                ('since', models.DateField(help_text='first market day of the period')),
                ('trades', models.PositiveIntegerField(help_text='settled trades of the period that were counted')),
                ('related', models.PositiveIntegerField(help_text='left out: parties tied to each other')),
                ('pilots', models.PositiveIntegerField(help_text='left out: sold as a pilot')),
                ('least_trades', models.PositiveIntegerField()),
                ('least_parties', models.PositiveIntegerField()),
                ('most_share_bps', models.PositiveIntegerField()),
                ('lines_root', models.CharField(help_text='Merkle root over its lines, as the record book holds it', max_length=64)),
                ('at', models.DateTimeField()),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='price_bulletins', to='participants.venue')),
            ],
        ),
        migrations.CreateModel(
            name='ReferencePrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(max_length=12)),
                ('sector', models.CharField(max_length=4)),
                ('mode', models.CharField(blank=True, max_length=12)),
                ('withheld', models.CharField(blank=True, choices=[('few_trades', '成交笔数不足'), ('few_parties', '卖方或买方不足'), ('one_party', '一方占比超过上限')], max_length=12)),
                ('trades', models.PositiveIntegerField(null=True)),
                ('sellers', models.PositiveIntegerField(null=True)),
                ('buyers', models.PositiveIntegerField(null=True)),
                ('low_fen', models.BigIntegerField(help_text='first quartile', null=True)),
                ('median_fen', models.BigIntegerField(null=True)),
                ('high_fen', models.BigIntegerField(help_text='third quartile', null=True)),
                ('bulletin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='listings.pricebulletin')),
            ],
        ),
        migrations.AddConstraint(
            model_name='pricebulletin',
            constraint=models.UniqueConstraint(fields=('venue', 'day'), name='price_bulletin_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='pricebulletin',
            constraint=models.CheckConstraint(condition=models.Q(('since__lt', models.F('day'))), name='price_bulletin_period'),
        ),
        migrations.AddIndex(
            model_name='referenceprice',
            index=models.Index(fields=['sector', 'category', 'mode', '-bulletin'], name='reference_price_series'),
        ),
        migrations.AddConstraint(
            model_name='referenceprice',
            constraint=models.UniqueConstraint(fields=('bulletin', 'category', 'sector', 'mode'), name='reference_price_once'),
        ),
        migrations.AddConstraint(
            model_name='referenceprice',
            constraint=models.CheckConstraint(condition=models.Q(('category__in', ['public', 'enterprise', 'personal'])), name='reference_price_category'),
        ),
        migrations.AddConstraint(
            model_name='referenceprice',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['', 'fixed', 'auction', 'negotiated'])), name='reference_price_mode'),
        ),
        migrations.AddConstraint(
            model_name='referenceprice',
            constraint=models.CheckConstraint(condition=models.Q(('withheld__in', ['', 'few_trades', 'few_parties', 'one_party'])), name='reference_price_withheld'),
        ),
        migrations.AddConstraint(
            model_name='referenceprice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('buyers__isnull', False), ('high_fen__gte', models.F('median_fen')), ('high_fen__isnull', False), ('high_fen__lte', 9007199254740991), ('low_fen__gte', 1), ('low_fen__isnull', False), ('median_fen__gte', models.F('low_fen')), ('median_fen__isnull', False), ('sellers__isnull', False), ('trades__isnull', False), ('withheld', '')), models.Q(models.Q(('withheld', ''), _negated=True), ('buyers__isnull', True), ('high_fen__isnull', True), ('low_fen__isnull', True), ('median_fen__isnull', True), ('sellers__isnull', True), ('trades__isnull', True)), _connector='OR'), name='reference_price_told_or_withheld'),
        ),
        migrations.AddField(
            model_name='propertyright',
            name='exclusive_fen',
            field=models.BigIntegerField(blank=True, help_text='what the exclusivity costs', null=True),
        ),
        migrations.AlterField(
            model_name='propertyright',
            name='exclusive',
            field=models.BooleanField(default=False, help_text='an option that is priced and ends (W2); data is licensed to many'),
        ),
        migrations.AddConstraint(
            model_name='propertyright',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('exclusive', False), ('exclusive_fen__isnull', True)), models.Q(('effective_to__isnull', False), ('exclusive', True), ('exclusive_fen__isnull', False), ('exclusive_fen__range', (1, 9007199254740991))), _connector='OR'), name='right_exclusive_priced_and_ends'),
        ),
        frozen_columns("listings_propertyright", "code", "product_id", "right", "parent_id", "purposes", "territory", "sublicence_depth",
                       "exclusive", "exclusive_fen", "origin"),
        append_only("listings_pricebulletin"),
        append_only("listings_referenceprice"),
    ]
