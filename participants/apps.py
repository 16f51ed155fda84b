"""Makes the room known to Django."""

from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    name = "participants"
    verbose_name = "参与方"
    default_auto_field = "django.db.models.BigAutoField"
