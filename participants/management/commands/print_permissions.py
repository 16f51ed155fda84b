"""``print_permissions``: the whole permission map as one table, for ``docs/permissions.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from kit.permissions import permission_map

__all__ = ["Command", "printed_map"]

_HEAD = """# Who may do what

Written by `manage.py print_permissions --write`; read from the map that the house opens with. What has no row is denied.
Roles are those in force at the act for the organisation acted for. *own* = only objects of that organisation: somebody else's
does not exist (404). Desks act on, list and read what the sectors and regions
of their membership take in, and what a joint case opened to their authority (R81).
*system* = the market's clock. *nobody* = the act exists so that its absence is a decision.

| act | who |
|---|---|
"""


def printed_map() -> str:
    """This will return the map as a table of markdown, one row an act."""
    rows = [f"| `{name}` | {_text(predicate)} |" for name, predicate in sorted(permission_map().items()) if not name.startswith("test.")]
    return _HEAD + "\n".join(rows) + "\n"


def _text(predicate: Any) -> str:
    return str(getattr(predicate, "text", getattr(predicate, "__doc__", "") or "by its own rule")).replace("|", "·").split("\n")[0]


class Command(BaseCommand):
    help = "Print who may do what, as the house opens with it. Example: manage.py print_permissions --write"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write docs/permissions.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            place = Path(settings.BASE_DIR) / "docs" / "permissions.md"
            place.write_text(printed_map(), encoding="utf-8")
            self.stdout.write(f"wrote {place.relative_to(settings.BASE_DIR)}")
        else:
            self.stdout.write(printed_map())
