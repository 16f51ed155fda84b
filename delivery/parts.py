"""Keeping a part of what was delivered 部分验收 (F11, Civil Code 582): the buyer says how much conforms, the price falls with it.

The seller answers within five working days. Its silence agrees to nothing: the delivery then counts as rejected as a whole, with the same
defects and the same ways out. What stays due and what goes back always sum to the price.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from delivery.events import DeliveryAccepted, DeliveryRejected
from delivery.gates import next_status
from delivery.kinds import Way, way_of
from delivery.models import Delivery, PartClaim
from delivery.operations import locked_delivery, tell_party
from delivery.proof_events import PartClaimed
from delivery.revoking import revoke_grants
from delivery.states import DeliveryStatus
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import split, yuan
from kit.rejected import FieldFault, Rejected
from listings.plans import plan_in
from participants.permissions import require
from participants.queries import add_working_days

__all__ = ["ANSWER_DAYS", "agree_part", "due_for", "lapse_part", "offer_part", "reduced_price", "refuse_part"]

#: Working days the seller has to answer, and to mend or concede after a refusal.
ANSWER_DAYS = 5


@covers("F11")
def due_for(price_fen: int, accepted: int, promised: int) -> int:
    """This will say what of a price stays due for a part, by largest remainder; with what goes back it is the whole.

    >>> due_for(1_000_001, 2, 3), 1_000_001 - due_for(1_000_001, 2, 3)
    (666667, 333334)
    """
    return split(price_fen, {"kept": accepted, "returned": promised - accepted})["kept"]


def _judged(one: Delivery, unit: str, accepted: int, promised: int, defects: Sequence[str]) -> list[str]:
    terms = (one.trade.agreement.get("object") or {}).get("use_terms") or {}
    if way_of(one.mode) != Way.FILE or one.trade.price_fen <= 0 or plan_in(terms):
        raise Rejected("delivery.part.not_divisible", delivery=one.code)
    faults = []
    if unit not in {"rows", "files"}:
        faults.append(FieldFault("unit", "unknown", ("按行或按文件", "By rows or by files")))
    whole = one.version.row_count
    if unit == "rows" and whole and promised != whole:
        faults.append(FieldFault("promised", "differs", (f"登记的文件有 {whole} 行", f"The registered file has {whole} rows")))
    if not 0 < accepted < promised:
        faults.append(FieldFault("accepted", "range", (
            "须大于零、小于约定数量；全部合格请验收，全部不合格请拒收",
            "Above zero and below what was promised; accept the whole or reject the whole otherwise")))
    listed = [text.strip()[:400] for text in defects if text.strip()][:50]
    if not listed:
        faults.append(FieldFault("defects", "missing", ("至少写一条缺陷", "Write at least one defect")))
    if faults:
        raise Rejected("delivery.part.faulty", delivery=one.code, errors=faults)
    return listed


@covers("F11", "R57")
@operation("delivery.delivery.offer_part")
def offer_part(*, delivery: Delivery, unit: str, accepted: int, promised: int, defects: Sequence[str], actor: Actor,
               clock: Clock) -> PartClaim:
    """This will offer to keep a part at a price reduced in proportion; the seller answers by the date shown."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.reject", subject=one, at=at)
    following = next_status(one, "offer_part")
    listed = _judged(one, unit, accepted, promised, defects)
    made = PartClaim.objects.create(code=new_code("PRT"), delivery=one, unit=unit, accepted=accepted, promised=promised,
                                    price_fen=one.trade.price_fen, due_fen=due_for(one.trade.price_fen, accepted, promised), made_at=at)
    one.status, one.defects, one.due_at = following, listed, add_working_days(one.trade.venue, at, ANSWER_DAYS)
    one.save(update_fields=["status", "defects", "due_at"])
    record(PartClaimed(subject=one.code, claim=made.code, unit=unit, accepted=accepted, promised=promised, due_fen=made.due_fen,
                       defects=listed, due_at=one.due_at), actor=actor, at=at)
    kept = yuan(made.due_fen)
    tell_party(one.seller, one, "wait", (
        f"买方对“{{title}}”部分验收：{promised} 中的 {accepted} 合格，价款减为 {kept}。请同意或拒绝。",
        f"“{{title}}”: the buyer keeps {accepted} of {promised} for {kept}. Please agree or refuse."), at)
    return made


def _answered(one: Delivery, answer: str, reason: str, at: datetime) -> PartClaim:
    claim = PartClaim.objects.select_for_update(no_key=True).get(delivery=one, outcome="open")
    claim.outcome, claim.reason, claim.answered_at = answer, reason.strip()[:2000], at
    claim.save(update_fields=["outcome", "reason", "answered_at"])
    return claim


@covers("F11")
@operation("delivery.delivery.agree_part")
def agree_part(*, delivery: Delivery, actor: Actor, clock: Clock) -> Delivery:
    """This will agree to the part: it is accepted, settlement pays the reduced price and gives the rest back."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.concede", subject=one, at=at)
    one.status = next_status(one, "agree_part")
    claim = _answered(one, "agreed", "", at)
    one.due_at, one.ended_at = None, at
    one.save(update_fields=["status", "due_at", "ended_at"])
    record(DeliveryAccepted(subject=one.code, trade=one.trade.code, by_default=False, due_fen=claim.due_fen), actor=actor, at=at)
    kept, back = yuan(claim.due_fen), yuan(claim.price_fen - claim.due_fen)
    tell_party(one.buyer, one, "ok", (f"卖方同意“{{title}}”部分验收：{kept} 进入清算，{back} 退回您的账户。",
                                      f"“{{title}}”: the seller agrees. {kept} goes to settlement, {back} back to your account."), at)
    return one


@covers("F11")
@operation("delivery.delivery.refuse_part")
def refuse_part(*, delivery: Delivery, reason: str, actor: Actor, clock: Clock) -> Delivery:
    """This will refuse the part, with the reason: the whole is then rejected; the seller delivers anew, concedes, or either disputes."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.concede", subject=one, at=at)
    following = next_status(one, "refuse_part")
    if len(reason.strip()) < 4:
        raise Rejected("delivery.part.reason_missing", delivery=one.code)
    return _rejected(one, following, "refused", reason, actor=actor, at=at)


@covers("F11")
@operation("delivery.delivery.lapse_part")
def lapse_part(*, delivery: Delivery, actor: Actor = SYSTEM, clock: Clock) -> Delivery:
    """This will end a seller's time to answer: silence agrees to nothing, the whole counts as rejected."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.lapse", at=at)
    if one.status != DeliveryStatus.PART or one.due_at is None or one.due_at > at:
        unchanged(at=at)
        return one
    return _rejected(one, next_status(one, "lapse_part"), "silent", "", actor=actor, at=at)


def _rejected(one: Delivery, following: DeliveryStatus, answer: str, reason: str, *, actor: Actor, at: datetime) -> Delivery:
    _answered(one, answer, reason, at)
    one.status, one.due_at = following, add_working_days(one.trade.venue, at, ANSWER_DAYS)
    one.save(update_fields=["status", "due_at"])
    revoke_grants(one, cause="delivery.delivery.rejected", actor=actor, at=at)
    record(DeliveryRejected(subject=one.code, defects=one.defects, attempt=one.attempts, due_at=one.due_at), actor=actor, at=at)
    silent = answer == "silent"
    tell_party(one.buyer, one, "info", (
        "卖方未在期限内答复“{title}”的部分验收，按整体拒收处理。" if silent else "卖方不同意“{title}”的部分验收，按整体拒收处理。",
        "“{title}”: the seller did not answer in time; the whole counts as rejected." if silent else
        "“{title}”: the seller refuses the part; the whole counts as rejected."), at)
    tell_party(one.seller, one, "wait", ("“{title}”现为整体拒收，请重新交付、承认未成，或提出争议。",
                                         "“{title}” is rejected as a whole: deliver again, concede, or open a dispute."), at)
    return one


def reduced_price(one: Delivery) -> PartClaim | None:
    """This will return the part a delivery was accepted for; None where it was accepted as a whole."""
    return PartClaim.objects.filter(delivery=one, outcome="agreed").first()
