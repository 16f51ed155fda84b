"""Challenges on requests for quotes: criteria that never change, trial answers marked once when the round is over."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('trading', '0015_public_uses'),
    ]

    operations = [
        migrations.CreateModel(
            name='Challenge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.CharField(choices=[('accuracy', '答对的比例'), ('macro_f1', '各类 F1 的平均'), ('skill', '数值误差（相对一律填中位数的改进）')], max_length=10)),
                ('weight', models.PositiveSmallIntegerField(help_text='of the mark, in percent; the price has the rest')),
                ('least_ppm', models.PositiveIntegerField(help_text='the least mark that may be awarded, in millionths')),
                ('items', models.PositiveIntegerField(help_text='how many questions there are')),
                ('salt', models.BinaryField(help_text='of the commitment to the answers: few answers would be guessed from a bare hash')),
                ('answers', models.ForeignKey(help_text="the buyer's alone until the decision", on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('questions', models.ForeignKey(help_text='what every bidder downloads', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('rfq', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='challenge', to='trading.rfq')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('measure__in', ['accuracy', 'macro_f1', 'skill'])), name='challenge_measure_known'), models.CheckConstraint(condition=models.Q(('weight__range', (10, 90))), name='challenge_weight_in_range'), models.CheckConstraint(condition=models.Q(('least_ppm__lte', 1000000)), name='challenge_least_in_range'), models.CheckConstraint(condition=models.Q(('items__gte', 10)), name='challenge_items_enough')],
            },
        ),
        migrations.CreateModel(
            name='TrialEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark_ppm', models.PositiveIntegerField(blank=True, null=True)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('quote', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='trial', to='trading.quote')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('mark_ppm__isnull', True), ('mark_ppm__lte', 1000000), _connector='OR'), name='trial_mark_in_range')],
            },
        ),
        append_only("trading_challenge"),
        no_delete("trading_trialentry"),
        frozen_columns("trading_trialentry", "quote_id", "file_id"),
        install("trading", "challenges.sql"),
    ]
