"""What a delivery does to credit (R94, CAP-H7): failures and late deliveries count, an award that gives back half or more counts, and a
quarter in which trades were completed and nothing stood against a party counts for it.

Each counts once per delivery, dispute or quarter; a delivery that ended because its trade or agreement ended costs nobody anything.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from compliance.credit import note_credit, reward_quarter
from compliance.models import CreditRecord, Dispute
from delivery.models import Delivery
from delivery.states import DeliveryStatus
from evidence.models import Record
from evidence.operations import operation, unchanged
from evidence.subscriptions import SealedFact, subscriber
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from participants.models import Organization
from participants.permissions import require
from participants.queries import affiliated

__all__ = ["count_delivery", "credit_quarter", "last_quarter"]

_LOCAL = ZoneInfo("Asia/Shanghai")
#: Causes of a failure that are the seller's own.
_OWN_FAULT = {"delivery.delivery.late", "delivery.delivery.conceded"}
#: An award that gives back so much of the price was lost by the seller.
LOST_BPS = 5_000


@covers("R94", "H7")
@subscriber("delivery.credit", "delivery.delivery.failed", "delivery.delivery.delivered", "compliance.dispute.awarded")
def count_delivery(fact: SealedFact, *, clock: Clock) -> None:
    """Notes the credit event that a failure, a late delivery or an award is for the seller."""
    code, event, source = _event_of(fact)
    one = Delivery.objects.select_related("seller").filter(code=code).first() if event else None
    if one is not None:
        _note(delivery=one, event=event, source=source, actor=SYSTEM, clock=clock)


def _event_of(fact: SealedFact) -> tuple[str, str, str]:
    """The delivery, what counts against its seller ('' for nothing), and what it counts once for."""
    if fact.kind == "compliance.dispute.awarded":
        held = Dispute.objects.get(code=fact.subject)
        return held.subject_code, "dispute_lost" if (held.refund_bps or 0) >= LOST_BPS else "", held.code
    if fact.kind == "delivery.delivery.failed":
        return fact.subject, "delivery_failed" if fact.payload.get("cause") in _OWN_FAULT else "", fact.subject
    called = Record.objects.filter(kind="delivery.delivery.called", subject=fact.subject).order_by("-at").first()
    late = called is not None and fact.payload.get("attempt") == 1 and fact.at > datetime.fromisoformat(str(called.payload["due_at"]))
    return fact.subject, "late_delivery" if late else "", fact.subject


@operation("delivery.credit.note")
def _note(*, delivery: Delivery, event: str, source: str, actor: Actor, clock: Clock) -> None:
    """Once: what a lawful stop made late is not late, the gate says so while it holds."""
    require(actor, "delivery.delivery.lapse", at=clock.now())
    if CreditRecord.objects.filter(organization=delivery.seller, event=event, source=source).exists():
        unchanged()
        return
    note_credit(organization=delivery.seller, event=event, source=source, actor=actor, clock=clock)


# ---- quarters ------------------------------------------------------------------------------------------------------------


def _start(year: int, quarter: int) -> datetime:
    return datetime(year, 3 * quarter - 2, 1, tzinfo=_LOCAL).astimezone(UTC)


def last_quarter(at: datetime) -> tuple[str, datetime, datetime]:
    """This will name the last quarter that is over, by the local calendar, with its half-open period."""
    day = at.astimezone(_LOCAL)
    now = (day.month + 2) // 3
    year, quarter = (day.year, now - 1) if now > 1 else (day.year - 1, 4)
    return f"{year}Q{quarter}", _start(year, quarter), _start(day.year, now)


@covers("R94", "H7")
def credit_quarter(clock: Clock, most: int = 200) -> int:
    """This will reward who completed trades with others in the last quarter and kept clean; returns how many."""
    quarter, since, until = last_quarter(clock.now())
    held: Any = Delivery.objects.filter(status=DeliveryStatus.ACCEPTED, ended_at__gte=since, ended_at__lt=until)
    done = 0
    told = set(CreditRecord.objects.filter(event="clean_quarter", source=quarter).values_list("organization_id", flat=True))
    against = set(CreditRecord.objects.filter(points__lt=0, at__gte=since, at__lt=until).values_list("organization_id", flat=True))
    pairs = set(held.order_by().values_list("seller_id", "buyer_id").distinct())
    parties = Organization.objects.in_bulk({key for pair in pairs for key in pair})
    for key in sorted(set(parties) - told - against):
        others = [parties[b if a == key else a] for a, b in sorted(pairs) if key in {a, b}]
        if done < most and any(not affiliated(parties[key], other, at=until) for other in others):
            done += reward_quarter(organization=parties[key], quarter=quarter, since=since, until=until, actor=SYSTEM, clock=clock)
    return done
