"""``manage.py reproduce [ID…]``: what economics knows, measured again on the price functions of this house."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from simulation.claims.claim import all_claims
from simulation.claims.draws import SEED
from simulation.claims.page import keep
from simulation.claims.running import Verdict, reproduce, row_of, shown
from simulation.claims.unknown import fault_of

EXAMPLE = """\
example:
  manage.py reproduce E1 E48 --json      two claims as one JSON document
  manage.py reproduce --quick            all of them with a fortieth of the draws, in seconds

Without --quick every claim is drawn as often as its tolerance asks (some minutes). The same seed gives the same figures on any number of
workers. Exit code 1: a claim that does not hold, or an id that is no claim, one line each on standard error.
"""


class Command(BaseCommand):
    help = "Measure the claims of economics on the production price functions: expected, measured, 99 % interval, whether it holds."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ids", nargs="*", metavar="ID", help="claims by id (E1, E48 …); none = all")
        parser.add_argument("--json", action="store_true", help="one JSON document")
        parser.add_argument("--quick", action="store_true", help="few draws, each figure forgiven its own interval")
        parser.add_argument("--seed", type=int, default=SEED, help=f"root of all draws (default {SEED})")
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
        parser.add_argument("--write", action="store_true", help="keep the figures for docs/algorithms/claims.md")

    def handle(self, *args: Any, **options: Any) -> None:
        ids, full = self._ids(options["ids"]), not options["quick"]
        if options["seed"] < 0 or options["workers"] < 1:
            raise CommandError("a seed is zero or more, workers one or more", returncode=2)
        if options["write"] and (options["ids"] or not full or options["seed"] != SEED):
            raise CommandError("--write keeps all claims with all draws and the house's own seed", returncode=2)
        found: list[Verdict] = []
        for one in self._shown(reproduce(ids, seed=options["seed"], full=full, workers=options["workers"]), options["json"]):
            found += one
        if options["write"]:
            keep(found)
        failed = [one for one in found if not one.holds]
        if options["json"]:
            self._print_json(found, failed, options["seed"], full)
        else:
            self.stdout.write(f"{len(ids)} claims, {len(found)} figures, {len(failed)} not within tolerance")
        for each in failed:
            self.stderr.write(f"{each.claim}: simulation.claim.not_held: {each.figure.name}: expected {shown(each.figure.expected)}, "
                              f"measured {shown(each.measured.value)}")
        if failed:
            sys.exit(1)

    def _ids(self, given: list[str]) -> list[str]:
        """Each claim once, in order; what is no claim is refused by name."""
        faults = [fault for id_ in given if (fault := fault_of(id_))]
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            sys.exit(1)
        return [id_ for id_ in all_claims() if id_ in given or not given]

    def _shown(self, running: Iterator[list[Verdict]], quiet: bool) -> Iterator[list[Verdict]]:
        for one in running:
            if not quiet:
                claim = all_claims()[one[0].claim]
                self.stdout.write(f"{claim.id:4} {'holds' if all(each.holds for each in one) else 'DOES NOT HOLD'}: {claim.title}")
                for each in one:
                    low, high = each.interval
                    between = f"  ({shown(low)} … {shown(high)})" if each.measured.half else ""
                    self.stdout.write(f"       {'ok' if each.holds else 'NO'}  {each.figure.name}: {each.figure.relation} "
                                      f"{shown(each.figure.expected)}, measured {shown(each.measured.value)}{between}")
                self.stdout.flush()
            yield one

    def _print_json(self, found: list[Verdict], failed: list[Verdict], seed: int, full: bool) -> None:
        claims = {id_: {"title": all_claims()[id_].title, "source": all_claims()[id_].source, "setting": all_claims()[id_].setting,
                        "production": list(all_claims()[id_].production), "pass": all(one.holds for one in found if one.claim == id_)}
                  for id_ in dict.fromkeys(one.claim for one in found)}
        self.stdout.write(json.dumps({"seed": seed, "quick": not full, "confidence": 0.99, "claims": claims,
                                      "results": [row_of(one) for one in found],
                                      "failed": sorted({one.claim for one in failed}, key=lambda id_: int(id_[1:]))}, ensure_ascii=False))
