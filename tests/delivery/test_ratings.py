"""Reviews by buyers (D8): only who accepted, once for a trade, while it stands; answered by the seller, moderated with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from compliance.models import Case
from delivery.models import SCORED, Delivery, Rating
from delivery.operations import accept_delivery
from delivery.ratings import hide_rating, rate_delivery, reply_rating, scores_of, show_rating
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.models import User
from participants.roles import Role
from tests.delivery.worlds import buyer_of, delivered, make_listing, seller_of
from tests.factories import make_actor
from tests.threads import together
from trading.models import TradeState
from trading.operations import unwind_trade

FIVE = dict.fromkeys(SCORED, 4)
SAID = "口径清楚，更新及时，字段说明可再详细。"


def accepted(**terms: Any) -> Delivery:
    one = delivered(**terms)
    return accept_delivery(delivery=one, actor=buyer_of(one.trade), clock=MARKET_CLOCK)


def rated(one: Delivery, actor: Actor | None = None, **fields: Any) -> Rating:
    given: dict[str, Any] = {"scores": FIVE, "text": SAID, **fields}
    return rate_delivery(delivery=one, actor=actor or buyer_of(one.trade), clock=MARKET_CLOCK, **given)


def browser(actor: Actor) -> Client:
    user = User.objects.get(pk=actor.user_id)
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def untold() -> list[str]:
    """Moves of this file's objects that no fact tells, and personal numbers in any fact (the factories' own rows are not asked)."""
    return [one.text for one in check_all(only=("I17", "I30")).violations if one.id == "I30" or "RTG-" in one.text]


@covers("D8")
def test_only_the_buyer_who_accepted_reviews_and_once() -> None:
    waiting = delivered()
    with pytest.raises(Rejected) as early:
        rated(waiting)
    assert early.value.code == "delivery.rating.not_accepted"
    one = accepted()
    for outsider in (seller_of(one.trade.listing), make_actor(Role.BUYER)):
        with pytest.raises(Rejected) as refused:
            rated(one, outsider)
        assert refused.value.code in {"participants.object.absent", "participants.permission.denied"}
    assert rated(one).status == "given"
    with pytest.raises(Rejected) as again:
        rated(one)
    assert again.value.code == "delivery.rating.once"
    drain()
    assert untold() == []


@covers("D8")
def test_the_database_itself_takes_a_review_from_the_buyer_of_an_accepted_delivery_only() -> None:
    good, waiting = accepted(), delivered()
    fields = {"text": SAID, "given_at": MARKET_CLOCK.now(), **FIVE}
    stranger = make_actor(Role.BUYER)
    wrong: list[dict[str, Any]] = [
        {"delivery": waiting, "buyer": waiting.buyer, "seller": waiting.seller},
        {"delivery": good, "buyer_id": stranger.organization_id, "seller": good.seller},
        {"delivery": good, "buyer": good.buyer, "seller_id": stranger.organization_id},
        {"delivery": good, "buyer": good.buyer, "seller": good.seller, "quality": 6}]
    for row in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Rating.objects.create(code=new_code("RTG"), **{**fields, **row})
    made = rated(good)
    for change in ({"quality": 1}, {"text": "改口"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Rating.objects.filter(pk=made.pk).update(**change)


@covers("D8")
@pytest.mark.parametrize("fields", [{"scores": {**FIVE, "quality": 0}}, {"scores": {**FIVE, "quality": 6}}, {"scores": {}},
                                    {"scores": {**FIVE, "support": True}}, {"text": ""}, {"text": "加微信 13800138000"}])
def test_all_five_are_scored_from_one_to_five_and_the_text_says_something(fields: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as refused:
        rated(accepted(), **fields)
    assert refused.value.code == "delivery.rating.faulty" and refused.value.errors


@covers("D8")
def test_a_trade_that_is_annulled_takes_its_review_down_and_is_not_reviewed_any_more() -> None:
    one, other = accepted(), accepted()
    made = rated(one)
    for trade in (one.trade, other.trade):
        unwind_trade(trade=trade, cause="DSP-TEST", actor=SYSTEM, clock=MARKET_CLOCK)
    drain()
    made.refresh_from_db()
    assert (made.status, made.cause) == ("withdrawn", "trading.trade.unwound")
    assert scores_of(one.version.listing) == [], "it counts in no figure"
    with pytest.raises(Rejected) as refused:
        rated(other)
    assert refused.value.code == "delivery.rating.trade_annulled"
    with pytest.raises(Rejected) as replied:
        reply_rating(rating=made, reply="感谢评价。", actor=seller_of(one.trade.listing), clock=MARKET_CLOCK)
    assert replied.value.code == "delivery.rating.illegal_move"
    drain()
    assert untold() == []


@covers("D8")
def test_the_seller_answers_and_the_desk_hides_with_a_reason_out_of_every_figure() -> None:
    listing = make_listing()
    one, other = accepted(listing=listing), accepted(listing=listing)
    made, low = rated(one), rated(other, scores=dict.fromkeys(SCORED, 1))
    assert [score.tenths for score in scores_of(listing)] == [25] * 6
    seller, officer = seller_of(listing), make_actor(Role.COMPLIANCE_OFFICER)
    assert reply_rating(rating=made, reply="下一版补充字段说明。", actor=seller, clock=MARKET_CLOCK).replied_at is not None
    with pytest.raises(Rejected) as own:
        hide_rating(rating=low, reason="对我们不公平的评价", actor=seller, clock=MARKET_CLOCK)
    assert own.value.code == "participants.permission.denied"
    hide_rating(rating=low, reason="内容与产品无关", actor=officer, clock=MARKET_CLOCK)
    assert [score.tenths for score in scores_of(listing)] == [40] * 6
    assert show_rating(rating=low, actor=officer, clock=MARKET_CLOCK).status == "given"
    drain()
    assert untold() == []
    assert SAID not in str(Record.objects.filter(kind__startswith="delivery.rating.").values_list("payload", flat=True))


@covers("D8")
def test_the_form_stands_on_the_delivery_and_keeps_what_was_typed() -> None:
    one = accepted()
    client, where = browser(buyer_of(one.trade)), f"/desk/deliveries/{one.code}/"
    assert "评价这次购买" in client.get(where).content.decode()
    kept = client.post(f"{where}rate/", {**dict.fromkeys(SCORED, "5"), "text": "短"})
    page = kept.content.decode()
    assert kept.status_code == 400 and ">短</textarea>" in page and page.count("checked") == 5
    assert client.post(f"{where}rate/", {**dict.fromkeys(SCORED, "5"), "text": SAID}).status_code == 302
    assert SAID in client.get(where).content.decode() and "评价这次购买" not in client.get(where).content.decode()
    made = Rating.objects.get()
    seller = browser(seller_of(one.trade.listing))
    assert "评价这次购买" not in seller.get(where).content.decode()
    assert seller.post(f"/desk/ratings/{made.code}/reply/", {"reply": "谢谢。"}).status_code == 302
    assert browser(make_actor(Role.DATA_MERCHANT)).post(f"/desk/ratings/{made.code}/reply/", {"reply": "谢谢。"}).status_code == 404


@covers("D8")
@pytest.mark.django_db(transaction=True)
def test_two_reviews_at_once_leave_one() -> None:
    one = accepted()
    buyer = buyer_of(one.trade)
    answers = together([lambda: rated(one, buyer)] * 3)
    refused = [answer for answer in answers if isinstance(answer, Rejected)]
    assert Rating.objects.count() == 1 and [answer.code for answer in refused] == ["delivery.rating.once"] * 2, answers


@pytest.mark.django_db(transaction=True)
def test_looking_first_and_then_writing_would_review_twice() -> None:
    """The mutant of the lock: both look before either writes; only the key of the database keeps the second out."""
    import threading

    one = accepted()
    barrier = threading.Barrier(2)

    def naive() -> str:
        assert not Rating.objects.filter(delivery=one).exists()
        barrier.wait()
        Rating.objects.create(code=new_code("RTG"), delivery=one, buyer=one.buyer, seller=one.seller, text=SAID,
                              given_at=MARKET_CLOCK.now(), **FIVE)
        return "wrote"

    answers = together([naive, naive])
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 1, answers


@covers("D8")
@pytest.mark.django_db(transaction=True)
def test_a_review_and_the_annulment_of_its_trade_at_once_end_with_none_standing() -> None:
    for _ in range(5):
        one = accepted()
        buyer = buyer_of(one.trade)
        together([lambda one=one, buyer=buyer: rated(one, buyer),
                  lambda one=one: unwind_trade(trade=one.trade, cause="DSP-TEST", actor=SYSTEM, clock=MARKET_CLOCK)])
        drain()
        assert TradeState.objects.get(trade=one.trade).status == "unwound"
        assert not Rating.objects.filter(delivery=one, status="given").exists()


@covers("T48", "R84", "D8")
def test_a_review_or_its_reply_that_holds_a_forbidden_matter_waits_for_a_person_and_counts_in_no_figure() -> None:
    one = accepted()
    given = rated(one, text="数据不错，还私下给了 guo jia mi mi 目录。")
    case = Case.objects.get(subject_code=given.code)
    assert (given.status, case.flags, case.organization_id) == ("hidden", ["terms"], one.buyer_id)
    assert "NL-P-01" in given.hidden_reason and "guo" not in given.hidden_reason
    assert show_rating(rating=given, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK).status == "given"
    other = rated(accepted())
    assert other.status == "given"
    replied = reply_rating(rating=other, reply="谢谢，另有国​家​秘​密目录。", actor=seller_of(other.delivery.version.listing),
                           clock=MARKET_CLOCK)
    assert (replied.status, Case.objects.get(subject_code=other.code).organization_id) == ("hidden", other.seller_id)
    drain()
    assert untold() == []
