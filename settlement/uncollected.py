"""Dead letters of taking up 归集挂起: an accepted trade whose terms cannot be worked out is set aside, the others are settled (T30).

``settlement.tasks.collect_now`` halves what failed until one trade is left that fails alone, and its try is counted here. The fifth try
sets it aside with a case; it goes on by the operator's words. Its money stays in its escrow all the while.
"""

from __future__ import annotations

from datetime import timedelta

from compliance.cases import moot_case, open_case
from compliance.models import Case, CaseKind
from compliance.states import CaseStatus
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.operations import notify
from participants.permissions import require
from settlement.dead_letters import LEAST_WORDS, TRIES
from settlement.events import TradeTakenUpAgain, TradeUncollected
from settlement.uncollected_models import Uncollected
from trading.locks import lock_trade
from trading.models import Trade

__all__ = ["count_uncollected", "retry_uncollected"]


@operation("settlement.trade.fault")
@covers("T30", "G7")
def count_uncollected(*, trade: Trade, words: str, actor: Actor, clock: Clock) -> Uncollected:
    """This will count a failed try at taking up a trade; the fifth sets it aside with a case that says what failed."""
    lock_trade(trade)
    at = clock.now()
    require(actor, "settlement.trade.collect", at=at)
    one, _ = Uncollected.objects.get_or_create(trade=trade, defaults={"at": at, "subject": trade.code})
    if one.parked_at is not None:
        unchanged(at=at)
        return one
    one.tries, one.at = one.tries + 1, at
    if one.tries >= TRIES:
        one.parked_at, one.due_at = at, at + timedelta(days=1)
    one.save(update_fields=["tries", "at", "parked_at", "due_at"])
    if one.parked_at is None:
        unchanged(at=at)
        return one
    record(TradeUncollected(subject=trade.code, tries=one.tries), actor=actor, at=at)
    open_case(kind=CaseKind.SETTLEMENT, subject_kind="trade", subject_code=trade.code, organization=trade.seller,
              text=words[:2000], title=(f"{trade.code} 无法归集结算", f"{trade.code} cannot be taken up for settling"),
              actor=SYSTEM, clock=clock)
    notify(organization=trade.seller, kind="settlement.settlement.parked", tone="held", subject=trade.code, at=at, href="/desk/statements/",
           text=(f"{trade.code} 的结算已挂起：归集时出错。价款仍在托管中，由场所运营查明后重试。",
                 f"Settlement of {trade.code} is parked: taking it up fails. The price stays in escrow; the venue looks and retries."))
    return one


@operation("settlement.trade.retry")
@covers("T30", "G7")
def retry_uncollected(*, uncollected: Uncollected, reason: str, actor: Actor, clock: Clock) -> Uncollected:
    """This will let a trade that was set aside be taken up again, by the operator's words; its case ends with them."""
    lock_trade(uncollected.trade)
    one = Uncollected.objects.select_for_update(of=("self",), no_key=True).select_related("trade__seller").get(pk=uncollected.pk)
    at = clock.now()
    require(actor, "settlement.settlement.retry", at=at)
    if len(reason.strip()) < LEAST_WORDS:
        raise Rejected("settlement.settlement.unreasoned", subject=one.trade.code)
    if one.parked_at is None:
        raise Rejected("settlement.settlement.illegal_move", subject=one.trade.code, state="due", open_actions="")
    one.tries, one.parked_at, one.due_at = 0, None, None
    one.save(update_fields=["tries", "parked_at", "due_at"])
    record(TradeTakenUpAgain(subject=one.trade.code), actor=actor, at=at)
    case = Case.objects.filter(kind=CaseKind.SETTLEMENT, subject_code=one.trade.code).exclude(status=CaseStatus.CLOSED).first()
    if case is None:
        case = open_case(kind=CaseKind.SETTLEMENT, subject_kind="trade", subject_code=one.trade.code, organization=one.trade.seller,
                         title=(f"{one.trade.code} 重新归集", f"{one.trade.code} is taken up again"), actor=SYSTEM, clock=clock)
    moot_case(case=case, text=reason.strip(), actor=actor, clock=clock)
    return one
