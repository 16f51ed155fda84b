"""Who stands back from a row of a review: whose house it is, who has another row of the version, and whoever stands in for either."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest

from exchange.supervision import queues
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Review
from listings.operations import claim_review, decide_review, submit_listing
from listings.reviewing import barred
from participants.actors import actor_of
from participants.deputies import end_grant, name_deputy
from participants.models import OwnershipStake, TimedGrant, User
from participants.roles import Role
from tests.factories import make_user
from tests.listings.worlds import FACTS, Seller, desk_decides, make_draft, make_seller

pytestmark = pytest.mark.django_db

BOTH = ("review_first", "review_second")


def red_row(seller: Seller, order: int, actor: Actor) -> Review:
    """The row of a red version that waits: the first, or the second after ``actor`` decided the first."""
    draft = make_draft(seller, category="personal", facts={**FACTS, "contains_pi": True, "legal_basis": "separate_consent"})
    version = submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    if order == 2:
        desk_decides(version, "approve", seller.clock, actor)
    return Review.objects.select_related("version__organization").get(version=version, order=order)


def desk_of_two() -> tuple[Actor, Actor]:
    """A regulator and a colleague at the same desk who may take second rows himself."""
    boss = make_user(Role.REGULATOR, capabilities=BOTH)
    colleague = make_user(Role.REGULATOR, organization=boss.acting_for, capabilities=("review_second",))
    return actor_of(boss), actor_of(colleague)


def named(boss: Actor, to: Actor, seller: Seller) -> TimedGrant:
    now = seller.clock.now()
    return name_deputy(deputy=User.objects.get(pk=to.user_id), role=Role.REGULATOR, effective_from=now,
                       effective_to=now + timedelta(days=9), reason="年假九日", actor=boss, clock=seller.clock)


def code_of(row: Review, actor: Actor, seller: Seller) -> str:
    with pytest.raises(Rejected) as refused:
        claim_review(review=row, actor=actor, clock=seller.clock)
    return refused.value.code


def offered(row: Review, actor: Actor, seller: Seller) -> bool:
    """Whether the desk's queue offers the row to this person, at the seller's hour."""
    with patch.object(queues, "MARKET_CLOCK", seller.clock):
        found = queues.queue("reviews", actor, seller.clock.now())
    return next(work.open_to_me for work in found if work.code == row.version.code)


@covers("I18", "C3", "T42")
def test_a_deputy_takes_no_second_row_beside_the_first_of_who_he_stands_in_for() -> None:
    seller, (boss, deputy) = make_seller(), desk_of_two()
    row = red_row(seller, 2, boss)
    assert offered(row, deputy, seller), "a colleague at the same desk is another pair of eyes"
    grant = named(boss, deputy, seller)
    assert code_of(row, deputy, seller) == "listings.review.deputy" and not offered(row, deputy, seller)
    end_grant(grant=grant, actor=boss, clock=seller.clock)
    seller.clock.advance(timedelta(seconds=1))
    assert claim_review(review=row, actor=deputy, clock=seller.clock).status == "assigned", "and is one again once it ended"


@covers("I18", "C3")
def test_a_deputy_named_while_the_second_row_is_in_his_hands_no_longer_decides_it() -> None:
    seller, (boss, deputy) = make_seller(), desk_of_two()
    row = red_row(seller, 2, boss)
    claim_review(review=row, actor=deputy, clock=seller.clock)
    named(boss, deputy, seller)
    with pytest.raises(Rejected) as refused:
        decide_review(review=row, verdict="approve", rules=["NL-R-06"], reason="材料齐备，依据充分", actor=deputy, clock=seller.clock)
    assert refused.value.code == "listings.review.deputy"


@covers("R53", "I18")
def test_whoever_is_tied_to_the_seller_reads_the_row_and_is_not_offered_it() -> None:
    seller, officer = make_seller(), make_user(Role.COMPLIANCE_OFFICER)
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    row, actor = Review.objects.select_related("version").get(version=version), actor_of(officer)
    assert offered(row, actor, seller) and not barred([row], actor, seller.clock.now())
    OwnershipStake.objects.create(owner=officer.acting_for, owned=seller.organization, share_bps=6000, effective_from=seller.clock.now())
    seller.clock.advance(timedelta(seconds=1))
    assert barred([row], actor, seller.clock.now()) == {row.pk}
    assert not offered(row, actor, seller) and code_of(row, actor, seller) == "listings.review.conflict"


@covers("I18")
def test_one_who_had_a_row_of_the_version_is_not_offered_the_next() -> None:
    seller, (boss, _) = make_seller(), desk_of_two()
    row = red_row(seller, 2, boss)
    assert not offered(row, boss, seller) and code_of(row, boss, seller) == "listings.review.same_person"
