"""The share agreement a settlement is divided by, frozen when it falls due, and what each figure is made of."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0010_reduction'),
    ]

    operations = [
        migrations.CreateModel(
            name='AgreedShares',
            fields=[
                ('settlement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='agreed', serialize=False, to='settlement.settlement')),
                ('agreement', models.CharField(help_text='code of the share agreement (listings)', max_length=16)),
                ('content_hash', models.CharField(max_length=64)),
                ('terms', models.JSONField(help_text='as signed: weights, what is due first, the rule for too little')),
                ('before_fen', models.BigIntegerField(help_text='shared under the agreement before this trade')),
                ('pot_fen', models.BigIntegerField(help_text='of this trade, shared under it')),
                ('parts', models.JSONField()),
            ],
            options={
                'verbose_name_plural': 'agreed shares',
                'indexes': [models.Index(fields=['agreement'], name='agreed_shares_agreement')],
                'constraints': [models.CheckConstraint(condition=models.Q(('before_fen__gte', 0), ('pot_fen__gte', 0)), name='agreed_shares_not_negative')],
            },
        ),
        append_only("settlement_agreedshares"),
    ]
