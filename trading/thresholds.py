"""From which score on a rule speaks: a threshold is tried on past decisions before it goes live, and two people put it in force (R83)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.approvals import ask_approval, decide_approval
from participants.models import Approval, ApprovalStatus
from participants.permissions import require
from trading.alert_events import ThresholdAdopted, ThresholdAsked
from trading.alerts import decided_of
from trading.models import DetectorThreshold
from trading.surveillance.measuring import Backtest, backtest
from trading.surveillance.rules import MILLION, RULES, Rule, per_cent

__all__ = ["ADOPT", "Standing", "ask_threshold", "decide_threshold", "standings", "tried"]

ADOPT = "trading.threshold.adopt"


@dataclass(frozen=True)
class Standing:
    """A rule as it works today: its threshold, and what people made of what it raised."""

    rule: Rule
    threshold_ppm: int
    decided: Backtest

    @property
    def threshold_percent(self) -> str:
        return per_cent(self.threshold_ppm)

    @property
    def precision_percent(self) -> str:
        return per_cent(self.decided.precision_ppm)

    @property
    def interval_percent(self) -> str:
        return "–".join(map(per_cent, self.decided.interval_ppm))

    @property
    def rare_percent(self) -> str:
        return per_cent(self.rule.base_rate_ppm)

    @property
    def adopted(self) -> bool:
        return self.threshold_ppm != self.rule.threshold_ppm


def standings() -> list[Standing]:
    """This will tell of each rule its threshold in force and its precision over all decisions; the metric of surveillance."""
    in_force = DetectorThreshold.objects.in_force()
    return [Standing(rule, in_force.get(rule.id, rule.threshold_ppm), backtest(decided_of(rule.id, rule.version), 0))
            for rule in RULES.values()]


@covers("H4", "R83")
def tried(rule: Rule, threshold_ppm: int) -> dict[str, Any]:
    """This will put a threshold beside the one in force, on the decisions taken so far; whole numbers, as they are kept."""
    known = decided_of(rule.id, rule.version)
    now = DetectorThreshold.objects.in_force().get(rule.id, rule.threshold_ppm)
    return {"decided": len(known), "new": _told(backtest(known, threshold_ppm)), "now": _told(backtest(known, now))}


def _told(one: Backtest) -> dict[str, Any]:
    return {"threshold_ppm": one.threshold_ppm, "raised": one.raised, "confirmed": one.confirmed, "missed": one.missed,
            "precision_ppm": one.precision_ppm, "recall_ppm": one.recall_ppm,
            "low_ppm": one.interval_ppm[0], "high_ppm": one.interval_ppm[1]}


@covers("H4", "R83", "I18")
@operation("trading.threshold.ask")
def ask_threshold(*, rule: str, threshold_ppm: int, reason: str, actor: Actor, clock: Clock) -> Approval:
    """This will put a threshold to a second person, together with what it would have made of past decisions."""
    at = clock.now()
    require(actor, "trading.threshold.propose", at=at)
    if rule not in RULES or not 1 <= threshold_ppm <= MILLION:
        raise Rejected("trading.threshold.out_of_range")
    if len(reason.strip()) < 4:
        raise Rejected("trading.threshold.unreasoned")
    found = tried(RULES[rule], threshold_ppm)
    asked = ask_approval(act=ADOPT, subject=rule, actor=actor, at=at, payload={
        "threshold_ppm": threshold_ppm, "rule_version": RULES[rule].version, "backtest": found, "reason": reason.strip()[:300]})
    record(ThresholdAsked(subject=rule, rule_version=RULES[rule].version, threshold_ppm=threshold_ppm, backtest=found), actor=actor, at=at)
    return asked


@covers("H4", "R83", "I18")
@operation("trading.threshold.decide")
def decide_threshold(*, approval: Approval, approve: bool, reason: str, actor: Actor, clock: Clock) -> DetectorThreshold | None:
    """This will decide a proposed threshold: another person than proposed it, and only for the version of the rule it was tried on."""
    at = clock.now()
    require(actor, ADOPT, at=at)
    held = decide_approval(approval=approval, approve=approve, reason=reason, actor=actor, at=at)
    if held.status != ApprovalStatus.APPROVED:
        return None
    told = held.payload
    if RULES[held.subject].version != told["rule_version"]:
        raise Rejected("trading.threshold.other_version")
    made = DetectorThreshold.objects.create(
        rule=held.subject, rule_version=told["rule_version"], threshold_ppm=told["threshold_ppm"], backtest=told["backtest"],
        source=told["reason"], approval=held.pk, effective_from=at)
    record(ThresholdAdopted(subject=made.rule, rule_version=made.rule_version, threshold_ppm=made.threshold_ppm, approval=str(held.pk),
                            backtest=made.backtest), actor=actor, at=at)
    return made
