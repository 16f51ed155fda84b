"""Makes the room known to Django."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "delivery"
    verbose_name = "交付"
    default_auto_field = "django.db.models.BigAutoField"
