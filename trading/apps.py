"""Makes the room known to Django."""

from django.apps import AppConfig


class TradingConfig(AppConfig):
    name = "trading"
    verbose_name = "交易"
    default_auto_field = "django.db.models.BigAutoField"
