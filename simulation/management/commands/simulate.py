"""``manage.py simulate SCENARIO`` lives a scenario through the real rooms; ``simulate wide SCENARIO`` on columns, without services."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from simulation.wide.parameters import ParameterFault, parameters
from simulation.wide.running import run as run_wide
from simulation.wide.tally import METRICS

EXAMPLE = """\
example:
  manage.py simulate baseline --days 90 --seed 7                 through the real rooms, on a database of its own
  manage.py simulate exit_scam --days 20 --agents 80 --workers 2
  manage.py simulate baseline --days 3 --seed 7 --faults         the same, with workers killed, the broker emptied, messages doubled
  manage.py simulate wide baseline --agents 100000 --days 90 --seed 7 --json

The seed decides everything: the same seed, agents and days give the same result_hash on any number of workers. A run through the rooms
ends with every invariant checked and is refused in production. Exit code 1: an invariant that does not hold, or a scenario, parameter or
plugin that cannot be run, one line on standard error.
"""
#: Agents and days where none are given: (through the rooms, wide).
_AGENTS, _DAYS = (60, 2_000), (30, 30)


class Command(BaseCommand):
    help = "Run a scenario of the laboratory and print its metrics, hash and citation line."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--catalogue", action="store_true", help="measure every wide scenario anew for the pictures of the catalogue")
        parser.add_argument("words", nargs="*", metavar="[wide] SCENARIO", help="baseline, lemons, ring … or one that the plugin adds")
        parser.add_argument("--agents", type=int, help=f"parties (default {_AGENTS[0]}; wide {_AGENTS[1]})")
        parser.add_argument("--days", type=int, default=_DAYS[0])
        parser.add_argument("--seed", type=int, default=1, help="root of all chances")
        parser.add_argument("--workers", type=int, default=1, help="processes; the result is the same on any number")
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a parameter; may be given again")
        parser.add_argument("--plugin", default="", metavar="FILE", help="one Python file that adds an agent, a scenario or a metric")
        parser.add_argument("--faults", action="store_true", help="break the house's own work by the seed; the state must be the same")
        parser.add_argument("--json", action="store_true", help="the whole result as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        words = options["words"]
        if options["catalogue"]:
            from simulation.experiments.showing import measure_catalogue

            self.stdout.write(f"wrote {measure_catalogue()} scenarios")
            return
        wide = words[:1] == ["wide"]
        if len(words) != 1 + wide:
            raise CommandError("name one scenario: simulate baseline, or simulate wide baseline", returncode=2)
        if options["faults"] and wide:
            raise CommandError("--faults breaks runs through the rooms; a wide run has nothing to break", returncode=2)
        try:
            told = (self._wide if wide else self._faithful)(words[-1], options, dict(map(change, options["set"])))
        except ParameterFault as fault:
            self.stderr.write(str(fault))
            sys.exit(1)
        self._print(told, options["json"])
        for one in told.get("violations", ()):
            self.stderr.write(one)
        if told.get("violations"):
            sys.exit(1)

    def _wide(self, scenario: str, options: Mapping[str, Any], changes: Mapping[str, int]) -> dict[str, Any]:
        agents = options["agents"] if options["agents"] is not None else _AGENTS[1]
        return run_wide(scenario, agents=agents, days=options["days"], seed=options["seed"], workers=options["workers"], changes=changes,
                        plugin=options["plugin"])

    def _faithful(self, scenario: str, options: Mapping[str, Any], changes: Mapping[str, int]) -> dict[str, Any]:
        if settings.PRODUCTION or not settings.DEMO_ACCOUNTS:
            raise CommandError("a run lives an invented market through the rooms; a production installation lives its own only. "
                               "Use simulate wide, which needs no database, or run this on another installation")
        from simulation.faithful.faults import broken
        from simulation.faithful.running import run

        agents = options["agents"] if options["agents"] is not None else _AGENTS[0]
        more = {"helpers": broken} if options["faults"] else {}
        self.began = time.monotonic()
        return run(scenario, agents=agents, days=options["days"], seed=options["seed"], workers=options["workers"], changes=changes,
                   plugin=options["plugin"], progress=None if options["json"] else self._show, **more)

    def _show(self, day: int, days: int, market: Any) -> None:
        if day == days or day % max(1, days // 10) == 0:
            self.stdout.write(f"    day {day:3} of {days}: {market.acts:6} acts, {market.refused.total():4} refused, "
                              f"{time.monotonic() - self.began:5.0f} s")
            self.stdout.flush()

    def _print(self, told: Mapping[str, Any], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stdout.write(told["citation"])
        for key, value in told["metrics"].items():
            self.stdout.write(f"  {key:24} {value:>22,}  {METRICS[key].en if key in METRICS else ''}".rstrip())
        if "invariants_checked" in told:
            self.stdout.write(f"{told['invariants_checked']} invariants checked, {len(told['violations'])} violations")
            self.stdout.write(f"state_hash  {told['state_hash']}")
        self.stdout.write(f"result_hash {told['result_hash']}")


def change(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if name not in parameters() or not value.lstrip("-").isdecimal():
        raise ParameterFault("simulation.parameter.unknown", f"{text}: write NAME=WHOLE NUMBER; names are {', '.join(parameters())}")
    return name, int(value)
