"""``manage.py surveil``: how well the rules of surveillance do, on a market whose cheats are known; needs no database."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from random import Random
from typing import Any

from django.core.management.base import BaseCommand

from simulation.planted import close_area, measure, planted_market
from trading.surveillance.measuring import area
from trading.surveillance.rules import above
from trading.surveillance.shill import Features, Lot, score, shills

EXAMPLE = """\
example:
  manage.py surveil --trades 50000 --json
  manage.py surveil --labelled uci_shill_bidding.csv.gz --honest auctions.jsonl

A market is dealt with planted washers, circles, rings and shills and with honest parties who look like them; each rule is told with
its precision and recall. Labelled: rows Bidder_Tendency, Bidding_Ratio, Successive_Outbidding, Winning_Ratio, Class. Honest: JSON lines
as of replay_auctions; the lots are dealt to --sellers at random, so that nobody bids for anybody.
"""


class Command(BaseCommand):
    help = "Measure the rules of surveillance on a market with planted cheats, a labelled set, honest auctions."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--trades", type=int, default=50_000)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--labelled", metavar="FILE", help="a labelled shill set, .csv or .csv.gz")
        parser.add_argument("--honest", metavar="FILE", help="honest auctions, JSON lines")
        parser.add_argument("--sellers", type=int, default=60)
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["trades"] < 5_000:
            self.stderr.write("simulation.surveil.few: at least 5000 trades, or the planted are the market")
            sys.exit(1)
        try:
            told = self._told(options)
        except (OSError, UnicodeDecodeError, ValueError, KeyError) as fault:
            self.stderr.write(f"simulation.surveil.unreadable: {type(fault).__name__}: {fault}")
            sys.exit(1)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for one in told["rules"]:
            self.stdout.write(f"{one['rule']:<16} raised {one['raised']:>4}  planted {one['planted']:>4}  "
                              f"precision {one['precision']:.3f}  recall {one['recall']:.3f}")
        self.stdout.write("  ".join(f"{name.replace('_', ' ')} {value}" for name, value in told.items() if name != "rules"))

    def _told(self, options: dict[str, Any]) -> dict[str, Any]:
        market = planted_market(options["trades"], seed=options["seed"])
        measured, curve = measure(market)
        told: dict[str, Any] = {
            "trades": len(market.deals), "seed": options["seed"], "shill_area": round(curve, 4),
            "close_bids_area": round(close_area(market), 4),
            "rules": [{"rule": one.rule, "raised": one.raised, "planted": one.planted, "found": one.found,
                       "precision": round(one.precision, 4), "recall": round(one.recall, 4)} for one in measured]}
        if options["labelled"]:
            told["labelled_area"] = round(_labelled(Path(options["labelled"])), 4)
        if options["honest"]:
            told["honest_lots"], told["honest_flagged"] = _honest(Path(options["honest"]), options["sellers"], options["seed"])
        return told


def _labelled(path: Path) -> float:
    scores: dict[str, list[int]] = {"0": [], "1": []}
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            values = (row["Bidder_Tendency"], row["Bidding_Ratio"], row["Successive_Outbidding"], row["Winning_Ratio"])
            scores[row["Class"]].append(score(Features(*map(float, values))))
    return area(scores["1"], scores["0"])


def _honest(path: Path, sellers: int, seed: int) -> tuple[int, int]:
    chance, lots = Random(seed), []  # noqa: S311 (a drawing of lots, no secret)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        bids = sorted(row["bids"], key=lambda one: float(one["t_days"]))
        winner = max(bids, key=lambda one: float(one["amount"]))["bidder"]
        lots.append(Lot(row["auction"], f"s{chance.randrange(sellers)}", tuple(one["bidder"] for one in bids), winner))
    return len(lots), len({code for one in above(shills(lots), {}) for code in one.objects})
