"""The grantor's share of what its public data earns, frozen with the authorisation (R76)."""

from django.db import migrations, models

from evidence.guards import frozen_columns


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0018_interest'),
    ]

    operations = [
        migrations.AddField(
            model_name='authorisation',
            name='grantor_share_bps',
            field=models.PositiveIntegerField(default=0, help_text="of what a price leaves to share, to the grantor's account"),
        ),
        migrations.AddConstraint(
            model_name='authorisation',
            constraint=models.CheckConstraint(condition=models.Q(('grantor_share_bps__lt', 10000)), name='authorisation_operator_earns_too'),
        ),
        frozen_columns("listings_authorisation", "code", "model", "subject_zh", "document_no", "fields", "purposes", "territory",
                       "price_basis", "effective_from", "effective_to", "filed_at", "grantor_share_bps"),
    ]
