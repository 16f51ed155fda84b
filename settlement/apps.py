"""Makes the room known to Django."""

from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "settlement"
    verbose_name = "清结算"
    default_auto_field = "django.db.models.BigAutoField"
