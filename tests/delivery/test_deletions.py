"""A consent ends after the sale (M 9): nothing more is handed over, what was done stays valid, every recipient owes a deletion."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compliance.models import Case
from delivery.access import fetch_file
from delivery.deletions import confirm_deletion, miss_deletion, open_deletions
from delivery.models import DeletionTask, Delivery
from delivery.operations import deliver, open_delivery
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Consent, Hold
from listings.operations import give_consent, withdraw_consent
from participants.models import Notice
from participants.roles import Role
from tests.delivery.worlds import buyer_of, delivered, file_of, make_listing, make_trade, pay, seller_of, token_for
from tests.factories import make_actor

pytestmark = pytest.mark.django_db


def withdrawn(delivery: Delivery) -> Consent:
    """A person's consent to what was delivered, given and taken back."""
    person = make_actor(Role.DATA_SUBJECT)
    one = give_consent(product=delivery.version.listing.product, purpose="industry", kinds=["location"], recipients=["买方"],
                       effective_to=MARKET_CLOCK.now() + timedelta(days=100), actor=person, clock=MARKET_CLOCK)
    return withdraw_consent(consent=one, actor=person, clock=MARKET_CLOCK)


def handed_over() -> Delivery:
    """Something handed over before anything was withdrawn."""
    return delivered(listing=make_listing())


@covers("R4", "R27", "R29", "B9")
def test_m9_future_delivery_stops_past_processing_stays_valid_and_a_deletion_task_opens() -> None:
    past = handed_over()
    token = token_for(past)
    coming = open_delivery(trade=pay(make_trade(listing=past.version.listing)), actor=SYSTEM, clock=MARKET_CLOCK)
    assert coming is not None
    one = withdrawn(past)
    drain()
    with pytest.raises(Rejected) as caught:
        deliver(delivery=coming, deposit=file_of(coming.trade), actor=seller_of(past.version.listing), clock=MARKET_CLOCK)
    assert caught.value.code == "delivery.delivery.consent_ended", "future delivery stops"
    with pytest.raises(Rejected) as caught:
        fetch_file(delivery=past, token=token, actor=buyer_of(past.trade), clock=MARKET_CLOCK)
    assert caught.value.code == "delivery.grant.revoked", "a token that was out opens nothing any more"
    past.refresh_from_db()
    assert past.status == "delivered", "what was handed over lawfully stays handed over"
    task = DeletionTask.objects.get(consent=one)
    assert (task.delivery, task.recipient, task.status) == (past, past.buyer, "open")
    told = Notice.objects.get(code=task.notice)
    assert (told.organization, told.due_at) == (past.buyer, task.due_at), "the notice that reached the buyer is named"
    assert Record.objects.filter(subject=task.code, kind="delivery.deletion.opened").exists()


@covers("R29", "B9")
def test_each_past_recipient_is_told_once_and_a_second_hearing_changes_nothing() -> None:
    first = handed_over()
    second = delivered(listing=first.version.listing)
    one = withdrawn(first)
    drain()
    assert {task.delivery_id for task in DeletionTask.objects.filter(consent=one)} == {first.pk, second.pk}
    assert open_deletions(consent=one, clock=MARKET_CLOCK) == []


@covers("R29", "B9")
def test_the_recipient_alone_confirms_and_its_proof_is_kept_by_hash() -> None:
    past = handed_over()
    withdrawn(past)
    drain()
    task = DeletionTask.objects.get()
    with pytest.raises(Rejected):
        confirm_deletion(task=task, statement="删了", actor=seller_of(past.version.listing), clock=MARKET_CLOCK)
    buyer = buyer_of(past.trade)
    with pytest.raises(Rejected) as caught:
        confirm_deletion(task=task, statement=" ", actor=buyer, clock=MARKET_CLOCK)
    assert caught.value.code == "delivery.deletion.statement_missing"
    proof = file_of(past.trade, "删除日志\n".encode(), owner=past.buyer.code)
    done = confirm_deletion(task=task, statement="已从数据仓库与备份中删除", proof=proof, actor=buyer, clock=MARKET_CLOCK)
    assert (done.status, done.due_at) == ("done", None)
    said = Record.objects.get(subject=task.code, kind="delivery.deletion.confirmed")
    assert said.payload["proof"] == proof.sha256
    assert [one.text for one in check_all().violations if "DEL-" in one.text] == []


@covers("R29", "B9")
def test_whoever_does_not_confirm_in_time_comes_before_the_compliance_desk() -> None:
    past = handed_over()
    withdrawn(past)
    drain()
    late = miss_deletion(task=DeletionTask.objects.get(), clock=MARKET_CLOCK)
    assert late.status == "late"
    assert Case.objects.get(subject_code=late.code).organization == past.buyer
    assert confirm_deletion(task=late, statement="已删除", actor=buyer_of(past.trade), clock=MARKET_CLOCK).status == "done"
    assert Hold.objects.filter(reason_code="consent.ended").exists()
