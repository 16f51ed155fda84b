"""Decisions of the desk: one posted form, one domain act. Translates in, calls the room's operation, translates back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import QueryDict

from compliance import operations as compliance
from compliance.joint import joint_of
from compliance.models import Case, JointCase
from evidence.clock import MARKET_CLOCK
from exchange.supervision.joint_files import partner_of
from kit.actors import Actor
from kit.rejected import Rejected
from listings import operations as listings
from listings.models import PropertyRight, Registration, RegistrationCertificate, RegistrationObjection, Review, Source
from trading import operations as trading
from trading.models import Trade
from trading.queries import report_of

__all__ = ["CASE_ACTS", "CONDITION_ACTS", "FILING_ACTS", "REGISTRATION_ACTS", "REVIEW_ACTS", "review_trade"]

Act = Callable[[Any, QueryDict, Actor], Any]


def _lines(data: QueryDict, name: str) -> list[str]:
    """Values of a field: several of the same name, or one text with a value on each line."""
    return [part.strip() for value in data.getlist(name) for part in value.splitlines() if part.strip()]


def _reason(data: QueryDict) -> str:
    return data.get("reason", "")


# ---- review of a listing's version -----------------------------------------------------------------------------------


def _decide_review(verdict: str) -> Act:
    def act(row: Review, data: QueryDict, actor: Actor) -> Review:
        return listings.decide_review(
            review=row,
            verdict=verdict,
            rules=_lines(data, "rules"),
            reason=_reason(data),
            conditions=_lines(data, "conditions"),
            class_record=data.get("class_record", ""),
            actor=actor,
            clock=MARKET_CLOCK,
        )

    return act


def _draft_review(row: Review, data: QueryDict, actor: Actor) -> Review:
    return listings.note_draft(
        review=row, verdict=data.get("draft_verdict") or "approve", reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    )


REVIEW_ACTS: dict[str, Act] = {
    "claim": lambda row, data, actor: listings.claim_review(review=row, actor=actor, clock=MARKET_CLOCK),
    "release": lambda row, data, actor: listings.release_review(review=row, actor=actor, clock=MARKET_CLOCK),
    "recuse": lambda row, data, actor: listings.recuse_review(review=row, reason=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "draft": _draft_review,
    "approve": _decide_review("approve"),
    "approve_with_conditions": _decide_review("approve_with_conditions"),
    "return": _decide_review("return"),
    "refuse": _decide_review("refuse"),
}

# ---- conditions of restricted rules ----------------------------------------------------------------------------------


def _decide_condition(met: bool) -> Act:
    return lambda one, data, actor: listings.decide_condition(
        condition=one, met=met, reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    )


CONDITION_ACTS: dict[str, Act] = {
    "meet": _decide_condition(True),
    "return": _decide_condition(False),
    "fail": lambda one, data, actor: listings.fail_test(condition=one, reason=_reason(data), actor=actor, clock=MARKET_CLOCK),
}

# ---- registration ----------------------------------------------------------------------------------------------------


def _return_registration(one: Registration, data: QueryDict, actor: Actor) -> Registration:
    return listings.return_registration(
        registration=one, missing=_lines(data, "missing"), reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    )


def _open_objection(one: Registration) -> RegistrationObjection:
    """The objection that waits; where none does, the operation says that nothing is open."""
    found = one.objections.filter(decided_at__isnull=True).first() or one.objections.order_by("-at").first()
    if found is None:
        raise Rejected("listings.registration.no_notice", registration=one.code)
    return found


def _certificate(one: Registration) -> RegistrationCertificate:
    found: RegistrationCertificate | None = RegistrationCertificate.objects.filter(registration=one).first()
    if found is None:
        raise Rejected("listings.registration.none_in_force", product=one.product.code)
    return found


def _right(one: Registration, data: QueryDict) -> PropertyRight:
    """A right over the product that the application is about, whoever holds it."""
    found: PropertyRight | None = one.product.rights.filter(code=data.get("right", "")).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


def _source(one: Registration, data: QueryDict) -> Source:
    found = Source.objects.filter(outputs__product=one.product, code=data.get("source", "")).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


def _second_uphold(agree: bool) -> Act:
    return lambda one, data, actor: listings.second_uphold(
        objection=_open_objection(one), agree=agree, reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    )


REGISTRATION_ACTS: dict[str, Act] = {
    "accept": lambda one, data, actor: listings.accept_registration(registration=one, actor=actor, clock=MARKET_CLOCK),
    "return": _return_registration,
    "pass": lambda one, data, actor: listings.pass_registration(registration=one, actor=actor, clock=MARKET_CLOCK),
    "refuse": lambda one, data, actor: listings.refuse_registration(
        registration=one, reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    ),
    "reject_objection": lambda one, data, actor: listings.decide_objection(
        objection=_open_objection(one), upheld=False, reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    ),
    "propose_uphold": lambda one, data, actor: listings.propose_uphold(
        objection=_open_objection(one), reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    ),
    "agree": _second_uphold(True),
    "differ": _second_uphold(False),
    "right_suspend": lambda one, data, actor: listings.suspend_right(
        right=_right(one, data), cause_code=one.code, reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    ),
    "right_lift": lambda one, data, actor: listings.lift_right(right=_right(one, data), actor=actor, clock=MARKET_CLOCK),
    "right_revoke": lambda one, data, actor: listings.revoke_right(
        right=_right(one, data), cause_code=one.code, reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    ),
    "source_revoke": lambda one, data, actor: listings.revoke_source(
        source=_source(one, data), reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    ),
    "freeze": lambda one, data, actor: listings.freeze_certificate(
        certificate=_certificate(one), cause_code=one.code, actor=actor, clock=MARKET_CLOCK
    ),
    "thaw": lambda one, data, actor: listings.thaw_certificate(certificate=_certificate(one), actor=actor, clock=MARKET_CLOCK),
    "revoke": lambda one, data, actor: listings.revoke_certificate(
        certificate=_certificate(one), ground=data.get("ground", ""), reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    ),
}

# ---- filing of an off-exchange trade ---------------------------------------------------------------------------------


def _decide_filing(outcome: str) -> Act:
    """Verifying writes the trade in the same transaction (trading's report is the object, the filing its checking)."""
    return lambda one, data, actor: trading.decide_report(
        report=report_of(one.code), outcome=outcome, reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    )


def _second_filing(agree: bool) -> Act:
    return lambda one, data, actor: trading.second_report(
        report=report_of(one.code), agree=agree, reason=_reason(data), actor=actor, clock=MARKET_CLOCK
    )


FILING_ACTS: dict[str, Act] = {
    "verify": _decide_filing("verify"),
    "reject": _decide_filing("reject"),
    "ask": _decide_filing("ask"),
    "agree": _second_filing(True),
    "differ": _second_filing(False),
}

# ---- cases -----------------------------------------------------------------------------------------------------------


def _close_case(one: Case, data: QueryDict, actor: Actor) -> Case:
    return compliance.close_case(case=one, outcome=data.get("outcome") or "done", text=_reason(data), actor=actor, clock=MARKET_CLOCK)


def _joint(one: Case) -> JointCase:
    found = joint_of(one)
    if found is None:
        raise Rejected("participants.object.absent")
    return found


def _ask_joint(one: Case, data: QueryDict, actor: Actor) -> JointCase:
    return compliance.ask_joint(case=one, partner=partner_of(data), reason=_reason(data), partner_leads=data.get("lead") == "partner",
                                actor=actor, clock=MARKET_CLOCK)


CASE_ACTS: dict[str, Act] = {
    "claim": lambda one, data, actor: compliance.claim_case(case=one, actor=actor, clock=MARKET_CLOCK),
    "note": lambda one, data, actor: compliance.note_case(case=one, text=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "ask": lambda one, data, actor: compliance.ask_party(case=one, text=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "close": _close_case,
    "joint": _ask_joint,
    "join": lambda one, data, actor: compliance.answer_joint(joint=_joint(one), join=True, reason=_reason(data), actor=actor,
                                                             clock=MARKET_CLOCK),
    "decline": lambda one, data, actor: compliance.answer_joint(joint=_joint(one), join=False, reason=_reason(data), actor=actor,
                                                                clock=MARKET_CLOCK),
    "opine": lambda one, data, actor: compliance.give_opinion(joint=_joint(one), view=data.get("view", "")[:12], text=_reason(data),
                                                              actor=actor, clock=MARKET_CLOCK),
    "conclude": lambda one, data, actor: compliance.conclude_joint(joint=_joint(one), text=_reason(data), actor=actor, clock=MARKET_CLOCK),
}

# ---- trade review (R57, CAP-H3): in order, a query, or a finding opened ----------------------------------------------

VERDICTS = ("in_order", "query", "finding")


def review_trade(trade: Trade, data: QueryDict, actor: Actor) -> Case:
    """This will record a regulator's verdict over a trade as the outcome of its review case; a finding opens a conduct case.

    All acts stand or fall together. Raises ``Rejected`` as the operations do.
    """
    verdict, reason = data.get("verdict", ""), _reason(data)
    with transaction.atomic():
        case = compliance.open_case(
            kind="trade_review",
            subject_kind="trade",
            subject_code=trade.code,
            organization=trade.seller,
            title=(f"交易复核：{trade.titles[0]}", f"Trade review: {trade.titles[1]}"),
            actor=actor,
            clock=MARKET_CLOCK,
        )
        if case.status == "open":
            case = compliance.claim_case(case=case, actor=actor, clock=MARKET_CLOCK)
        if verdict == "query":
            return compliance.ask_party(case=case, text=reason, actor=actor, clock=MARKET_CLOCK)
        if verdict == "finding":
            compliance.open_conduct_case(
                organization=trade.seller,
                conduct=data.get("conduct", ""),
                subject_code=trade.code,
                text=reason,
                actor=actor,
                clock=MARKET_CLOCK,
            )
        return compliance.close_case(
            case=case, outcome="finding_opened" if verdict == "finding" else "in_order", text=reason, actor=actor, clock=MARKET_CLOCK
        )
