"""What the database itself refuses: illegal moves, changed terms, vanished rows."""

from django.db import migrations

from delivery.states import DELIVERY, GRANT
from evidence.guards import append_only, edges, frozen_columns, no_delete


class Migration(migrations.Migration):
    dependencies = [("delivery", "0001_initial"), ("evidence", "0001_initial")]

    operations = [
        edges("delivery_delivery", "status", DELIVERY, initial=["opened"]),
        edges("delivery_accessgrant", "status", GRANT, initial=["active"]),
        frozen_columns("delivery_delivery", "code", "trade_id", "seller_id", "buyer_id", "version_id", "mode", "expected_sha256", "opened_at"),
        frozen_columns("delivery_accessgrant", "code", "delivery_id", "buyer_id", "token_hash", "uses_allowed", "issued_at", "expires_at"),
        append_only("delivery_grantuse"),
        no_delete("delivery_delivery"),
        no_delete("delivery_accessgrant"),
    ]
