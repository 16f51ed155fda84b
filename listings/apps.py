"""Makes the room known to Django."""

from django.apps import AppConfig


class ListingsConfig(AppConfig):
    name = "listings"
    verbose_name = "登记与挂牌"
    default_auto_field = "django.db.models.BigAutoField"
