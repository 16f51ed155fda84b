"""The monitor 交付监测 (F6): what no longer holds is stopped within seconds, and both sides are told why and what to do.

It asks the very gates that every use asks. A stop stands while they refuse; the database takes no use under it (I20). What may pass again
is resumed by the monitor; after what may not, the tokens and keys still open are shut for good.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from delivery.events import AccessResumed, AccessStopped
from delivery.gates import times_used
from delivery.kinds import Way, adapter_for
from delivery.models import AccessGrant, AccessStop, DataKey, Delivery
from delivery.revoking import OPEN
from delivery.states import USABLE, KeyStatus
from delivery.using import FINAL, obstacle_to_use
from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.notices import Note, notify_all
from participants.permissions import require
from trading.models import Agreement
from trading.states import AgreementStatus

__all__ = ["standing_stop", "watch_delivery", "watched"]

_OVER = (AgreementStatus.ENDED, AgreementStatus.LAPSED)


def standing_stop(one: Delivery) -> AccessStop | None:
    """This will return the stop under which a delivery is now, if any."""
    return AccessStop.objects.filter(delivery=one, ended_at__isnull=True).first()


def watched() -> QuerySet[Delivery]:
    """This will list what the monitor looks at in each round: deliveries that something still opens, or that wait under a passing stop."""
    tokens = AccessGrant.objects.filter(delivery=OuterRef("pk"), status__in=OPEN)
    keys = DataKey.objects.filter(delivery=OuterRef("pk"), status=KeyStatus.ACTIVE)
    waiting = AccessStop.objects.filter(delivery=OuterRef("pk"), ended_at__isnull=True, final=False)
    return Delivery.objects.filter(Q(status__in=USABLE) & (Exists(tokens) | Exists(keys)) | Exists(waiting)).order_by("pk")


@operation("delivery.access.watch")
@covers("F6", "I20", "T64")
def watch_delivery(*, delivery: Delivery, actor: Actor, clock: Clock) -> AccessStop | None:
    """This will stop the use of a delivery whose policy holds no longer, or resume one whose policy holds again."""
    one = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related(
        "trade__state", "trade__venue", "version__listing", "seller", "buyer").get(pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.access.watch", at=at)
    known = standing_stop(one)
    if known is not None and known.final:
        unchanged(at=at)
        return known
    refused = obstacle_to_use(one, at=at, calls=max(1, times_used(one)), here=False) if one.status in USABLE else None
    if refused is None:
        _resume(one, known, actor=actor, at=at)
        return None
    if known is not None and known.cause == refused.code and not _final(one, refused):
        unchanged(at=at)
        return known
    return _stop(one, known, refused, actor=actor, at=at)


def _final(one: Delivery, refused: Rejected) -> bool:
    """Whether the refusal can never pass: a consent or the trade is gone, or the agreement is over."""
    return refused.code in FINAL or Agreement.objects.filter(trade=one.trade_id, status__in=_OVER).exists()


def _stop(one: Delivery, known: AccessStop | None, refused: Rejected, *, actor: Actor, at: datetime) -> AccessStop:
    adapter, final = adapter_for(one.mode), _final(one, refused)
    open_before = adapter.stands_open(one)
    if known is not None:
        known.ended_at = at
        known.save(update_fields=["ended_at"])
    said = refused.text("detail", "zh"), refused.text("detail", "en")
    way = refused.text("next_step", "zh"), refused.text("next_step", "en")
    made = AccessStop.objects.create(delivery=one, cause=refused.code, reason_zh=said[0], reason_en=said[1], way_zh=way[0], way_en=way[1],
                                     final=final, began_at=at)
    record(AccessStopped(subject=one.code, cause=refused.code, final=final), actor=actor, at=at)
    if final:
        adapter.shut(one, cause=refused.code, actor=actor, at=at)
    if open_before or adapter.way in (Way.ROOM, Way.SERVICE):  # where nothing was left open, whoever shut it has told both
        _tell(one, "bad" if final else "held", (f"停止取用：{said[0]}{way[0] and '下一步：' + way[0]}",
                                               f"Use is stopped: {said[1]} {way[1] and 'Next: ' + way[1] + '.'}".rstrip()), at)
    return made


def _resume(one: Delivery, known: AccessStop | None, *, actor: Actor, at: datetime) -> None:
    if known is None:
        unchanged(at=at)
        return
    known.ended_at = at
    known.save(update_fields=["ended_at"])
    record(AccessResumed(subject=one.code, cause=known.cause), actor=actor, at=at)
    _tell(one, "ok", ("原因已消除，可以继续取用。", "The cause has passed: it may be used again."), at)


def _tell(one: Delivery, tone: str, text: tuple[str, str], at: datetime) -> None:
    zh, en = one.trade.titles
    notify_all([Note(party, "delivery.access.moved", (f"“{zh}”{text[0]}", f"“{en}”: {text[1]}"), tone, one.code,
                     f"/desk/deliveries/{one.code}/") for party in (one.seller, one.buyer)], at=at)
