"""The directory of services 服务名录: an admitted third party says what it does, for how much and how soon (R61)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from compliance.catalogue import hash_of
from compliance.engaging.independence import refuse_unfit
from compliance.events import offer_moved
from compliance.models import ServiceOffer
from compliance.moves import locked, step
from compliance.states import SERVICE_OFFER, OfferStatus
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN
from kit.rejected import FieldFault, Rejected
from participants.models import Organization
from participants.permissions import require

__all__ = ["directory", "publish_offer", "text_within", "withdraw_offer"]


def text_within(field: str, value: str, least: int, most: int, code: str) -> str:
    """This will return a text as kept, or refuse it with ``code`` when it is too short or too long."""
    text = value.strip()
    if not least <= len(text) <= most:
        raise Rejected(code, errors=[FieldFault(field, "length", (f"须为 {least} 至 {most} 字", f"{least} to {most} characters"))])
    return text


def _terms(words: Mapping[str, str], price_fen: int, days: int) -> dict[str, Any]:
    fault = "compliance.service.faulty"
    if not 0 < price_fen <= MAX_FEN // 100:
        raise Rejected(fault, errors=[FieldFault("price_fen", "out_of_range", ("价格须大于零", "A price is above zero"))])
    if not 1 <= days <= 250:
        raise Rejected(fault, errors=[FieldFault("days", "out_of_range", ("1 至 250 个工作日", "1 to 250 working days"))])
    return {"title_zh": text_within("title_zh", words["title_zh"], 2, 80, fault),
            "title_en": text_within("title_en", words.get("title_en", ""), 0, 120, fault),
            "scope_zh": text_within("scope_zh", words["scope_zh"], 10, 2000, fault),
            "scope_en": text_within("scope_en", words.get("scope_en", ""), 0, 3000, fault), "price_fen": price_fen, "days": days}


@covers("R61", "A2")
@operation("compliance.service.publish")
def publish_offer(*, provider: Organization, kind: str, words: Mapping[str, str], price_fen: int, days: int, actor: Actor,
                  clock: Clock) -> ServiceOffer:
    """This will put a service into the directory; only in a class of admission that is held, under a declaration in force."""
    at = clock.now()
    require(actor, "compliance.service.publish", subject=provider, at=at)
    refuse_unfit(provider, kind, at=at)
    made = ServiceOffer.objects.create(code=new_code("SVC"), provider=provider, kind=kind, published_at=at,
                                       **_terms(words, price_fen, days))
    return _note(made, "publish", "", actor=actor, at=at)


def _note(held: ServiceOffer, act: str, before: str, *, actor: Actor, at: datetime) -> ServiceOffer:
    said = [held.title_zh, held.title_en, held.scope_zh, held.scope_en, held.price_fen, held.days]
    record(offer_moved[act](subject=held.code, provider=held.provider.code, service=held.kind, from_status=before, to_status=held.status,
                            price_fen=held.price_fen, days=held.days, offer_hash=hash_of(said)), actor=actor, at=at)
    return held


@operation("compliance.service.withdraw")
def withdraw_offer(*, offer: ServiceOffer, actor: Actor, clock: Clock) -> ServiceOffer:
    """This will take a service out of the directory; orders already placed go on."""
    held = locked(offer)
    at = clock.now()
    require(actor, "compliance.service.publish", subject=held, at=at)
    before = step(held, SERVICE_OFFER, "withdraw", "service_offer")
    held.ended_at = at
    held.save(update_fields=["status", "ended_at"])
    return _note(held, "withdraw", before, actor=actor, at=at)


def directory(*, kind: str = "", text: str = "") -> Any:
    """This will list what is offered, of a class and with a word if asked, in the order of class and price."""
    rows = ServiceOffer.objects.filter(status=OfferStatus.OFFERED).select_related("provider")
    if kind:
        rows = rows.filter(kind=kind)
    for word in text.split()[:5]:
        rows = rows.filter(title_zh__icontains=word) | rows.filter(title_en__icontains=word) | rows.filter(
            scope_zh__icontains=word) | rows.filter(provider__name__icontains=word) | rows.filter(provider__name_en__icontains=word)
    return rows.order_by("kind", "price_fen", "pk")
