"""What a job passes when it is ordered and again before its answer is given: each gate of a use, refused one by one (F6, T64)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from delivery.computing.jobs import answer_job, order_job
from delivery.gates import of_delivering
from delivery.models import AccessStop, Delivery, Service
from delivery.scoring.offering import close_service
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Hold
from participants.models import Organization
from participants.roles import OrganizationKind
from tests.delivery import computing, rooms, services
from tests.delivery.test_border import said
from tests.delivery.test_monitor import stand
from tests.delivery.worlds import buyer_of, make_buyer, seller_of
from trading.models import TradeState

pytestmark = pytest.mark.django_db


def held(one: Delivery, reason: str) -> None:
    Hold.objects.create(listing=one.version.listing, reason_code=reason, reason_zh="停牌", ordered_by="system", ordered_as="system",
                        placed_at=MARKET_CLOCK.now())


def stopped(one: Delivery) -> None:
    AccessStop.objects.create(delivery=one, cause="delivery.use.unpaid", reason_zh="停止", reason_en="stopped", way_zh="等待",
                              way_en="wait", final=False, began_at=MARKET_CLOCK.now())


#: What changes after the job was ordered, and what its answer is refused with.
CHANGES: dict[str, tuple[Callable[[Delivery], object], str]] = {
    "undone": (lambda one: TradeState.objects.filter(trade=one.trade).update(status="unwound"), "delivery.use.unpaid"),
    "consent": (lambda one: held(one, "consent.ended"), "delivery.delivery.consent_ended"),
    "rule": (lambda one: held(one, "negative_list"), "delivery.use.forbidden_now"),
    "suspended": (lambda one: stand(organization=one.buyer, standing="suspended"), "delivery.use.suspended_buyer"),
    "abroad": (lambda one: Organization.objects.filter(pk=one.buyer_id).update(kind=OrganizationKind.FOREIGN),
               "compliance.export.not_cleared"),
    "stopped": (stopped, "delivery.use.stopped"),
}


def delivered_and_ordered() -> tuple[Delivery, Callable[[], object], Callable[[], object]]:
    """A handed-over delivery with a job under way: the delivery, another order, and the answer of the job."""
    one = rooms.sold()
    buyer = buyer_of(one.trade)
    algorithm = computing.approved(buyer)

    def order() -> object:
        return order_job(delivery=Delivery.objects.get(pk=one.pk), algorithm=algorithm, actor=buyer, clock=MARKET_CLOCK)

    job = order_job(delivery=Delivery.objects.get(pk=one.pk), algorithm=algorithm, actor=buyer, clock=MARKET_CLOCK)
    found = computing.run(job.algorithm.text, computing.HEADING, computing.rows(), file_sha256=job.file_sha256)

    def answer() -> object:
        return answer_job(job=job, rows=found.rows, trace=found.trace, actor=computing.holder_of(one.version.listing), clock=MARKET_CLOCK)

    return Delivery.objects.get(pk=one.pk), order, answer


@covers("F6", "T64", "R14")
@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_job_is_neither_ordered_nor_answered_after(change: str) -> None:
    one, order, answer = delivered_and_ordered()
    act, code = CHANGES[change]
    act(one)
    assert said(answer) == code
    assert said(order) == ("delivery.job.not_computed" if change == "undone" else code)
    assert one.jobs.get().status == "queued", "the answer that came is not kept"


@covers("F6", "T64", "R42")
def test_the_agreement_judges_a_job_as_it_judges_every_use(monkeypatch: pytest.MonkeyPatch) -> None:
    _one, order, answer = delivered_and_ordered()
    refusal = Rejected("trading.agreement.not_in_force", agreement="AGR-1", state=("终止", "over"))
    monkeypatch.setattr("delivery.using.refusal_for_use", lambda *_trade, **_asked: refusal)
    assert said(order) == said(answer) == "trading.agreement.not_in_force"


@covers("F6", "T64")
def test_a_naive_house_that_asked_at_the_order_alone_gives_the_answer_after_the_consent_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    one, _order, answer = delivered_and_ordered()
    held(one, "consent.ended")
    monkeypatch.setattr("delivery.computing.jobs.of_using", lambda *_given, **_named: iter(()))
    assert said(answer) == ""


@covers("F6", "C6")
@pytest.mark.parametrize("mode", ["model", "verification"])
def test_a_service_is_handed_over_only_while_it_is_open(mode: str) -> None:
    """``ByService.ready`` asks for it: sold before it was opened, or closed since, nothing is handed over."""
    listing = services.listing_by(mode)
    one = Delivery.objects.get(pk=computing.paid(listing, make_buyer()).pk)

    def missing() -> list[str]:
        gates = of_delivering(one, at=MARKET_CLOCK.now())
        return [gate.refusal.code for gate in gates if gate.refusal is not None and gate.refusal.code.startswith("delivery.service.")]

    assert missing() == ["delivery.service.closed"], "never opened"
    seller = seller_of(listing)
    given = {"algorithm": services.model_of(seller)} if mode == "model" else {"fields": services.FIELDS, "records": services.RECORDS}
    services.open_service(version=listing.version, purposes=[services.PURPOSE], actor=seller, clock=MARKET_CLOCK, most_calls=1_000,
                          most_subjects=500, **given)
    assert missing() == []
    close_service(service=Service.objects.get(version=listing.version), actor=seller, clock=MARKET_CLOCK)
    assert missing() == ["delivery.service.closed"], "closed since"
