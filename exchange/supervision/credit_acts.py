"""Decisions of the desk on conduct, restoration, complaints and disputes: one posted form, one domain act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, QueryDict
from django.utils.dateparse import parse_date

from compliance import operations as compliance
from compliance.conduct import EXEMPTIONS
from compliance.corrections import decide_complaint_objection, return_restoration
from compliance.expelling import revoke_on_finding
from compliance.models import Complaint, ConductCase, Dispute, Restoration
from compliance.self_reports import spared
from evidence.clock import MARKET_CLOCK
from exchange.supervision.joint_files import ask_about
from kit.actors import Actor
from kit.numerals import whole
from participants.models import User

__all__ = ["COMPLAINT_ACTS", "CONDUCT_ACTS", "DISPUTE_ACTS", "RESTORATION_ACTS"]

Act = Callable[[Any, QueryDict, Actor], Any]


def _reason(data: QueryDict) -> str:
    return data.get("reason", "")


# ---- conduct ---------------------------------------------------------------------------------------------------------


def _decide(one: ConductCase, data: QueryDict, actor: Actor) -> ConductCase:
    return compliance.decide_conduct(case=one, severity=data.get("severity") or one.alleged, measures=data.getlist("measures"),
                                     reasons=_reason(data), basis=data.get("basis", ""), actor=actor, clock=MARKET_CLOCK)


def _adopt(one: ConductCase, data: QueryDict, actor: Actor) -> ConductCase:
    try:
        dated = parse_date(data.get("document_date", "")) if data.get("document_date") else None
    except ValueError:
        dated = None
    return compliance.adopt_decision(
        case=one, severity=data.get("severity") or one.alleged, measures=data.getlist("measures"), reasons=_reason(data),
        basis=data.get("basis", ""), authority_document=data.get("document", "").strip()[:200], document_date=dated, actor=actor,
        clock=MARKET_CLOCK)


def _second(agree: bool) -> Act:
    def act(one: ConductCase, data: QueryDict, actor: Actor) -> ConductCase:
        named = whole(data.get("third", ""))
        third = User.objects.filter(pk=named).first() if named is not None and not agree else None
        return compliance.second_conduct(case=one, agree=agree, reason=_reason(data), third=third, actor=actor, clock=MARKET_CLOCK)

    return act


def _third(with_first: bool) -> Act:
    return lambda one, data, actor: compliance.settle_difference(case=one, with_first=with_first, reasons=_reason(data), actor=actor,
                                                                 clock=MARKET_CLOCK)


def _exempt(one: ConductCase, data: QueryDict, actor: Actor) -> ConductCase:
    ground = data.get("ground", "")
    if ground not in EXEMPTIONS:
        raise Http404(ground)
    return compliance.exempt_conduct(case=one, ground=ground, reason=_reason(data), actor=actor, clock=MARKET_CLOCK)


def _check_report(stands: bool) -> Act:
    def act(one: ConductCase, data: QueryDict, actor: Actor) -> Any:
        if (told := spared(one)) is None:
            raise Http404(one.code)
        return compliance.check_report(report=told, stands=stands, reason=_reason(data), actor=actor, clock=MARKET_CLOCK)

    return act


def _objection(outcome: str) -> Act:
    return lambda one, data, actor: compliance.decide_objection(
        case=one, outcome=outcome, reasons=_reason(data), severity=data.get("severity", ""), measures=data.getlist("measures"), actor=actor,
        clock=MARKET_CLOCK)


def _interim(one: ConductCase, data: QueryDict, actor: Actor) -> ConductCase:
    return compliance.take_interim_measure(case=one, capabilities=[key for key in ("list", "bid", "deliver", "withdraw")
                                                                  if key in data.getlist("capabilities")],
                                           reason=_reason(data), actor=actor, clock=MARKET_CLOCK)


CONDUCT_ACTS: dict[str, Act] = {
    "notify": lambda one, data, actor: compliance.notify_accused(case=one, actor=actor, clock=MARKET_CLOCK),
    "dismiss": lambda one, data, actor: compliance.dismiss_conduct(case=one, reason=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "decide": _decide,
    "adopt": _adopt,
    "agree": _second(True),
    "differ": _second(False),
    "third_first": _third(True),
    "third_second": _third(False),
    "exempt": _exempt,
    "extend": lambda one, data, actor: compliance.extend_conduct(case=one, reason=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "interim": _interim,
    "recuse": lambda one, data, actor: compliance.recuse_conduct(case=one, reason=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "stay": lambda one, data, actor: compliance.stay_effects(case=one, reason=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "revoke_admission": lambda one, data, actor: revoke_on_finding(
        case=one, admission=data.get("admission", ""), reason=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "report_stands": _check_report(True),
    "report_untrue": _check_report(False),
    "uphold": _objection("uphold"),
    "amend": _objection("amend"),
    "reject": _objection("reject"),
}

# ---- restoration -----------------------------------------------------------------------------------------------------


def _restore(grant: bool) -> Act:
    return lambda one, data, actor: compliance.decide_restoration(restoration=one, grant=grant, reason=_reason(data), actor=actor,
                                                                  clock=MARKET_CLOCK)


def _second_restoration(agree: bool) -> Act:
    return lambda one, data, actor: compliance.second_restoration(restoration=one, agree=agree, reason=_reason(data), actor=actor,
                                                                  clock=MARKET_CLOCK)


def _extend_restoration(one: Restoration, data: QueryDict, actor: Actor) -> Restoration:
    return compliance.extend_restoration(restoration=one, reason=_reason(data), actor=actor, clock=MARKET_CLOCK)


RESTORATION_ACTS: dict[str, Act] = {
    "accept": lambda one, data, actor: compliance.accept_restoration(restoration=one, actor=actor, clock=MARKET_CLOCK),
    "grant": _restore(True),
    "refuse": _restore(False),
    "agree": _second_restoration(True),
    "differ": _second_restoration(False),
    "extend": _extend_restoration,
    "return": lambda one, data, actor: return_restoration(restoration=one, missing=_reason(data), actor=actor, clock=MARKET_CLOCK),
}

# ---- complaints ------------------------------------------------------------------------------------------------------


def _refer(one: Complaint, data: QueryDict, actor: Actor) -> ConductCase:
    return compliance.refer_to_conduct(complaint=one, organization=data.get("organization", ""), conduct=data.get("conduct", ""),
                                       text=_reason(data), actor=actor, clock=MARKET_CLOCK,
                                       papers=[int(key) for key in data.getlist("papers") if key.isascii() and key.isdigit()])


COMPLAINT_ACTS: dict[str, Act] = {
    "joint": ask_about,
    "accept": lambda one, data, actor: compliance.accept_complaint(complaint=one, actor=actor, clock=MARKET_CLOCK),
    "decline": lambda one, data, actor: compliance.decline_complaint(complaint=one, reason=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "refer": _refer,
    "transfer": lambda one, data, actor: compliance.transfer_complaint(complaint=one, to=data.get("to", ""), actor=actor,
                                                                       clock=MARKET_CLOCK),
    "close": lambda one, data, actor: compliance.close_complaint(complaint=one, answer=_reason(data), actor=actor, clock=MARKET_CLOCK),
    "uphold": lambda one, data, actor: decide_complaint_objection(complaint=one, uphold=True, reason=_reason(data), actor=actor,
                                                                  clock=MARKET_CLOCK),
    "reject": lambda one, data, actor: decide_complaint_objection(complaint=one, uphold=False, reason=_reason(data), actor=actor,
                                                                  clock=MARKET_CLOCK),
}

# ---- disputes under mediation ----------------------------------------------------------------------------------------


def _longer(one: Dispute, data: QueryDict, actor: Actor) -> Dispute:
    typed = data.get("days", "")
    days = 5 if (asked := whole(typed, digits=2)) is None else asked
    return compliance.extend_mediation(dispute=one, days=max(1, days), actor=actor, clock=MARKET_CLOCK)


DISPUTE_ACTS: dict[str, Act] = {
    "extend": _longer,
    "fail": lambda one, data, actor: compliance.fail_mediation(dispute=one, reason=_reason(data), actor=actor, clock=MARKET_CLOCK),
}
