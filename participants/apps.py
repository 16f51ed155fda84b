"""Makes the room known to Django."""

from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    name = "participants"
    verbose_name = "参与方"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from participants import signins, step_up  # noqa: F401 (they listen to sign-ins)
