"""How well each rule is known: when its text was last compared, when next; an overdue comparison is somebody's work (R51, R100, R110).

Laws change without telling us. Each rule of the list in force and each rule class therefore has a next check, sooner where the text
was read second-hand, soonest where it is only recalled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.db.models import QuerySet

from compliance.cases import moot_case, open_case
from compliance.catalogue import hash_of
from compliance.events import RuleChecked
from compliance.models import Case, CaseKind, NegativeListVersion, RuleCheck
from compliance.queries import list_version_at, rule_set_of
from compliance.rules.base import RECALLED, Rule
from compliance.rules.classes import rule_classes
from compliance.rules.vocabulary import vocabulary
from compliance.states import CaseStatus, ListStatus
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.permissions import require
from participants.timers import after

__all__ = ["RuleStanding", "check_rule", "open_overdue_checks", "standing_of_rules"]

Pair = tuple[str, str]
_SUBJECT = "rule"


@dataclass(frozen=True)
class RuleStanding:
    """One rule with what it rests on: mark, period, last and next comparison with its text."""

    id: str
    name: Pair
    basis: Pair
    evidence: str
    since: datetime
    until: datetime | None
    checked_at: datetime | None
    next_check: datetime

    @property
    def mark(self) -> Pair:
        """The evidence mark in words."""
        return vocabulary().evidence[self.evidence]

    @property
    def only_asks(self) -> bool:
        """A rule that is only recalled does not act as law."""
        return self.evidence == RECALLED


def standing_of_rules(at: datetime) -> list[RuleStanding]:
    """This will tell of every rule that holds at ``at`` since when, until when, and when its text is compared next."""
    version = list_version_at(at)
    last: dict[str, RuleCheck] = {}
    for one in RuleCheck.objects.filter(at__lte=at).order_by("id"):
        last[one.rule_id] = one
    since = _since(version)
    found = [_standing(rule.id, rule.name, _joined(rule), rule.evidence, since[rule.id], version.effective_to, last)
             for rule in rule_set_of(version).rules]
    found += [_standing(one.id, one.name, one.basis, one.evidence, datetime.combine(one.effective_from, time(), UTC), None, last)
              for one in rule_classes()]
    return found


def _standing(key: str, name: Pair, basis: Pair, evidence: str, since: datetime, until: datetime | None,
              last: dict[str, RuleCheck]) -> RuleStanding:
    checked = last.get(key)
    # the product's own list says how its texts were read when it came into force; a rule that changed since is read anew
    fresh = checked if checked and checked.at >= since else None
    due = fresh.next_check_at if fresh else after(f"rule.check.{evidence}", since)
    return RuleStanding(key, name, basis, evidence, since, until, fresh.at if fresh else None, due)


def _joined(rule: Rule) -> Pair:
    return "；".join(zh for zh, _ in rule.basis), "; ".join(en for _, en in rule.basis)


def _since(version: NegativeListVersion) -> dict[str, datetime]:
    """Since when each rule of a version reads as it does: through all versions before it in which it was the same."""
    dated = NegativeListVersion.objects.filter(status__in=[ListStatus.SCHEDULED, ListStatus.IN_FORCE, ListStatus.SUPERSEDED])
    found: dict[str, tuple[Rule, datetime]] = {}
    for one in dated.filter(effective_from__lte=version.effective_from or version.created_at).order_by("effective_from", "id"):
        assert one.effective_from is not None
        known, found = found, {}
        for rule in rule_set_of(one).rules:
            earlier = known.get(rule.id)
            found[rule.id] = earlier if earlier and earlier[0] == rule else (rule, one.effective_from)
    start = version.effective_from or version.created_at
    return {rule.id: found[rule.id][1] if rule.id in found else start for rule in rule_set_of(version).rules}


@covers("R51", "R110")
@operation("compliance.rules.check")
def check_rule(*, rule_id: str, evidence: str, holds: bool, note: str, actor: Actor, clock: Clock) -> RuleCheck:
    """This will record that somebody compared a rule with its text: how it was read, whether the rule still says what the law says.

    The open task of the rule is done with it. A rule that no longer agrees is mended by a new version of the list.
    """
    at = clock.now()
    require(actor, "compliance.rules.check", at=at)
    faults = []
    if rule_id not in {one.id for one in standing_of_rules(at)}:
        faults.append(FieldFault("rule_id", "unknown", ("没有这条规则", "There is no such rule")))
    if evidence not in vocabulary().evidence:
        faults.append(FieldFault("evidence", "unknown", ("请选择怎样核对的", "Say how the text was read")))
    if not 0 < len(note.strip()) <= 500:
        faults.append(FieldFault("note", "missing",
                                 ("请写明核对的文本，不超过 500 字", "Say which text was compared, up to 500 characters")))
    if faults:
        raise Rejected("compliance.rules.check_faulty", errors=faults)
    due = after(f"rule.check.{evidence if holds else RECALLED}", at)
    made = RuleCheck.objects.create(rule_id=rule_id, evidence=evidence, holds=holds, note=note.strip(), checked_by=actor.code, at=at,
                                    next_check_at=due)
    record(RuleChecked(subject=rule_id, evidence=evidence, holds=holds, note_hash=hash_of(note.strip()), next_check_at=due), actor=actor,
           at=at)
    for case in _open_tasks().filter(subject_code=rule_id):
        moot_case(case=case, text=note.strip(), actor=actor, clock=clock)
    return made


def _open_tasks() -> QuerySet[Case]:
    return Case.objects.filter(kind=CaseKind.OTHER, subject_kind=_SUBJECT).exclude(status=CaseStatus.CLOSED)


@covers("R51", "R110")
def open_overdue_checks(clock: Clock) -> int:
    """This will open a task for each rule whose check is overdue and has none yet; returns how many."""
    at = clock.now()
    known, opened = set(_open_tasks().values_list("subject_code", flat=True)), 0
    for one in _overdue(at):
        if one.id not in known:
            open_case(kind=CaseKind.OTHER, subject_kind=_SUBJECT, subject_code=one.id, flags=["rule_check"], actor=SYSTEM, clock=clock,
                      title=(f"核对规则 {one.id} {one.name[0]}"[:200], f"Compare rule {one.id} {one.name[1]}"[:200]),
                      text=f"{one.basis[0]}（{one.mark[0]}）")
            opened += 1
    return opened


def _overdue(at: datetime) -> Iterator[RuleStanding]:
    return (one for one in standing_of_rules(at) if one.next_check <= at)
