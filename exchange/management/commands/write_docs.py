"""``manage.py write_docs``: what ``make docs`` calls."""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

#: modules with ``pages() -> {path below docs/: text}``
WRITERS = ("exchange.lifecycles", "exchange.permission_page", "compliance.rule_pages", "delivery.kind_pages",
           "exchange.refusal_page", "simulation.claims.page")


def generated() -> dict[Path, str]:
    """This will return every generated page as it should be."""
    found: dict[Path, str] = {}
    for name in WRITERS:
        if find_spec(name):
            for path, text in import_module(name).pages().items():
                found[Path(settings.BASE_DIR) / "docs" / path] = text
    return found


class Command(BaseCommand):
    """Writes the generated pages of docs/ (lifecycles, rules, permissions, refusals, claims). Example: manage.py write_docs --check"""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only tell which pages are out of date; exit 1 if any")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = [(path, text) for path, text in generated().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
        for path, text in stale:
            if options["check"]:
                self.stderr.write(f"{path.relative_to(settings.BASE_DIR)} is out of date: run  make docs")
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        if stale and options["check"]:
            sys.exit(1)
