"""``manage.py simulate wide SCENARIO``: one run of the laboratory on columns of numbers, without a database and without services."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand

from simulation.wide.parameters import ParameterFault, parameters
from simulation.wide.running import run
from simulation.wide.tally import METRICS

EXAMPLE = """\
example:
  manage.py simulate wide baseline --agents 100000 --days 90 --seed 7 --json
  manage.py simulate wide exit_scam --set holdback_bps=6200 --workers 2
  manage.py simulate wide timid --plugin my_market.py

The seed decides everything: the same seed, agents and days give the same result_hash on any number of workers. Exit code 1: a scenario,
parameter or plugin that cannot be run, one line on standard error.
"""


class Command(BaseCommand):
    help = "Run a scenario of the laboratory and print its metrics, hash and citation line."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("speed", choices=["wide"], help="wide: production rules on columns of numbers")
        parser.add_argument("scenario", help="baseline, lemons, ring … or one that the plugin adds")
        parser.add_argument("--agents", type=int, default=2_000)
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--seed", type=int, default=1, help="root of all chances")
        parser.add_argument("--workers", type=int, default=1, help="processes; the result is the same on any number")
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a parameter; may be given again")
        parser.add_argument("--plugin", default="", metavar="FILE", help="one Python file that adds an agent, a scenario or a metric")
        parser.add_argument("--json", action="store_true", help="the whole result as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = run(options["scenario"], agents=options["agents"], days=options["days"], seed=options["seed"],
                       workers=options["workers"], changes=dict(map(change, options["set"])), plugin=options["plugin"])
        except ParameterFault as fault:
            self.stderr.write(str(fault))
            sys.exit(1)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stdout.write(told["citation"])
        for key, value in told["metrics"].items():
            self.stdout.write(f"  {key:24} {value:>22,}  {METRICS[key].en}")
        self.stdout.write(f"result_hash {told['result_hash']}")


def change(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if name not in parameters() or not value.lstrip("-").isdecimal():
        raise ParameterFault("simulation.parameter.unknown", f"{text}: write NAME=WHOLE NUMBER; names are {', '.join(parameters())}")
    return name, int(value)
