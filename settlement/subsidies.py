"""Subsidised orders of small firms 小微企业服务补贴 (R75, R122): a fund opened by two people bears a share of a price.

Every grant locks the fund's row first: what is left of the fund and of the firm's year is read behind it, so two applications
at once never reckon with the same fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from compliance.models import Engagement
from compliance.states import EngagementStatus
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN, bps_of
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from ledger.queries import balance
from participants.gates import pass_all
from participants.models import Approval, ApprovalStatus, Venue
from participants.operations import ask_approval, decide_approval, notify
from participants.permissions import require
from participants.queries import LOCAL, venue_organization
from participants.sizes import size_of
from settlement.events import SubsidyGranted, fund_moved, subsidy_ended
from settlement.models import Subsidy, SubsidyFund
from settlement.states import FUND, SUBSIDY, FundStatus, SubsidyStatus
from settlement.subsidy_gates import amount_for, criteria_of, of_applying

__all__ = ["apply_subsidy", "close_fund", "decide_fund", "end_subsidy", "propose_fund"]

_DECIDE = "settlement.subsidy_fund.decide"


def _locked(fund: SubsidyFund) -> SubsidyFund:
    return SubsidyFund.objects.select_for_update(of=("self",), no_key=True).select_related("venue", "account").get(pk=fund.pk)


def _told(held: SubsidyFund, act: str, *, moved_fen: int = 0, transfer_hash: str = "", actor: Actor, at: datetime) -> SubsidyFund:
    record(fund_moved[act](
        subject=held.code, venue=held.venue.code, budget_fen=held.budget_fen, share_bps=held.share_bps, order_cap_fen=held.order_cap_fen,
        year_cap_fen=held.year_cap_fen, criteria=held.criteria, moved_fen=moved_fen, transfer_hash=transfer_hash), actor=actor, at=at)
    return held


@covers("R75", "R122")
@operation("settlement.subsidy_fund.propose")
def propose_fund(*, venue: Venue, name: tuple[str, str], basis: str, budget_fen: int, share_bps: int, order_cap_fen: int, year_cap_fen: int,
                 criteria: Mapping[str, Any], effective_from: datetime, effective_to: datetime, actor: Actor, clock: Clock) -> SubsidyFund:
    """This will propose a fund with its rule; another person opens it, and no money moves before."""
    at = clock.now()
    require(actor, "settlement.subsidy_fund.propose", at=at)
    amounts = {"budget_fen": budget_fen, "order_cap_fen": order_cap_fen, "year_cap_fen": year_cap_fen}
    faults = [FieldFault(key, "out_of_range", ("须大于零", "Above zero")) for key, fen in amounts.items() if not 0 < fen <= MAX_FEN]
    faults += [FieldFault("share_bps", "out_of_range", ("比例为 0.01% 至 100%", "0.01 % to 100 %"))] if not 1 <= share_bps <= 10_000 else []
    faults += [FieldFault("effective_to", "backwards", ("止期须在起期和今天之后", "The end comes after the beginning and after today"))
               ] if not max(effective_from, at) < effective_to else []
    texts = {"name_zh": name[0], "basis": basis}
    faults += [FieldFault(key, "length", ("必填", "Required")) for key, text in texts.items() if not text.strip()]
    if faults:
        raise Rejected("settlement.subsidy_fund.faulty", errors=faults)
    code = new_code("SBF")
    made = SubsidyFund.objects.create(
        code=code, venue=venue, name_zh=name[0].strip()[:80], name_en=name[1].strip()[:120], basis=basis.strip()[:200],
        share_bps=share_bps, criteria=criteria_of(criteria, at=at), account=ledger.account(code, AccountKind.PUBLIC_INTEREST),
        effective_from=effective_from, effective_to=effective_to, proposed_at=at, **amounts)
    ask_approval(act=_DECIDE, subject=code, actor=actor, at=at)
    return _told(made, "propose", actor=actor, at=at)


@covers("R75", "I18", "G1")
@operation("settlement.subsidy_fund.decide")
def decide_fund(*, fund: SubsidyFund, approve: bool, reason: str, actor: Actor, clock: Clock) -> SubsidyFund:
    """This will open a fund by a second person, its budget moved off the venue's public-interest account, or refuse it."""
    held = _locked(fund)
    at = clock.now()
    require(actor, _DECIDE, at=at)
    held.status = advance(FUND, FundStatus(held.status), "open" if approve else "refuse", subject=held.code,
                          code="settlement.subsidy_fund.illegal_move")
    asked = Approval.objects.get(act=_DECIDE, subject=held.code, status=ApprovalStatus.PENDING)
    decide_approval(approval=asked, approve=approve, reason=reason, actor=actor, at=at)
    digest = ""
    if approve:
        purse = ledger.account(venue_organization(held.venue).code, AccountKind.PUBLIC_INTEREST)
        ledger.lock([purse, held.account])
        digest = ledger.transfer(kind="subsidy_fund", legs=[Leg(purse, -held.budget_fen), Leg(held.account, held.budget_fen)],
                                 subject=held.code, at=at).hash
        held.opened_at = at
    held.save(update_fields=["status", "opened_at"])
    return _told(held, "open" if approve else "refuse", moved_fen=held.budget_fen if approve else 0, transfer_hash=digest, actor=actor,
                 at=at)


@covers("R75")
@operation("settlement.subsidy_fund.close")
def close_fund(*, fund: SubsidyFund, actor: Actor, clock: Clock) -> SubsidyFund:
    """This will close a fund: nothing more is granted, what is set aside is kept for its orders, the rest goes back."""
    held = _locked(fund)
    at = clock.now()
    require(actor, "settlement.subsidy_fund.close", at=at)
    if held.status == FundStatus.CLOSED or (actor.is_system and at < held.effective_to):
        unchanged(at=at)
        return held
    held.status = advance(FUND, FundStatus(held.status), "close", subject=held.code, code="settlement.subsidy_fund.illegal_move")
    held.closed_at = at
    held.save(update_fields=["status", "closed_at"])
    fen, digest = _give_rest_back(held, at)
    return _told(held, "close", moved_fen=fen, transfer_hash=digest, actor=actor, at=at)


def _give_rest_back(held: SubsidyFund, at: datetime) -> tuple[int, str]:
    """What nobody can be granted any more goes back to the venue's public-interest account."""
    purse = ledger.account(venue_organization(held.venue).code, AccountKind.PUBLIC_INTEREST)
    ledger.lock([purse, held.account])
    fen = balance(held.account).available_fen
    if not fen:
        return 0, ""
    return fen, ledger.transfer(kind="subsidy_fund", legs=[Leg(held.account, -fen), Leg(purse, fen)], subject=held.code, at=at).hash


@covers("R75", "R122", "R61", "G1")
@operation("settlement.subsidy.apply")
def apply_subsidy(*, fund: SubsidyFund, engagement: Engagement, actor: Actor, clock: Clock) -> Subsidy:
    """This will grant the share of an order's price that the fund bears, and set it aside there; the fund's row is locked first.

    The client pays the whole price and has this much back the moment the provider is paid. The last of a fund may be less
    than the share; the next order is refused as ``settlement.subsidy.exhausted``.
    """
    held = _locked(fund)
    at = clock.now()
    order = Engagement.objects.select_for_update(of=("self",), no_key=True).select_related("client", "provider", "offer").get(
        pk=engagement.pk)
    require(actor, "settlement.subsidy.apply", subject=order, at=at)
    pass_all(of_applying(held, order, at=at))
    amount = amount_for(held, order, at=at)
    code = new_code("SBS")
    pending = ledger.reserve(account=held.account, amount_fen=amount, purpose="subsidy", subject=code, at=at)
    made = Subsidy.objects.create(code=code, fund=held, engagement=order, organization=order.client, year=at.astimezone(LOCAL).year,
                                  price_fen=order.price_fen, amount_fen=amount, pending=pending.id, granted_at=at)
    record(SubsidyGranted(subject=code, fund=held.code, engagement=order.code, organization=order.client.code, service=order.offer.kind,
                          price_fen=order.price_fen, amount_fen=amount, size=size_of(order.client, at=at),
                          pending=str(pending.id)), actor=actor, at=at)
    return made


@covers("R75", "R122", "G1")
@operation("settlement.subsidy.end")
def end_subsidy(*, subsidy: Subsidy, actor: Actor = SYSTEM, clock: Clock) -> Subsidy:
    """This will pay a subsidy once its order is paid, by the share of what was really paid, or free it when nothing was."""
    fund = _locked(subsidy.fund)
    at = clock.now()
    require(actor, "settlement.subsidy.end", at=at)
    held = Subsidy.objects.select_for_update(of=("self",), no_key=True).select_related("engagement__client").get(pk=subsidy.pk)
    order = held.engagement
    if held.status != SubsidyStatus.RESERVED or order.ended_at is None:
        unchanged(at=at)
        return held
    spent = order.paid_fen + order.fee_fen if order.status == EngagementStatus.COMPLETED else 0
    owed = min(held.amount_fen, bps_of(spent, fund.share_bps))
    act = "pay" if owed else "release"
    held.transfer_hash = _moved(held, fund, owed, at)
    held.status = advance(SUBSIDY, SubsidyStatus(held.status), act, subject=held.code, code="settlement.subsidy.illegal_move")
    held.paid_fen, held.ended_at = owed, at
    held.save(update_fields=["status", "paid_fen", "ended_at", "transfer_hash"])
    record(subsidy_ended[act](subject=held.code, fund=fund.code, engagement=order.code, organization=order.client.code, paid_fen=owed,
                              transfer_hash=held.transfer_hash), actor=actor, at=at)
    if fund.status == FundStatus.CLOSED:
        _give_rest_back(fund, at)
    if owed:
        notify(organization=order.client, kind="settlement.subsidy.paid", tone="ok", subject=held.code, href="/desk/account/", at=at,
               text=(f"委托 {order.code} 的补贴已到账", f"The subsidy of order {order.code} is on your account"))
    return held


def _moved(held: Subsidy, fund: SubsidyFund, owed: int, at: datetime) -> str:
    if not owed:
        return ledger.void(pending=held.pending, at=at).hash
    firm = ledger.account(held.engagement.client.code, AccountKind.AVAILABLE)
    return ledger.post(pending=held.pending, legs=[Leg(fund.account, -owed), Leg(firm, owed)], at=at).hash
