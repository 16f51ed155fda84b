"""``export_catalogue``: the public catalogue of what is on sale."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from listings.exporting import written


class Command(BaseCommand):
    help = ("Write the public catalogue of live listings on stdout: DCAT-AP (Turtle, or JSON-LD with --syntax jsonld) or JSON. "
            "Example: manage.py export_catalogue --format dcat-ap > catalogue.ttl")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["dcat-ap", "json"], default="dcat-ap", help="DCAT-AP, or JSON for another exchange")
        parser.add_argument("--syntax", choices=["turtle", "jsonld"], default="turtle", help="how DCAT-AP is spelled (default: turtle)")
        parser.add_argument("--json", action="store_true", help="the same as --format json")

    def handle(self, *args: Any, **options: Any) -> None:
        spelling = "json" if options["json"] or options["format"] == "json" else options["syntax"]
        for piece in written(spelling):
            self.stdout.write(piece, ending="")
