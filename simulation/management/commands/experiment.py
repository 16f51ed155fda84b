"""``manage.py experiment SCENARIO --arm …``: two policies and more, each lived through the same chances, without a database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand

from simulation.management.commands.simulate import change
from simulation.wide.arms import Plan, compare
from simulation.wide.parameters import ParameterFault
from simulation.wide.tally import METRICS

EXAMPLE = """\
example:
  manage.py experiment exit_scam --arm holdback_bps=0 --arm holdback_bps=6200 --replications 20 --workers 2
  manage.py experiment baseline --arm fee_bps=250 --arm fee_bps=900,inspection_bps=1000 --keep runs/ --json

The first arm is what the others are compared with. With --keep each finished run is kept in a folder: an experiment that was stopped goes
on where it stood. Exit code 1: an arm that cannot be run, one line on standard error.
"""


class Command(BaseCommand):
    help = "Compare policies over many replications with common chances: mean, 95 % interval, difference to the first arm."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scenario")
        parser.add_argument("--arm", action="append", required=True, metavar="NAME=VALUE,…", help="a policy; may be given again")
        parser.add_argument("--agents", type=int, default=2_000)
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--replications", type=int, default=20)
        parser.add_argument("--workers", type=int, default=1, help="processes; the result is the same on any number")
        parser.add_argument("--keep", default="", metavar="FOLDER", help="keep finished runs, go on where it stood")
        parser.add_argument("--plugin", default="", metavar="FILE", help="one Python file that adds an agent, a scenario or a metric")
        parser.add_argument("--json", action="store_true", help="the whole result as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            arms = tuple(dict(map(change, filter(None, arm.split(",")))) for arm in options["arm"])
            told = compare(Plan(options["scenario"], arms, options["agents"], options["days"], options["seed"], options["replications"],
                                options["plugin"]),
                           workers=options["workers"], folder=options["keep"])
        except ParameterFault as fault:
            self.stderr.write(str(fault))
            sys.exit(1)
        if options["json"]:
            self.stdout.write(json.dumps(told))
            return
        for number, arm in enumerate(told["arms"]):
            self.stdout.write(f"arm {number + 1}: {arm['changes']}")
            for name, one in arm["metrics"].items():
                apart = arm["against_first"][name]
                clear = "" if apart["low"] <= 0 <= apart["high"] else "  differs from the first"
                self.stdout.write(f"  {name:24} {one['mean']:>18,.4f}  ({one['low']:,.4f} … {one['high']:,.4f}){clear}  {METRICS[name].en}")
        self.stdout.write(told["citation"])
        self.stdout.write(f"result_hash {told['result_hash']}")
