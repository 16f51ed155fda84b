"""``manage.py replay_auctions FILE``: real auctions of other houses through the production bidding operations."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from simulation.replay import RULES, RecordedAuction, ReplayFault, read_auction, replay

EXAMPLE = """\
example:
  manage.py replay_auctions auctions.jsonl --rules ebay_proxy --json

One auction a line: {"auction": id, "open_bid": "99", "type": "3 day auction", "bids": [{"bidder": name, "amount": "175",
"t_days": "2.230949"}, …]}. ebay_proxy: the increment table by price band, any maximum is taken, no soft close, no deposit.
soft_close: open outcry, raises in basis points, the end counts from the first bid, an extension from the last one
(a line may name increment_bps, duration_seconds, extension_seconds). Works in a database that is thrown away.
"""


class Command(BaseCommand):
    help = "Replay auctions through the production bidding operations, in a throw-away database, on a moved clock."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="JSON lines, one auction each")
        parser.add_argument("--rules", choices=sorted(RULES), default="ebay_proxy")
        parser.add_argument("--json", action="store_true", help="JSON lines: one an auction, the totals last")

    def handle(self, *args: Any, **options: Any) -> None:
        auctions = self._read(options["file"])
        totals = {"auctions": 0, "bids": 0, "awarded": 0, "refused": 0, "published_prices_matched": 0}
        for done in replay(auctions, RULES[options["rules"]]):
            totals["auctions"] += 1
            totals["bids"] += done.bids
            totals["awarded"] += done.winner is not None
            totals["refused"] += len(done.refused)
            totals["published_prices_matched"] += done.price_fen is not None and done.price_fen in done.published_fen[:1]
            self._tell(done.as_json(), options["json"])
        self.stdout.write(json.dumps({"totals": totals, "rules": options["rules"]}) if options["json"] else
                          ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in totals.items()))

    def _tell(self, row: dict[str, Any], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(row, ensure_ascii=False))
        else:
            self.stdout.write(f"{row['auction']}: {row['winner'] or 'no award'} {row['price'] or ''}"
                              + (f", refused {len(row['refused'])}" if row["refused"] else ""))

    def _read(self, name: str) -> list[RecordedAuction]:
        auctions, faults = [], 0
        try:
            lines = Path(name).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as fault:
            self.stderr.write(f"{name}: simulation.replay.no_file: {fault}")
            sys.exit(1)
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                auctions.append(read_auction(line))
            except ReplayFault as fault:
                faults += 1
                self.stderr.write(f"{name}:{number}: simulation.replay.unreadable: {fault}")
        if faults:
            sys.exit(1)
        return auctions
