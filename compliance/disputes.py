"""Disputes between two parties: negotiate, mediate by the venue, arbitrate by agreement (rules I; Arbitration Law).

Arbitration is open from the first day, by agreement alone: nobody has to go through mediation first (Art. 4). The arbitrator takes the
case in within five days (Art. 24) or declines it, then has the working days that both agreed on.

The outcome is a share of the price given back (``refund_bps``); money moves in settlement, which asks for the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.catalogue import hash_of
from compliance.deadlines import figure, working_days_from
from compliance.events import dispute_moved
from compliance.models import Dispute
from compliance.moves import locked, step
from compliance.papers import keep_papers
from compliance.states import DISPUTE, DisputeStatus
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.queries import affiliated
from participants.timers import after

__all__ = ["accept_proposal", "agree_to_arbitrate", "award_dispute", "decline_arbitration", "extend_mediation", "fail_mediation",
           "go_to_mediation", "lapse_dispute", "open_dispute", "propose_settlement", "settle_mediated", "submit_to_dispute",
           "take_in_arbitration", "withdraw_dispute"]

_OPEN = (DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING, DisputeStatus.ARBITRATING)


@covers("R95", "H8")
@operation("compliance.dispute.open")
def open_dispute(*, subject_code: str, opener: Organization, respondent: Organization, claim: str, actor: Actor, clock: Clock) -> Dispute:
    """This will open a dispute about an object of two parties; five working days to negotiate."""
    at = clock.now()
    require(actor, "compliance.dispute.open", subject=opener, at=at)
    if opener.pk == respondent.pk:
        raise Rejected("compliance.dispute.same_party")
    if running := Dispute.objects.filter(subject_code=subject_code, status__in=_OPEN).first():
        raise Rejected("compliance.dispute.already_open", dispute=running.code)
    made = Dispute.objects.create(code=new_code("DSP"), subject_code=subject_code, opener=opener, respondent=respondent, claim=claim,
                                  opened_at=at, due_at=working_days_from(at, figure("dispute.negotiation_days", at)))
    _note(made, "open", "", actor=actor, at=at, text=claim)
    zh, en = opener.name, opener.name_en or opener.name
    return _tell(made, made.respondent, at, (f"{zh} 对 {subject_code} 提出争议：{claim}", f"{en} disputes {subject_code}: {claim}"))


def _note(held: Dispute, act: str, before: str, *, actor: Actor, at: datetime, text: str = "") -> Dispute:
    record(dispute_moved[act](subject=held.code, about=held.subject_code, opener=held.opener.code, respondent=held.respondent.code,
                              from_status=before, to_status=held.status, due_at=held.due_at, refund_bps=held.refund_bps,
                              text_hash=hash_of(text) if text else ""), actor=actor, at=at)
    return held


def _tell(held: Dispute, organization: Organization, at: datetime, text: tuple[str, str]) -> Dispute:
    notify(organization=organization, kind="compliance.dispute.moved", tone="wait", subject=held.code, href=f"/desk/disputes/{held.code}/",
           due_at=held.due_at, at=at, text=text)
    return held


def _held(dispute: Dispute, name: str, actor: Actor, clock: Clock) -> tuple[Dispute, datetime]:
    held = locked(dispute)
    at = clock.now()
    require(actor, name, subject=held if name != "compliance.dispute.award" else None, at=at)
    return held, at


def _move(held: Dispute, act: str, *, days: int | None, due_at: datetime | None = None, actor: Actor, at: datetime,
          text: str = "") -> Dispute:
    before = step(held, DISPUTE, act, "dispute")
    held.due_at = working_days_from(at, days) if days else due_at
    if held.status not in _OPEN:
        held.closed_at, held.outcome = at, text
    held.save()
    return _note(held, act, before, actor=actor, at=at, text=text)


def _other(held: Dispute, actor: Actor) -> Organization:
    return held.respondent if actor.organization_id == held.opener_id else held.opener


@operation("compliance.dispute.propose")
def propose_settlement(*, dispute: Dispute, refund_bps: int, text: str, actor: Actor, clock: Clock) -> Dispute:
    """This will propose to end it by giving back a share of the price (0 to 10,000 basis points)."""
    held, at = _held(dispute, "compliance.dispute.act", actor, clock)
    if held.status not in {DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING} or not 0 <= refund_bps <= 10_000:
        step(held, DISPUTE, "propose", "dispute")
    held.proposal, held.proposal_bps, held.proposed_by_id = text, refund_bps, actor.organization_id
    held.save()
    _note(held, "propose", held.status, actor=actor, at=at, text=text)
    return _tell(held, _other(held, actor), at, (f"和解方案：退还价款 {refund_bps / 100:g}%。{text}",
                                                 f"Proposal: {refund_bps / 100:g} % of the price is given back. {text}"))


@covers("R95")
@operation("compliance.dispute.settle")
def accept_proposal(*, dispute: Dispute, actor: Actor, clock: Clock) -> Dispute:
    """This will accept the other side's proposal and end the dispute."""
    held, at = _held(dispute, "compliance.dispute.act", actor, clock)
    if held.status in {DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING} and held.proposed_by_id in {None, actor.organization_id}:
        raise Rejected("compliance.dispute.no_proposal")
    held.refund_bps = held.proposal_bps
    return _tell(_move(held, "settle", days=None, actor=actor, at=at, text=held.proposal), _other(held, actor), at,
                 ("争议已和解。", "The dispute is settled."))


@covers("R95", "H8")
@operation("compliance.dispute.submit")
def submit_to_dispute(*, dispute: Dispute, text: str, papers: Sequence[Deposit] = (), actor: Actor, clock: Clock) -> Dispute:
    """This will put one side's statement and papers before the other, the mediator and the arbitrator, while the dispute is open."""
    held, at = _held(dispute, "compliance.dispute.act", actor, clock)
    if actor.organization_id not in {held.opener_id, held.respondent_id}:
        raise Rejected("participants.permission.denied", act="compliance.dispute.submit")
    if held.status not in _OPEN:
        raise Rejected("compliance.paper.too_late", case=held.code)
    if not text.strip() and not papers:
        raise Rejected("compliance.paper.missing")
    keep_papers(held, "submit", papers, statement=text.strip()[:5000], actor=actor, at=at)
    _note(held, "submit", held.status, actor=actor, at=at, text=text.strip())
    if held.status == DisputeStatus.ARBITRATING and held.arbitrator is not None:
        _tell(held, held.arbitrator, at, ("一方提交了陈述或材料。", "One side handed in a statement or papers."))
    return _tell(held, _other(held, actor), at, ("对方提交了陈述或材料，请查阅。", "The other side handed in a statement or papers."))


def settle_mediated(held: Dispute, refund_bps: int, text: str, *, actor: Actor, at: datetime) -> Dispute:
    """This will end a dispute by what both sides accepted of a mediator; called within the act that takes the second acceptance."""
    held.refund_bps = refund_bps
    done = _move(held, "settle", days=None, actor=actor, at=at, text=text)
    for party in sorted((held.opener, held.respondent), key=lambda one: one.pk):
        _tell(done, party, at, ("争议经调解已和解。", "The dispute is settled by mediation."))
    return done


@operation("compliance.dispute.go_on")
def go_to_mediation(*, dispute: Dispute, actor: Actor, clock: Clock) -> Dispute:
    """This will ask the venue to mediate: fifteen working days, forty-five at most."""
    held, at = _held(dispute, "compliance.dispute.act", actor, clock)
    return _mediation(held, actor, at)


def _mediation(held: Dispute, actor: Actor, at: datetime) -> Dispute:
    held.mediation_at = at
    return _move(held, "go_on", days=figure("dispute.mediation_days", at), actor=actor, at=at)


@operation("compliance.dispute.extend")
def extend_mediation(*, dispute: Dispute, days: int, actor: Actor, clock: Clock) -> Dispute:
    """This will give the mediation more working days, to forty-five in all."""
    held, at = _held(dispute, "compliance.dispute.mediate", actor, clock)
    if held.status != DisputeStatus.MEDIATING or held.due_at is None or held.mediation_at is None:
        step(held, DISPUTE, "extend", "dispute")
    assert held.due_at is not None and held.mediation_at is not None
    longer = working_days_from(held.due_at, days)
    if longer > working_days_from(held.mediation_at, figure("complaint.mediation_max_days", at)):
        raise Rejected("compliance.dispute.too_long")
    held.due_at = longer
    held.save(update_fields=["due_at"])
    return _note(held, "extend", held.status, actor=actor, at=at)


@operation("compliance.dispute.withdraw")
def withdraw_dispute(*, dispute: Dispute, actor: Actor, clock: Clock) -> Dispute:
    """This will take a dispute back, by who opened it."""
    held, at = _held(dispute, "compliance.dispute.act", actor, clock)
    if actor.organization_id != held.opener_id:
        raise Rejected("participants.permission.denied", act="compliance.dispute.withdraw")
    return _move(held, "withdraw", days=None, actor=actor, at=at)


@operation("compliance.dispute.fail")
def fail_mediation(*, dispute: Dispute, reason: str, actor: Actor, clock: Clock) -> Dispute:
    """This will end a mediation that found no way; the court remains."""
    held, at = _held(dispute, "compliance.dispute.mediate", actor, clock)
    return _move(held, "fail", days=None, actor=actor, at=at, text=reason)


#: An award's term as both sides agree on it, in working days.
LEAST_DAYS, MOST_DAYS = 5, 120


@covers("R95", "R61")
@operation("compliance.dispute.agree")
def agree_to_arbitrate(*, dispute: Dispute, arbitrator: Organization, days: int | None = None, actor: Actor, clock: Clock) -> Dispute:
    """This will agree to one arbitrator and to the days for its award; when both sides named the same, arbitration opens.

    From negotiation as well as from mediation (Arbitration Law 4: by agreement, and by nothing else). One award, final.
    """
    held, at = _held(dispute, "compliance.dispute.act", actor, clock)
    if held.status not in {DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING}:
        step(held, DISPUTE, "arbitrate", "dispute")
    term = figure("dispute.award_days", at) if days is None else days
    if not LEAST_DAYS <= term <= MOST_DAYS:
        raise Rejected("compliance.dispute.term_faulty", errors=[FieldFault("days", "faulty", (
            f"填写 {LEAST_DAYS} 至 {MOST_DAYS} 个工作日", f"{LEAST_DAYS} to {MOST_DAYS} working days"))])
    if any(affiliated(arbitrator, party, at=at) for party in (held.opener, held.respondent)):
        raise Rejected("compliance.dispute.not_independent", organization=arbitrator.code)
    kept = held.agreed if (held.arbitrator_id, held.award_days) == (arbitrator.pk, term) else []
    held.arbitrator, held.award_days, held.agreed = arbitrator, term, sorted({*kept, actor.organization_id or 0})
    zh, en = arbitrator.short_name, arbitrator.short_name_en or arbitrator.short_name
    if len(held.agreed) == 2:
        held.taken_in_at = None
        _move(held, "arbitrate", days=None, due_at=after("arbitration.accept", at), actor=actor, at=at)
        _tell(held, _other(held, actor), at, (f"双方同意由 {zh} 仲裁。", f"Both agreed: {en} arbitrates."))
        return _tell(held, arbitrator, at, (f"争议 {held.code} 双方选定贵机构仲裁，请五日内决定是否受理。",
                                            f"Both sides of {held.code} chose you as arbitrator: take it in within five days."))
    held.save()
    _note(held, "agree", held.status, actor=actor, at=at)
    return _tell(held, _other(held, actor), at, (f"对方提议由 {zh} 仲裁，{term} 个工作日内裁决；同意的，选定同一机构与期限。",
                                                 f"The other side proposes {en} as arbitrator, {term} working days for the award; "
                                                 "name the same to agree."))


def _chosen(dispute: Dispute, actor: Actor, clock: Clock) -> tuple[Dispute, datetime]:
    """The dispute and the instant, for the arbitrator whom both sides chose; for anyone else there is no such dispute."""
    held, at = _held(dispute, "compliance.dispute.award", actor, clock)
    if actor.organization_id != held.arbitrator_id:
        raise Rejected("participants.object.absent")
    return held, at


@covers("R95", "H8")
@operation("compliance.dispute.take_in")
def take_in_arbitration(*, dispute: Dispute, actor: Actor, clock: Clock) -> Dispute:
    """This will take the case in; from now on run the working days that both sides agreed on."""
    held, at = _chosen(dispute, actor, clock)
    if held.status != DisputeStatus.ARBITRATING or held.taken_in_at is not None:
        raise Rejected("compliance.dispute.not_to_take_in", dispute=held.code)
    held.taken_in_at, held.overdue = at, False
    held.due_at = working_days_from(at, held.award_days or figure("dispute.award_days", at))
    held.save(update_fields=["taken_in_at", "overdue", "due_at"])
    _note(held, "take_in", held.status, actor=actor, at=at)
    for party in sorted((held.opener, held.respondent), key=lambda one: one.pk):
        _tell(held, party, at, ("仲裁已受理，可以提交陈述与材料。", "The arbitrator took the case in: hand in statements and papers."))
    return held


@covers("R95")
@operation("compliance.dispute.decline")
def decline_arbitration(*, dispute: Dispute, reason: str, actor: Actor, clock: Clock) -> Dispute:
    """This will decline the case before it is taken in; the dispute goes to mediation, and both may agree on another arbitrator."""
    held, at = _chosen(dispute, actor, clock)
    if held.status != DisputeStatus.ARBITRATING or held.taken_in_at is not None:
        raise Rejected("compliance.dispute.not_to_take_in", dispute=held.code)
    if not reason.strip():
        raise Rejected("compliance.dispute.reasons_missing", errors=[
            FieldFault("text", "missing", ("写明不受理的理由", "Give the reasons"))])
    held.arbitrator, held.award_days, held.agreed, held.overdue = None, None, [], False
    held.mediation_at = held.mediation_at or at
    _move(held, "decline", days=figure("dispute.mediation_days", at), actor=actor, at=at, text=reason)
    for party in sorted((held.opener, held.respondent), key=lambda one: one.pk):
        _tell(held, party, at, (f"仲裁机构不予受理：{reason.strip()[:500]} 转入调解，也可另选仲裁机构。",
                                f"The arbitrator declined: {reason.strip()[:500]} Mediation opens; you may agree on another."))
    return held


@covers("R95", "H8")
@operation("compliance.dispute.award")
def award_dispute(*, dispute: Dispute, refund_bps: int, reasons: str, actor: Actor, clock: Clock) -> Dispute:
    """This will write the arbitrator's award: the share of the price to be given back, with reasons."""
    held, at = _chosen(dispute, actor, clock)
    assert 0 <= refund_bps <= 10_000, "a share of the price"
    if not reasons.strip():
        raise Rejected("compliance.dispute.reasons_missing", errors=[FieldFault("text", "missing", ("写明裁决理由", "Give the reasons"))])
    held.refund_bps, held.taken_in_at = refund_bps, held.taken_in_at or at  # who awards has taken it in
    _move(held, "award", days=None, actor=actor, at=at, text=reasons)
    for party in sorted((held.opener, held.respondent), key=lambda one: one.pk):
        _tell(held, party, at,
              (f"争议已裁决：退还价款 {refund_bps / 100:g}%。", f"Awarded: {refund_bps / 100:g} % of the price is given back."))
    return held


def _late(held: Dispute, at: datetime) -> Dispute:
    """An award not made in time: the state stays, both sides and the arbitrator are told, the desk sees it."""
    held.overdue = True
    held.save(update_fields=["overdue"])
    for one in sorted({party for party in (held.opener, held.respondent, held.arbitrator) if party}, key=lambda party: party.pk):
        _tell(held, one, at, ("仲裁逾期未裁决，请仲裁机构尽快作出裁决。", "The award is late: the arbitrator is asked to make it.")
              if held.taken_in_at else ("仲裁机构逾期未决定是否受理，请尽快决定。",
                                        "The arbitrator has neither taken the case in nor declined it."))
    return _note(held, "escalate", held.status, actor=SYSTEM, at=at)


@operation("compliance.dispute.lapse")
def lapse_dispute(*, dispute: Dispute, clock: Clock) -> Dispute:
    """This will pass to mediation when negotiation takes too long, end a mediation that found no way, and flag a late arbitrator."""
    held = locked(dispute)
    at = clock.now()
    if held.due_at is None or at < held.due_at or held.overdue:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    if held.status == DisputeStatus.ARBITRATING:
        return _late(held, at)
    if held.status == DisputeStatus.NEGOTIATING:
        return _mediation(held, SYSTEM, at)
    return _move(held, "fail", days=None, actor=SYSTEM, at=at, text="期满未果 / no way found in time")
