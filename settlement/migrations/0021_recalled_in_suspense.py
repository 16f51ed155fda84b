"""Money in and its recall by the payer's bank close each other while its owner is still looked for; the database keeps them a pair."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import edges, install
from settlement.states import SUSPENSE


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0020_tax_apart'),
    ]

    operations = [
        migrations.AddField(
            model_name='suspense',
            name='matched_with',
            field=models.OneToOneField(blank=True, help_text="the item it cancels out with: money in, and its recall by the payer's bank", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.suspense'),
        ),
        migrations.AlterField(
            model_name='suspense',
            name='status',
            field=models.CharField(choices=[('open', '待查'), ('cleared', '已查清'), ('matched', '收撤相抵')], default='open', max_length=8),
        ),
        migrations.RemoveConstraint(model_name='suspense', name='suspense_status_known'),
        migrations.AddConstraint(
            model_name='suspense',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'cleared', 'matched'])), name='suspense_status_known'),
        ),
        migrations.RemoveConstraint(model_name='suspense', name='suspense_cleared_is_a_transfer'),
        migrations.AddConstraint(
            model_name='suspense',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'open'), ('transfer__isnull', True)), models.Q(('status', 'cleared'), ('transfer__isnull', False)), models.Q(('status', 'matched'), ('transfer__isnull', True)), _connector='OR'), name='suspense_cleared_is_a_transfer'),
        ),
        migrations.AddConstraint(
            model_name='suspense',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('matched_with__isnull', False), ('status', 'matched')), models.Q(models.Q(('status', 'matched'), _negated=True), ('matched_with__isnull', True)), _connector='OR'), name='suspense_matched_names_the_other'),
        ),
        edges("settlement_suspense", "status", SUSPENSE, initial=["open"]),
        install("settlement", "suspense.sql"),
    ]
