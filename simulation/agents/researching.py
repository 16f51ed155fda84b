"""The demo's researcher: one question answered, one that is still being computed when the house opens."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulation.experiments.acting import draft_experiment, start_experiment
from simulation.experiments.running import compute_next
from simulation.heap import Heap
from simulation.market import Market
from simulation.wide.arms import Plan

__all__ = ["Research"]

#: E55: a holdback of 62 % answers ten open orders; small enough to be computed within a second.
ANSWERED = Plan("exit_scam", ({"holdback_bps": 0}, {"holdback_bps": 6_200}), agents=1_000, days=11, seed=55, replications=3)
#: E54: finding more against banning longer.
ASKED = Plan("exit_scam", ({"inspection_bps": 1_000, "penalty_margins": 30}, {"inspection_bps": 5_000, "penalty_margins": 30}),
             agents=4_000, days=30, seed=54, replications=20)


class Research:
    """What the researcher does in the last hour before the house opens."""

    def __init__(self, market: Market) -> None:
        self.market = market

    def plan_story(self, heap: Heap, end: datetime) -> None:
        """This will plan both questions."""
        heap.plan(end - timedelta(minutes=50), self.answer)
        heap.plan(end - timedelta(minutes=5), self.ask)

    def answer(self) -> None:
        """This will ask the first question and compute it to its report."""
        if self._begin("暂存多少价款，卷款才不划算？ / What holdback stops an exit scam?", ANSWERED):
            while compute_next(clock=self.market.clock):
                pass

    def ask(self) -> None:
        """This will start the second question; the house's workers compute it once it is open."""
        self._begin("多抽查还是久停业？ / Find more, or ban longer?", ASKED)

    def _begin(self, title: str, plan: Plan) -> bool:
        who = self.market.actors.get("researcher")
        made = self.market.act(draft_experiment, title=title, plan=plan, actor=who) if who is not None else None
        return made is not None and self.market.act(start_experiment, experiment=made, actor=who) is not None
