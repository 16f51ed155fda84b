"""Filing 备案 of trades made off the exchange (item 9): checked by the same rules, counted apart, by three different persons.

Reporter and counterparty confirm, the compliance desk verifies; red matters need two reviewers of the authority. The
trade itself is written by the trading room in the transaction that verifies.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from compliance.answers import unanswered
from compliance.catalogue import hash_of
from compliance.controls import listed_as
from compliance.events import filing_moved
from compliance.models import Filing
from compliance.moves import locked, refuse_same_person, step
from compliance.rules.base import Verdict
from compliance.rules.vocabulary import FactFault
from compliance.screening import Profile, Screening, screen
from compliance.states import FILING, FilingStatus
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Approval, ApprovalStatus, Organization
from participants.operations import ask_approval, decide_approval, notify
from participants.permissions import require
from participants.timers import after

__all__ = ["confirm_filing", "decide_filing", "dispute_filing", "escalate_filing", "file_trade", "lapse_filing", "second_filing",
           "withdraw_filing"]

_SECOND = "compliance.filing.verify_second"
_HREF = "/desk/filings/"


@covers("R43", "R57", "F12", "W18")
@operation("compliance.filing.file")
def file_trade(*, report: str, profile: Profile, reporter: Organization, counterparty: Organization, actor: Actor, clock: Clock) -> Filing:
    """This will file an off-exchange trade (``report`` is the trade report's code) for confirmation by the other party.

    The profile is screened as for an order on the exchange: prohibited matters and missing facts are refused at once.
    """
    at = clock.now()
    require(actor, "compliance.filing.open", subject=reporter, at=at)
    assert actor.user_id is not None, "a person files"
    if reporter.pk == counterparty.pk:
        raise Rejected("compliance.filing.same_party")
    profile = _with_listed(profile, reporter, counterparty)
    found = _screened(profile, at)
    made = Filing.objects.create(
        code=new_code("FIL"), subject=report, title=profile.title[:200], reporter=reporter, counterparty=counterparty,
        facts=_plain(profile.facts), verdict=str(found.verdict), hits=[hit.as_json() for hit in found.hits], rule_set=found.rule_set,
        red=_is_red(profile, found), filed_by_id=actor.user_id, filed_at=at, due_at=after("filing.filed", at))
    _note(made, "file", "", actor=actor, at=at)
    _ask_counterparty(made, at)
    return made


def _with_listed(profile: Profile, *parties: Organization) -> Profile:
    """What the control lists say of the parties outweighs what was stated: a party cannot state a list away (R66)."""
    kinds = {kind for one in parties for kind in listed_as(organization=one)}
    facts = (("counterparty_on_control_list", "sanction"), ("party_serious_dishonest", "black"))
    told = {fact: True for fact, kind in facts if kind in kinds}
    return replace(profile, facts={**profile.facts, **told}) if told else profile


def _screened(profile: Profile, at: datetime) -> Screening:
    try:
        found = screen(profile, at=at)
    except FactFault as fault:
        raise Rejected("compliance.filing.facts_unreadable", errors=[FieldFault(fault.fact, fault.code, fault.text)]) from fault
    if found.verdict is Verdict.PROHIBITED:
        raise Rejected("compliance.filing.prohibited", rules=", ".join(rule.id for rule in found.fired),
                       names=("；".join(rule.name[0] for rule in found.fired), "; ".join(rule.name[1] for rule in found.fired)))
    if found.verdict is Verdict.NEEDS_INFO:
        raise Rejected("compliance.filing.facts_missing", **unanswered(found.missing))
    return found


def _is_red(profile: Profile, found: Screening) -> bool:
    """Restricted, important, personal ("anonymised" too) and public data are decided by two reviewers."""
    facts = profile.facts
    return (found.verdict is Verdict.RESTRICTED or facts.get("grade") == "important" or bool(facts.get("contains_pi"))
            or facts.get("subject_class") in {"public", "personal"})


def _plain(facts: Any) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else sorted(value) if isinstance(value, set | frozenset) else value
            for name, value in facts.items()}


def _ask_counterparty(held: Filing, at: datetime) -> None:
    zh, en = held.reporter.name, held.reporter.name_en or held.reporter.name
    notify(organization=held.counterparty, kind="compliance.filing.filed", tone="wait", subject=held.code, href=_HREF, due_at=held.due_at,
           at=at, text=(f"{zh} 报告与贵方的场外交易“{held.title}”，请确认或提出异议。",
                        f"{en} reported an off-exchange trade with you, “{held.title}”; please confirm or dispute it."))


#: states with a clock of their own
_TIMED = {FilingStatus.FILED, FilingStatus.CONFIRMED, FilingStatus.RETURNED}


def _move(held: Filing, act: str, *, actor: Actor, at: datetime, reason: str = "", second: str = "") -> Filing:
    before = step(held, FILING, act, "filing")
    held.due_at = after(f"filing.{held.status}", at) if held.status in _TIMED else None
    held.reason, held.overdue = reason, False
    held.save()
    _note(held, act, before, actor=actor, at=at, reason=reason, second=second)
    return held


def _note(held: Filing, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "", second: str = "") -> None:
    record(filing_moved[act](subject=held.code, report=held.subject, reporter=held.reporter.code, counterparty=held.counterparty.code,
                             from_status=before, to_status=held.status, verdict=held.verdict, rule_set=held.rule_set,
                             facts_hash=hash_of(held.facts), reason=reason, second=second), actor=actor, at=at)


@covers("F12")
@operation("compliance.filing.confirm")
def confirm_filing(*, filing: Filing, actor: Actor, clock: Clock) -> Filing:
    """This will confirm what the other party reported; confirming again changes nothing."""
    held = locked(filing)
    at = clock.now()
    require(actor, "compliance.filing.confirm", subject=held, at=at)
    if held.status == FilingStatus.CONFIRMED and held.confirmed_by_id == actor.user_id:
        unchanged(at=at)
        return held
    refuse_same_person(actor, held.filed_by_id, at=at)
    held.confirmed_by_id, held.confirmed_at = actor.user_id, at
    return _move(held, "confirm", actor=actor, at=at)


@operation("compliance.filing.dispute")
def dispute_filing(*, filing: Filing, reason: str, actor: Actor, clock: Clock) -> Filing:
    """This will return a report that the named party does not recognise."""
    held = locked(filing)
    at = clock.now()
    require(actor, "compliance.filing.confirm", subject=held, at=at)
    return _tell_reporter(_move(held, "dispute", actor=actor, at=at, reason=reason), at)


@operation("compliance.filing.withdraw")
def withdraw_filing(*, filing: Filing, actor: Actor, clock: Clock) -> Filing:
    """This will take a filing back before it is confirmed, or once it was returned; a mended report is a filing of its own."""
    held = locked(filing)
    at = clock.now()
    require(actor, "compliance.filing.file", subject=held, at=at)
    return _move(held, "withdraw", actor=actor, at=at)


@covers("F12", "I18", "I19")
@operation("compliance.filing.decide")
def decide_filing(*, filing: Filing, outcome: str, reason: str, actor: Actor, clock: Clock) -> Filing:
    """This will ``verify``, ``reject`` or ``ask`` (return with a question) a confirmed filing.

    A red filing is not decided by this first opinion: it stays confirmed until the second reviewer agrees
    (``second_filing``). The decider is a third person, neither the reporter's nor the counterparty's.
    """
    held = locked(filing)
    at = clock.now()
    first = held.red and outcome != "ask"
    require(actor, "compliance.filing.verify_first" if first else "compliance.filing.verify", subject=held, at=at)
    refuse_same_person(actor, held.filed_by_id, held.confirmed_by_id, at=at)
    if outcome not in {"verify", "reject", "ask"}:
        raise Rejected("compliance.filing.unknown_outcome", outcome=outcome)
    if first:
        return _first_opinion(held, outcome, reason, actor, at)
    held.decided_by_id, held.decided_at = actor.user_id, at
    return _tell_reporter(_move(held, outcome, actor=actor, at=at, reason=reason), at)


def _first_opinion(held: Filing, outcome: str, reason: str, actor: Actor, at: datetime) -> Filing:
    if held.status != FilingStatus.CONFIRMED:
        step(held, FILING, outcome, "filing")
    ask_approval(act=_SECOND, subject=held.code, payload={"outcome": outcome, "reason": reason}, actor=actor, at=at)
    _note(held, "first_opinion", held.status, actor=actor, at=at, reason=outcome)
    return held


@covers("I18")
@operation("compliance.filing.second")
def second_filing(*, filing: Filing, agree: bool, reason: str, actor: Actor, clock: Clock) -> Filing:
    """This will give the second reviewer's word on a red filing: agreeing carries the first opinion out, differing asks again."""
    held = locked(filing)
    at = clock.now()
    require(actor, _SECOND, subject=held, at=at)
    refuse_same_person(actor, held.filed_by_id, held.confirmed_by_id, at=at)
    waiting = Approval.objects.filter(act=_SECOND, subject=held.code, status=ApprovalStatus.PENDING)
    approval = waiting.select_related("maker__person").first()
    if approval is None:
        raise Rejected("compliance.filing.no_first_opinion", filing=held.code)
    decide_approval(approval=approval, approve=agree, reason=reason, actor=actor, at=at)
    outcome = approval.payload["outcome"] if agree else "ask"
    held.decided_by_id, held.decided_at = actor.user_id, at
    return _tell_reporter(_move(held, outcome, actor=actor, at=at, reason=reason,
                                second=approval.maker.person.code if approval.maker.person else ""), at)


def _tell_reporter(held: Filing, at: datetime) -> Filing:
    texts = {
        FilingStatus.VERIFIED: ("已核验备案", "is verified"), FilingStatus.REJECTED: ("不予备案", "is rejected"),
        FilingStatus.RETURNED: ("退回补正", "is returned to be mended"),
    }
    zh, en = texts[FilingStatus(held.status)]
    notify(organization=held.reporter, kind=f"compliance.filing.{held.status}", subject=held.code, href=_HREF, due_at=held.due_at, at=at,
           tone="ok" if held.status == FilingStatus.VERIFIED else "bad",
           text=(f"场外交易“{held.title}”{zh}。{held.reason}", f"The off-exchange trade “{held.title}” {en}. {held.reason}"))
    return held


@operation("compliance.filing.lapse")
def lapse_filing(*, filing: Filing, clock: Clock) -> Filing:
    """This will return an unanswered filing, or withdraw one that was not mended; credit is unaffected."""
    held = locked(filing)
    at = clock.now()
    if held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    return _move(held, "lapse", actor=SYSTEM, at=at, reason="逾期未答复 / no answer in time")


@operation("compliance.filing.escalate")
def escalate_filing(*, filing: Filing, clock: Clock) -> Filing:
    """This will flag a filing the desk has not verified in time; a deadline never approves anything."""
    held = locked(filing)
    at = clock.now()
    if held.due_at is None or at < held.due_at or held.overdue:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    held.overdue = True
    held.save(update_fields=["overdue"])
    _note(held, "escalate", held.status, actor=SYSTEM, at=at)
    return held
