"""How the rest of a share agreement is divided: at once, or out of a pool once a period; by which reckoned contribution (R72)."""

from django.db import migrations, models

from evidence.guards import frozen_columns


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0031_share_agreements'),
    ]

    operations = [
        migrations.AddField(
            model_name='shareagreement',
            name='rest',
            field=models.JSONField(default=dict, help_text='how the rest goes: at once by weight, or period_months out of a pool; contribution'),
        ),
        frozen_columns("listings_shareagreement", "code", "version_id", "replaces_id", "number", "links", "first", "rest", "shortage",
                       "content_hash", "proposed_at"),
    ]
