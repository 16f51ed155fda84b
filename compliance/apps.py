"""Makes the room known to Django."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = "合规与治理"
    default_auto_field = "django.db.models.BigAutoField"
