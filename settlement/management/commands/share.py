"""``manage.py share [FILE|-]``: divides a pot by a sharing rule, exactly and to the fen; needs no database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from settlement.sharing.games import ShareFault
from settlement.sharing.orders import answer, read

EXAMPLE = """\
example:
  echo '{"pot_fen": 2400, "rule": "shapley", "game": {"1":2,"2":4,"3":5,"12":18,"13":14,"23":9,"123":24}}' | manage.py share --json

rules: proportional, equal (weights, claims, game, coverage) · shapley, leave_one_out, banzhaf (game, coverage)
       · talmud, cea, cel (claims). Coalitions of one-character names are written together ("12"), longer names
       with commas ("anna,ben"); a coalition left out is worth 0. coverage: {"anna": ["record", ...], ...}.
       agreement (terms: {"weights": {...}, "first": [...], "shortage": "talmud", "before_fen": 0}) · period (pool: {"weights": {...},
       "carried": {"anna": "1/3"}}: what each has accrued, whole fen paid, what waits) · shapley (reckoned: the inputs of a contribution
       as its page gives them, to reckon it again)
"""


class Command(BaseCommand):
    help = "Divide a pot among parties: exact fractions, and fen that sum to the pot."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE|-", help="JSON of one order; - reads standard input")
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
            outcome = answer(read(text))
        except (OSError, UnicodeDecodeError) as fault:
            self.stderr.write(f"{name}: settlement.share.no_file: {fault}")
            sys.exit(1)
        except ShareFault as fault:
            self.stderr.write(f"{name}: {fault.code}: {fault}")
            sys.exit(1)
        if options["json"]:
            self.stdout.write(json.dumps(outcome, ensure_ascii=False))
            return
        for one in outcome["parties"]:
            self.stdout.write(f"{one['party']}: {one['fraction']} → {one['fen']} fen")
