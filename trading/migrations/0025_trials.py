"""Who tried what, once."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0027_priority_fields'),
        ('participants', '0017_billing'),
        ('trading', '0024_shortfalls'),
    ]

    operations = [
        migrations.CreateModel(
            name='TrialUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trials', to='participants.organization')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trials', to='listings.listing')),
                ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='trial', to='trading.trade')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('buyer', 'listing'), name='trial_once_per_buyer')],
            },
        ),
        append_only("trading_trialuse"),
    ]
