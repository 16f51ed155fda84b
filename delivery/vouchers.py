"""The electronic voucher of a delivery 交付凭证 (Civil Code 512; R42): who handed what to whom, when, by which hash, under which licence.

It is written as it is handed over and never changes. Its hash stands in the record book, whose head the house signs: anyone who holds the
voucher checks it on ``/verify/`` or offline, as every paper of the house.
"""

from __future__ import annotations

from typing import Any

from delivery.events import VoucherIssued
from delivery.kinds import adapter_for
from delivery.models import Delivery, Voucher
from evidence.events import rfc3339
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from participants.permissions import require
from trading.agreeing.judging import deed_of
from trading.books import sha256_of
from trading.queries import licensed

__all__ = ["FORMAT", "issue_voucher"]

FORMAT = "delivery-voucher/1"


@operation("delivery.voucher.issue")
@covers("F5", "R42", "R49")
def issue_voucher(*, delivery: Delivery, actor: Actor, clock: Clock) -> Voucher:
    """This will write the voucher of what was just handed over; the caller holds the delivery's lock."""
    at = clock.now()
    require(actor, "delivery.voucher.issue", subject=delivery, at=at)
    content = _written(delivery, actor)
    made = Voucher.objects.create(code=content["voucher"], delivery=delivery, attempt=delivery.attempts, content=content,
                                  content_hash=sha256_of(content), issued_at=at)
    record(VoucherIssued(subject=made.code, delivery=delivery.code, content_hash=made.content_hash, sha256=content["sha256"]),
           actor=actor, at=at)
    return made


def _written(one: Delivery, actor: Actor) -> dict[str, Any]:
    assert one.deposit is not None and one.delivered_at is not None, "it was handed over"
    deed, (zh, en) = deed_of(one.trade), one.trade.titles
    return {
        "format": FORMAT, "voucher": new_code("VCH"), "delivery": one.code, "trade": one.trade.code, "attempt": one.attempts,
        "kind": adapter_for(one.mode).kind, "mode": one.mode, "title_zh": zh, "title_en": en, "version": one.version.code,
        "seller": {"code": one.seller.code, "name": one.seller.name}, "buyer": {"code": one.buyer.code, "name": one.buyer.name},
        "delivered_by": actor.code, "delivered_at": rfc3339(one.delivered_at), "sha256": one.deposit.sha256, "size": one.deposit.size,
        "licence": {"agreement": deed.code if deed else "", "terms_hash": deed.terms_hash if deed else one.trade.agreement_hash,
                    "term_from": rfc3339(deed.term_from) if deed else None,
                    "term_to": rfc3339(deed.term_to) if deed and deed.term_to else None, **licensed(one.trade)},
        "signed": adapter_for(one.mode).signed(one),
        "accept_by": rfc3339(one.due_at) if one.due_at else None}
