"""``retry_parked``: hands parked records to their subscribers again, in order."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from evidence.clock import MARKET_CLOCK
from evidence.delivery import retry_parked
from evidence.queries import parked


class Command(BaseCommand):
    help = "Hand parked records to their subscribers again. Example: manage.py retry_parked --subscriber delivery.open"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--subscriber", help="only this one")
        parser.add_argument("--list", action="store_true", help="show what is parked, do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["list"]:
            taken, left = retry_parked(clock=MARKET_CLOCK, name=options["subscriber"])
            self.stdout.write(f"{taken} taken, {left} still parked")
        for one in parked():
            self.stderr.write(f"{one.subscriber} {one.position} {one.subject}: {one.error.splitlines()[0] if one.error else ''}")
        if parked().exists():
            raise SystemExit(1)
