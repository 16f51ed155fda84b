"""``manage.py open_market``: live the demo market up to now through the production operations; called at every demo start."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from simulation.market import Market
from simulation.scenarios.house import open_house
from simulation.scenarios.opening import DAYS
from simulation.tables import TablesMissing, tables_available


class Command(BaseCommand):
    help = (
        "Lives the demo market up to the present through the production operations: ninety days on a fresh database, the missed days "
        "(at most thirty) after a pause, nothing when nothing is missing. Same seed, same history.\n"
        "Example: manage.py open_market    or, shorter: manage.py open_market --days 5"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=DAYS, help=f"length of a fresh market's history (default {DAYS})")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION or not settings.DEMO_ACCOUNTS:
            raise CommandError("open_market makes a demo market; a production installation has none (DEMO_ACCOUNTS is off)")
        try:
            tables_available()
        except TablesMissing as fault:
            raise CommandError(str(fault)) from fault
        began = time.monotonic()
        opened = open_house(days=options["days"], progress=None if options["json"] else self._show)
        seconds = time.monotonic() - began
        if options["json"]:
            self.stdout.write(json.dumps({"days": opened.days, "acts": opened.acts, "refused": opened.refused,
                                          "seconds": round(seconds, 1)}))
        elif opened.market is not None:
            self.stdout.write(f"    {opened.days} days lived: {opened.acts} acts, {opened.refused} refused, in {seconds:.0f} s")
            if options["verbosity"] > 1:
                self._measure(opened.market)

    def _show(self, day: int, days: int, market: Market) -> None:
        if day == days or day % 10 == 0:
            self.stdout.write(f"    day {day:3} of {days}: {market.acts:5} acts")
            self.stdout.flush()

    def _measure(self, market: Market) -> None:
        """Where the time went, by operation; for whoever makes one faster."""
        for name, spent in market.spent_ns.most_common(25):
            count = max(1, market.rounds[name])
            self.stdout.write(f"    {name:42} {count:5} × {spent / 1e6 / count:6.1f} ms = {spent / 1e9:6.2f} s")
