"""What each feature of a licence adds to its price, told with the reference prices."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0028_opt_outs'),
    ]

    operations = [
        migrations.AddField(
            model_name='pricebulletin',
            name='effects_deals',
            field=models.PositiveIntegerField(help_text='deals that the effects of features rest on; none where too few', null=True),
        ),
        migrations.AddField(
            model_name='pricebulletin',
            name='effects_r2_ppm',
            field=models.PositiveIntegerField(help_text='share of the variance of log prices explained, in millionths', null=True),
        ),
        migrations.CreateModel(
            name='PriceEffect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('feature', models.CharField(max_length=12)),
                ('level', models.CharField(blank=True, help_text="'' for an amount: per doubling", max_length=12)),
                ('beside', models.CharField(blank=True, help_text='the most frequent level, which it is held against', max_length=12)),
                ('deals', models.PositiveIntegerField()),
                ('effect_bps', models.IntegerField()),
                ('low_bps', models.IntegerField()),
                ('high_bps', models.IntegerField()),
                ('bulletin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='effects', to='listings.pricebulletin')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('bulletin', 'feature', 'level'), name='price_effect_once'), models.CheckConstraint(condition=models.Q(('high_bps__gte', models.F('effect_bps')), ('low_bps__gte', -10000), ('low_bps__lte', models.F('effect_bps'))), name='price_effect_in_order')],
            },
        ),
        append_only("listings_priceeffect"),
    ]
