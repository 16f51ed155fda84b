"""Prices, terms and a ceiling agreed once, called off order by order."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from trading.states import FRAMEWORK


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0027_priority_fields'),
        ('participants', '0017_billing'),
        ('trading', '0020_subscriptions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Framework',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('offered', '待答复'), ('in_force', '可下单'), ('declined', '已谢绝'), ('withdrawn', '已撤回'), ('expired', '过期'), ('ended', '已结束')], default='offered', max_length=10)),
                ('ceiling_fen', models.BigIntegerField(help_text='all orders together, at their prices')),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('terms_hash', models.CharField(help_text='SHA-256 of the canonical terms that were offered', max_length=64)),
                ('offered_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='when an offer that nobody answered expires', null=True)),
                ('effective_to', models.DateTimeField(help_text='no order from then on')),
                ('agreed_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('cause', models.CharField(blank=True, max_length=60)),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='frameworks_bought', to='participants.organization')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='frameworks_sold', to='participants.organization')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='frameworks', to='participants.venue')),
            ],
        ),
        migrations.CreateModel(
            name='FrameworkItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('price_fen', models.BigIntegerField()),
                ('purpose', models.CharField(blank=True, max_length=40)),
                ('term_days', models.PositiveIntegerField(blank=True, null=True)),
                ('framework', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='trading.framework')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.listing')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.listingversion')),
            ],
        ),
        migrations.CreateModel(
            name='CallOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('price_fen', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='call_off', to='trading.trade')),
                ('framework', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='trading.framework')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='trading.frameworkitem')),
            ],
        ),
        migrations.AddIndex(
            model_name='framework',
            index=models.Index(condition=models.Q(('status', 'offered')), fields=['due_at'], name='framework_due'),
        ),
        migrations.AddIndex(
            model_name='framework',
            index=models.Index(condition=models.Q(('status', 'in_force')), fields=['effective_to'], name='framework_over'),
        ),
        migrations.AddConstraint(
            model_name='framework',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['offered', 'in_force', 'declined', 'withdrawn', 'expired', 'ended'])), name='framework_status_known'),
        ),
        migrations.AddConstraint(
            model_name='framework',
            constraint=models.CheckConstraint(condition=models.Q(('seller', models.F('buyer')), _negated=True), name='framework_two_parties'),
        ),
        migrations.AddConstraint(
            model_name='framework',
            constraint=models.CheckConstraint(condition=models.Q(('ceiling_fen__range', (1, 9007199254740991))), name='framework_ceiling_in_range'),
        ),
        migrations.AddConstraint(
            model_name='framework',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('offered_at'))), name='framework_term_forward'),
        ),
        migrations.AddConstraint(
            model_name='framework',
            constraint=models.CheckConstraint(condition=models.Q(('terms_hash__regex', '^[0-9a-f]{64}$')), name='framework_has_a_hash'),
        ),
        migrations.AddConstraint(
            model_name='framework',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status', 'offered')), models.Q(models.Q(('status', 'offered'), _negated=True), ('due_at__isnull', True)), _connector='OR'), name='framework_offered_until'),
        ),
        migrations.AddConstraint(
            model_name='frameworkitem',
            constraint=models.UniqueConstraint(fields=('framework', 'number'), name='framework_item_once'),
        ),
        migrations.AddConstraint(
            model_name='frameworkitem',
            constraint=models.UniqueConstraint(fields=('framework', 'listing'), name='framework_listing_once'),
        ),
        migrations.AddConstraint(
            model_name='frameworkitem',
            constraint=models.CheckConstraint(condition=models.Q(('price_fen__range', (0, 9007199254740991))), name='framework_item_in_range'),
        ),
        migrations.AddConstraint(
            model_name='calloff',
            constraint=models.UniqueConstraint(fields=('framework', 'number'), name='call_off_once'),
        ),
        edges("trading_framework", "status", FRAMEWORK, initial=["offered"]),
        frozen_columns("trading_framework", "code", "venue_id", "seller_id", "buyer_id", "ceiling_fen", "note", "terms_hash", "offered_at",
                       "effective_to"),
        no_delete("trading_framework"),
        append_only("trading_frameworkitem"),
        append_only("trading_calloff"),
        install("trading", "frameworks.sql"),
    ]
