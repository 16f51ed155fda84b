"""Makes the room known to Django."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "evidence"
    verbose_name = "存证"
    default_auto_field = "django.db.models.BigAutoField"
