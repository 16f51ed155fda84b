"""``manage.py audit_sample``: draw an auditor's sample again, to check one that was recorded. Records nothing."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand

from participants.auditing.samples import KINDS, draw
from participants.queries import LOCAL


class Command(BaseCommand):
    help = "Draw a random sample of objects; the same kind, period and seed give the same sample. Example: " \
           "manage.py audit_sample --kind trading.trade.executed --since 2026-09-01 --until 2026-10-01 --seed 7 --size 10"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--kind", required=True, choices=sorted(KINDS))
        parser.add_argument("--since", required=True, type=date.fromisoformat, help="first day (market time)")
        parser.add_argument("--until", required=True, type=date.fromisoformat, help="the day after the last")
        parser.add_argument("--seed", required=True)
        parser.add_argument("--size", type=int, default=10)

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = (datetime.combine(options[name], time(), LOCAL) for name in ("since", "until"))
        if since >= until or options["size"] < 1:
            self.stderr.write("--since comes before --until, and --size is at least 1")
            sys.exit(2)
        made = draw(kind=options["kind"], since=since, until=until, seed=options["seed"], size=options["size"])
        self.stdout.write(json.dumps({"population": made.count, "population_hash": made.hash, "drawn": list(made.drawn)}, indent=1))
