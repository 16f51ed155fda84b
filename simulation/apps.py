"""Makes the room known to Django."""

from django.apps import AppConfig


class SimulationConfig(AppConfig):
    name = "simulation"
    verbose_name = "仿真"
    default_auto_field = "django.db.models.BigAutoField"
