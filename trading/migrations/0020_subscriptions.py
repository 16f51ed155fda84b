"""Licences ordered period by period, each a trade of its own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, no_delete
from trading.states import SUBSCRIPTION


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0027_priority_fields'),
        ('participants', '0017_billing'),
        ('trading', '0019_carts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('purpose', models.CharField(blank=True, max_length=40)),
                ('total_fen', models.BigIntegerField(help_text="the most a period may cost with the buyer's fees")),
                ('status', models.CharField(choices=[('running', '订购中'), ('ending', '期末结束'), ('ended', '已结束')], default='running', max_length=8)),
                ('number', models.PositiveIntegerField(default=1, help_text='periods ordered')),
                ('period_to', models.DateTimeField(help_text='when what is paid runs out')),
                ('due_at', models.DateTimeField(blank=True, help_text='when the next period is ordered and paid', null=True)),
                ('reminded_at', models.DateTimeField(blank=True, help_text='when its renewal was announced, for the period that runs', null=True)),
                ('cause', models.CharField(blank=True, max_length=60)),
                ('opened_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='participants.organization')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='listings.listing')),
                ('ordered_by', models.ForeignKey(help_text='on whose authority each period is ordered', on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SubscriptionPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('starts', models.DateTimeField()),
                ('ends', models.DateTimeField()),
                ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='periods', to='trading.subscription')),
                ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='period', to='trading.trade')),
            ],
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('status', 'running')), fields=['due_at'], name='subscription_due'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('status', 'ending')), fields=['period_to'], name='subscription_ending'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['running', 'ending', 'ended'])), name='subscription_status_known'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('total_fen__range', (0, 9007199254740991))), name='subscription_in_range'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'ended'), _negated=True), fields=('buyer', 'listing'), name='subscription_one_running'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status', 'running')), models.Q(models.Q(('status', 'running'), _negated=True), ('due_at__isnull', True)), _connector='OR'), name='subscription_running_until'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('status', 'ended')), models.Q(models.Q(('status', 'ended'), _negated=True), ('ended_at__isnull', True)), _connector='OR'), name='subscription_ends'),
        ),
        migrations.AddConstraint(
            model_name='subscriptionperiod',
            constraint=models.UniqueConstraint(fields=('subscription', 'number'), name='period_number_once'),
        ),
        migrations.AddConstraint(
            model_name='subscriptionperiod',
            constraint=models.CheckConstraint(condition=models.Q(('ends__gt', models.F('starts'))), name='period_forward'),
        ),
        edges("trading_subscription", "status", SUBSCRIPTION, initial=["running"]),
        frozen_columns("trading_subscription", "code", "buyer_id", "listing_id", "ordered_by_id", "purpose", "total_fen", "opened_at"),
        no_delete("trading_subscription"),
        append_only("trading_subscriptionperiod"),
    ]
