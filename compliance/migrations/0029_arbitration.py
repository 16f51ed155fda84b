"""Arbitration without mediation first, by agreement: the term both agreed on, and when the arbitrator took the case in."""

from django.db import migrations, models

from compliance.states import DISPUTE
from evidence.guards import edges


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0028_self_reports_anywhere'),
    ]

    operations = [
        migrations.AddField(
            model_name='dispute',
            name='award_days',
            field=models.PositiveSmallIntegerField(blank=True, help_text='working days for the award, as both agreed', null=True),
        ),
        migrations.AddField(
            model_name='dispute',
            name='taken_in_at',
            field=models.DateTimeField(blank=True, help_text='when the arbitrator took the case in', null=True),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'arbitrating'), _negated=True), ('arbitrator__isnull', False), _connector='OR'), name='dispute_has_its_arbitrator'),
        ),
        edges("compliance_dispute", "status", DISPUTE, initial=["negotiating"]),
    ]
