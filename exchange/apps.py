"""Opens the house: every room's refusals, permissions, subscribers and invariants are read once at start."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

#: The rooms from top to bottom; a room may import only rooms written after it.
ROOMS = ("simulation", "settlement", "delivery", "trading", "listings", "compliance", "participants", "ledger", "evidence")
FURNITURE_READ_AT_START = ("refusals", "permissions", "subscribers", "invariants", "keeping", "estates", "takeouts")


class ExchangeConfig(AppConfig):
    name = "exchange"
    verbose_name = "交易所"

    def ready(self) -> None:
        for room in reversed(ROOMS):
            for furniture in FURNITURE_READ_AT_START:
                if find_spec(f"{room}.{furniture}"):
                    import_module(f"{room}.{furniture}")
        for furniture in ("refusals", "permissions", "checks"):
            if find_spec(f"exchange.{furniture}"):
                import_module(f"exchange.{furniture}")


class SupervisionAdminConfig(AdminConfig):
    default_site = "exchange.admin.SupervisionSite"
