"""``manage.py move_clock``: time acceleration outside production (capability I3)."""

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.clock import MARKET_CLOCK, set_market_clock

STEP = re.compile(r"(\d+)([dhms])")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class Command(BaseCommand):
    """Moves the market's clock forward, e.g. past a notice period; deadlines then fire in order.
    Refused in production. Example: manage.py move_clock 8d   or   manage.py move_clock 90m --rate 60
    """

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", help="how far: 8d, 3h, 90m, 30s (0s with --rate changes only the speed)")
        parser.add_argument("--rate", type=int, default=1, help="market seconds per wall second afterwards (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("the market clock of a production installation is not moved")
        found = STEP.fullmatch(options["step"])
        if not found:
            raise CommandError("a step is a whole number and a unit: 8d, 3h, 90m, 30s", returncode=2)
        target = MARKET_CLOCK.now() + timedelta(**{UNITS[found[2]]: int(found[1])})
        set_market_clock(target, options["rate"])
        self.stdout.write(f"{MARKET_CLOCK.now():%Y-%m-%d %H:%M:%S} UTC, rate {options['rate']}")
