"""What the parties of deliveries, tokens and deletions may change by: a succession alone."""

from django.db import migrations

from evidence.guards import frozen_columns
from participants.owners import owners


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0003_deletion_tasks'),
        ('trading', '0005_succession'),
        ('participants', '0009_succession'),
    ]

    operations = [
        frozen_columns("delivery_delivery", "code", "trade_id", "version_id", "mode", "expected_sha256", "opened_at"),
        owners("delivery_delivery", "seller_id", "buyer_id", born=False),
        frozen_columns("delivery_accessgrant", "code", "delivery_id", "token_hash", "uses_allowed", "issued_at", "expires_at"),
        owners("delivery_accessgrant", "buyer_id", born=False),
        frozen_columns("delivery_deletiontask", "code", "consent_id", "delivery_id", "notice", "opened_at"),
        owners("delivery_deletiontask", "recipient_id", born=False),
    ]
