"""``manage.py clear FORMAT [FILE|-]``: clears one auction's orders by the pure functions of the floor; needs no database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from trading.auctions.formats import all_formats
from trading.auctions.orders import OrderFault, clear, read

EXAMPLE = """\
example:
  echo '{"reserve": 95, "bids": [{"bidder": "a", "amount": 100}, {"bidder": "b", "amount": 90}]}' | manage.py clear second_price --json
"""


class Command(BaseCommand):
    help = "Clear one auction's orders: awards, prices, refused bids."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("format", choices=list(all_formats()), metavar="FORMAT", help=", ".join(all_formats()))
        parser.add_argument("file", nargs="?", default="-", metavar="FILE|-", help="JSON of one auction; - reads standard input")
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
            outcome = clear(options["format"], read(text))
        except (OSError, UnicodeDecodeError, ValueError) as fault:
            code = "trading.orders.unreadable" if isinstance(fault, OrderFault) else "trading.orders.no_file"
            self.stderr.write(f"{name}: {code}: {fault}")
            sys.exit(1)
        if options["json"]:
            self.stdout.write(json.dumps(outcome, ensure_ascii=False))
            return
        for award in outcome["awards"]:
            self.stdout.write(f"{award['bidder']}: {award['quantity']} x {award['price']}")
        for one in outcome["refused"]:
            least = f", at least {one['minimum']}" if one["minimum"] else ""
            self.stdout.write(f"refused {one['bidder']} (bid {one['bid']}): {one['code']}{least}")
        if not outcome["awards"]:
            self.stdout.write("no award")
