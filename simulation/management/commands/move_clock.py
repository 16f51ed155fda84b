"""``manage.py move_clock``: time acceleration outside production (capability I3)."""

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.clock import MARKET_CLOCK, set_market_clock
from simulation.jumping import jump_in_order

STEP = re.compile(r"(\d+)([dhms])")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
FASTEST = 86_400


class Command(BaseCommand):
    """Moves the market's clock forward, e.g. past a notice period, or lets it run faster, for demonstrations and training.
    With --in-order it stops at every instant at which something is due on the way, so that deadlines fire in their order, each at its time;
    without it the clock jumps and whatever came due meanwhile fires after the jump.
    Refused in production. Example: manage.py move_clock 8d --in-order   or   manage.py move_clock 90m --rate 60
    """

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", help="how far: 8d, 3h, 90m, 30s (0s with --rate changes only the speed)")
        parser.add_argument("--rate", type=int, default=1, help=f"market seconds per wall second afterwards, 0 to {FASTEST} (default 1)")
        parser.add_argument("--in-order", action="store_true", help="stop wherever something is due on the way")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("the market clock of a production installation is not moved: its deadlines are people's deadlines. "
                               "Use a demonstration installation (DX_PROFILE=demo)")
        found = STEP.fullmatch(options["step"])
        if not found:
            raise CommandError("a step is a whole number and a unit: 8d, 3h, 90m, 30s", returncode=2)
        if not 0 <= options["rate"] <= FASTEST:
            raise CommandError(f"a rate is a whole number from 0 (stands still) to {FASTEST} (a day a second)", returncode=2)
        target = MARKET_CLOCK.now() + timedelta(**{UNITS[found[2]]: int(found[1])})
        if options["in_order"]:
            stops = jump_in_order(target)
            self.stdout.write(f"stopped {stops} times on the way")
        set_market_clock(max(target, MARKET_CLOCK.now()), options["rate"])
        self.stdout.write(f"{MARKET_CLOCK.now():%Y-%m-%d %H:%M:%S} UTC, rate {options['rate']}")
