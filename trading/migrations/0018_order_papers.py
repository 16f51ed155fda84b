"""What an order carries for the buyer's books."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('trading', '0017_names_at_the_desk'),
    ]

    operations = [
        migrations.CreateModel(
            name='OrderPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('po_number', models.CharField(blank=True, max_length=40)),
                ('cost_centre', models.CharField(blank=True, max_length=40)),
                ('invoice_title', models.CharField(blank=True, max_length=100)),
                ('tax_number', models.CharField(blank=True, max_length=18)),
                ('at', models.DateTimeField()),
                ('bidder', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='trading.bidder')),
                ('trade', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='trading.trade')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('bidder__isnull', True), ('trade__isnull', True), _connector='XOR'), name='order_paper_of_one_thing'), models.CheckConstraint(condition=models.Q(('tax_number__regex', '^([0-9A-HJ-NP-RTUWXY]{18})?$')), name='order_paper_tax_number'), models.CheckConstraint(condition=models.Q(('tax_number', ''), models.Q(('invoice_title', ''), _negated=True), _connector='OR'), name='order_paper_number_has_a_title'), models.CheckConstraint(condition=models.Q(('cost_centre', ''), ('invoice_title', ''), ('po_number', ''), ('tax_number', ''), _negated=True), name='order_paper_says_something')],
            },
        ),
        append_only("trading_orderpaper"),
    ]
