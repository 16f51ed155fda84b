"""Makes the room known to Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ParticipantsConfig(AppConfig):
    name = "participants"
    verbose_name = _("参与方")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from participants import signin_marks, signins, step_up  # noqa: F401 (they listen to sign-ins)
