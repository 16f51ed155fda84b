"""Keeps pilots: their caps are taken under the row's lock, a listing is marked by one of its own, its card says so."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from listings.states import PILOT


def recard(apps, editor):
    """Cards written before they said whether the listing is a pilot."""
    with editor.connection.cursor() as cursor:
        cursor.execute("UPDATE listings_listingindex SET card = listings_card(listing_id, card::json ->> 'seller') WHERE card IS NOT NULL")


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0019_grantor_share'),
        ('participants', '0010_engagement_fee'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pilot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('asked', '待批准'), ('running', '试点中'), ('refused', '未批准'), ('withdrawn', '撤回'), ('ended', '已结束'), ('released', '转为正式挂牌')], default='asked', max_length=10)),
                ('novelty', models.TextField(help_text='what is new, so that the rules have no ready answer')),
                ('safeguards', models.TextField(help_text='what keeps buyers and others from harm meanwhile')),
                ('most_trades', models.PositiveIntegerField()),
                ('most_buyers', models.PositiveIntegerField()),
                ('most_fen', models.BigIntegerField(help_text='turnover, all trades together')),
                ('trades', models.PositiveIntegerField(default=0)),
                ('buyers', models.PositiveIntegerField(default=0)),
                ('taken_fen', models.BigIntegerField(default=0)),
                ('ends_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision', models.TextField(blank=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_why', models.TextField(blank=True)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pilots', to='listings.listing')),
            ],
        ),
        migrations.AddField(
            model_name='listing',
            name='pilot',
            field=models.ForeignKey(blank=True, db_index=False, help_text='the trial it is sold under, until it is released; an ordinary listing has none', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.pilot'),
        ),
        migrations.CreateModel(
            name='PilotBuyer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bought_by', to='listings.pilot')),
            ],
        ),
        migrations.AddIndex(
            model_name='pilot',
            index=models.Index(condition=models.Q(('status', 'running')), fields=['ends_at'], name='pilot_ending'),
        ),
        migrations.AddConstraint(
            model_name='pilot',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['asked', 'running', 'refused', 'withdrawn', 'ended', 'released'])), name='pilot_status_known'),
        ),
        migrations.AddConstraint(
            model_name='pilot',
            constraint=models.CheckConstraint(condition=models.Q(('trades__lte', models.F('most_trades'))), name='pilot_trades_within'),
        ),
        migrations.AddConstraint(
            model_name='pilot',
            constraint=models.CheckConstraint(condition=models.Q(('buyers__lte', models.F('most_buyers'))), name='pilot_buyers_within'),
        ),
        migrations.AddConstraint(
            model_name='pilot',
            constraint=models.CheckConstraint(condition=models.Q(('taken_fen__gte', 0), ('taken_fen__lte', models.F('most_fen'))), name='pilot_turnover_within'),
        ),
        migrations.AddConstraint(
            model_name='pilot',
            constraint=models.CheckConstraint(condition=models.Q(('most_buyers__gte', 1), ('most_fen__range', (1, 9007199254740991)), ('most_trades__gte', 1)), name='pilot_has_caps'),
        ),
        migrations.AddConstraint(
            model_name='pilot',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('asked_at'))), name='pilot_ends'),
        ),
        migrations.AddConstraint(
            model_name='pilot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('novelty', ''), _negated=True), models.Q(('safeguards', ''), _negated=True)), name='pilot_says_what'),
        ),
        migrations.AddConstraint(
            model_name='pilot',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['asked', 'withdrawn']), models.Q(models.Q(('decision', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='pilot_decided_with_reasons'),
        ),
        migrations.AddConstraint(
            model_name='pilot',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['asked', 'running'])), fields=('listing',), name='pilot_one_under_way'),
        ),
        migrations.AddConstraint(
            model_name='pilotbuyer',
            constraint=models.UniqueConstraint(fields=('pilot', 'organization'), name='pilot_buyer_once'),
        ),
        edges("listings_pilot", "status", PILOT, initial=["asked"]),
        frozen_columns("listings_pilot", "code", "listing_id", "novelty", "safeguards", "asked_at"),
        no_delete("listings_pilot"),
        append_only("listings_pilotbuyer"),
        install("listings", "pilots.sql"),
        install("listings", "tradable.sql"),
        migrations.RunPython(recard, migrations.RunPython.noop),
    ]
