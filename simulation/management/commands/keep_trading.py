"""``manage.py keep_trading``: simulated participants keep announcing, bidding, paying and delivering until told to stop."""

from __future__ import annotations

import logging
import signal
from argparse import ArgumentParser
from threading import Event
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from simulation.scenarios.going_on import GoingOn

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Keeps the demo market moving through the production operations, at a gentle pace, until SIGTERM or Ctrl-C.\n"
        "Example: manage.py keep_trading --pace 4"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pace", type=float, default=4.0, help="mean seconds between two bids (default 4)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION or not settings.DEMO_ACCOUNTS:
            raise CommandError("keep_trading plays a demo market; a production installation has none (DEMO_ACCOUNTS is off)")
        stopping = Event()

        def stop(number: int, frame: FrameType | None) -> None:
            stopping.set()

        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, stop)
        trading = GoingOn(stopping, pace_s=max(0.2, options["pace"]))
        trading.run()
        log.info("trading stopped after %s acts (%s refused)", trading.market.acts, trading.market.refused.total())
