"""A part is kept, a rejection is disputed, rows are drawn: every state has who acts, by when, and what silence means (F11).

Worked example: 1,000,001 fen are paid, 2 of 3 rows conform. 666,667 stay due, 333,334 go back with the fees on them; nothing is lost.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from compliance.disputes import accept_proposal, propose_settlement, withdraw_dispute
from compliance.models import Dispute
from delivery.defects import defects_in
from delivery.disputing import dispute_delivery
from delivery.models import Delivery, PartClaim, SampleCheck
from delivery.operations import accept_delivery, deliver, open_delivery, reject_delivery, stop_delivery
from delivery.parts import agree_part, due_for, lapse_part, offer_part, refuse_part
from delivery.samples import check_sample, drawn_rows, margin_of
from delivery.tasks import sweep_now
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.invariants import registered
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import ListingVersion, QualityReport
from participants.models import Notice
from participants.queries import add_working_days, venue_organization
from settlement.models import Reduction, Settlement
from settlement.tasks import run_now
from tests.delivery.worlds import buyer_of, delivered, file_of, make_buyer, make_listing, make_trade, move, pay, seller_of
from tests.exchange.worlds import signed_in
from trading.states import TradeStatus

pytestmark = pytest.mark.django_db
DEFECTS = ["缺少数据 · 深圳：人口列为空"]


def sides(one: Delivery) -> tuple[Actor, Actor]:
    return seller_of(one.version.listing), buyer_of(one.trade)


def offered(**how: Any) -> Delivery:
    """A delivery of which the buyer keeps two of three rows."""
    one = delivered(price_fen=how.pop("price_fen", 1_000_001))
    offer_part(delivery=one, actor=buyer_of(one.trade), clock=MARKET_CLOCK,
               **{"unit": "rows", "accepted": 2, "promised": 3, "defects": DEFECTS, **how})
    return Delivery.objects.get(pk=one.pk)


def state(one: Delivery) -> str:
    return Delivery.objects.get(pk=one.pk).status


# ---- a part --------------------------------------------------------------------------------------------------------------------------


@covers("F11")
@given(price=st.integers(1, 10 ** 15), promised=st.integers(2, 10 ** 9), share=st.integers(0, 10 ** 9))
def test_what_stays_due_and_what_goes_back_are_the_price(price: int, promised: int, share: int) -> None:
    accepted = 1 + share % (promised - 1)
    due = due_for(price, accepted, promised)
    assert due + due_for(price, promised - accepted, promised) in {price, price - 1, price + 1}
    assert 0 <= due <= price and abs(due * promised - price * accepted) <= promised, "within a fen of the exact share"


@covers("F11", "R57", "I8")
def test_a_part_agreed_to_is_settled_at_its_price_and_the_rest_is_back_in_the_buyers_account() -> None:
    one = offered()
    assert (one.status, one.due_at) == ("part", add_working_days(one.trade.venue, MARKET_CLOCK.now(), 5))
    seller, buyer = sides(one)
    before = balance(account(buyer.organization, AccountKind.AVAILABLE)).posted_fen
    agree_part(delivery=one, actor=seller, clock=MARKET_CLOCK)
    claim = PartClaim.objects.get(delivery=one)
    assert (state(one), claim.outcome, claim.due_fen) == ("accepted", "agreed", 666_667)
    paid = balance(account(one.trade.code, AccountKind.ESCROW)).posted_fen
    run_now(clock=MARKET_CLOCK)
    made = Reduction.objects.get(trade=one.trade)
    assert (made.due_fen, made.price_fen) == (666_667, 1_000_001) and made.returned_fen >= 333_334
    assert balance(account(buyer.organization, AccountKind.AVAILABLE)).posted_fen == before + made.returned_fen
    settled = Settlement.objects.get(trade=one.trade)
    assert settled.price_fen == 666_667 == settled.seller_fee_fen + settled.levy_fen + settled.shared_fen
    assert paid == made.returned_fen + settled.price_fen + settled.buyer_fee_fen, "every split sums"
    run_now(clock=MARKET_CLOCK)
    assert Reduction.objects.count() == 1
    drain()
    assert [fault for one in (made() for made in registered()) if one.id in {"I7", "I6", "I8", "I32"} for fault in one.check()] == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Reduction.objects.update(due_fen=1)


def naive_part(price_fen: int, accepted: int, promised: int) -> int:
    """What a shop does: round the refund on its own, so that the two parts need not sum."""
    return round(price_fen * (promised - accepted) / promised)


@covers("F11")
def test_the_naive_refund_loses_a_fen() -> None:
    assert round(1_000_001 / 2) + naive_part(1_000_001, 1, 2) != 1_000_001, "half a fen is rounded away on both sides"
    assert due_for(1_000_001, 1, 2) in {500_000, 500_001}


@covers("F11")
def test_a_part_refused_is_a_rejection_as_a_whole_with_its_own_term() -> None:
    one = offered()
    seller, buyer = sides(one)
    with pytest.raises(Rejected, match="reason_missing"):
        refuse_part(delivery=one, reason=" ", actor=seller, clock=MARKET_CLOCK)
    with pytest.raises(Rejected):
        agree_part(delivery=one, actor=buyer, clock=MARKET_CLOCK)
    refuse_part(delivery=one, reason="第三行同样符合说明", actor=seller, clock=MARKET_CLOCK)
    held = Delivery.objects.get(pk=one.pk)
    assert (held.status, held.defects, PartClaim.objects.get().outcome) == ("rejected", DEFECTS, "refused") and held.due_at
    assert Notice.objects.filter(organization=one.buyer, subject=one.code).exists()
    deliver(delivery=held, deposit=file_of(one.trade), actor=seller, clock=MARKET_CLOCK)
    assert state(one) == "delivered", "and it may be delivered anew"


@covers("F11")
def test_a_sellers_silence_agrees_to_nothing() -> None:
    one = offered()
    assert lapse_part(delivery=one, clock=MARKET_CLOCK).status == "part", "not before its time"
    move(days=20)
    sweep_now(clock=MARKET_CLOCK)
    assert state(one) == "rejected" and PartClaim.objects.get().outcome == "silent"
    move(days=20)
    sweep_now(clock=MARKET_CLOCK)
    assert state(one) == "failed"


@covers("F11")
@pytest.mark.parametrize(("wrong", "field"), [
    ({"accepted": 3}, "accepted"), ({"accepted": 0}, "accepted"), ({"unit": "kilos"}, "unit"), ({"defects": [" "]}, "defects")])
def test_a_part_says_how_much_of_how_much_and_why(wrong: dict[str, Any], field: str) -> None:
    one = delivered()
    with pytest.raises(Rejected, match="faulty") as refused:
        offer_part(delivery=one, actor=buyer_of(one.trade), clock=MARKET_CLOCK,
                   **{"unit": "rows", "accepted": 2, "promised": 3, "defects": DEFECTS, **wrong})
    assert [fault.field for fault in refused.value.errors] == [field] and state(one) == "delivered"


@covers("F11")
def test_what_was_accepted_or_offered_is_not_offered_again_and_the_database_knows_one_claim() -> None:
    one = delivered()
    accept_delivery(delivery=one, actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="illegal_move"):
        offer_part(delivery=one, unit="rows", accepted=2, promised=3, defects=DEFECTS, actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    held = offered()
    with pytest.raises(IntegrityError), transaction.atomic():
        PartClaim.objects.create(code="PRT-1", delivery=held, unit="rows", accepted=1, promised=3, price_fen=3, due_fen=1,
                                 made_at=MARKET_CLOCK.now())


@covers("F11")
def test_the_page_takes_the_notice_by_its_fields_and_shows_both_sides_who_acts() -> None:
    one = delivered(price_fen=300_000)
    seller, buyer = (signed_in(actor) for actor in sides(one))
    where = f"/desk/deliveries/{one.code}/"
    sent = buyer.post(f"{where}part/", {"unit": "rows", "accepted": "2", "promised": "3", "kind0": "missing", "where0": "深圳",
                                        "found0": "人口列为空"})
    assert sent.status_code == 302 and Delivery.objects.get(pk=one.pk).defects == ["缺少数据 · 深圳：人口列为空"]
    page = seller.get(where).content.decode()
    for said in ("答复部分验收", "2,000", "人口列为空"):
        assert said in page, said
    assert "卖方答复；到期未答按整体拒收" in buyer.get(where).content.decode()
    assert seller.post(f"{where}part/answer/", {"act": "agree"}).status_code == 302 and state(one) == "accepted"
    assert defects_in({"defects": "一\n\n二", "kind1": "x", "found1": "差"}) == ["其他：差", "一", "二"]


# ---- disputes ------------------------------------------------------------------------------------------------------------------------


def disputed() -> tuple[Delivery, Dispute]:
    one = delivered(price_fen=1_000_000)
    reject_delivery(delivery=one, defects=DEFECTS, actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    made = dispute_delivery(delivery=one, claim="文件与登记一致，拒收没有依据，请求验收。", actor=seller_of(one.version.listing),
                            clock=MARKET_CLOCK)
    return Delivery.objects.get(pk=one.pk), made


@covers("F11", "R95")
@pytest.mark.parametrize(("share", "status", "due"), [(0, "accepted", 1_000_000), (2_500, "accepted", 750_000), (10_000, "failed", 0)])
def test_the_outcome_of_a_dispute_moves_the_delivery_and_its_price(share: int, status: str, due: int) -> None:
    one, dispute = disputed()
    assert (one.status, one.due_at) == ("disputed", None)
    seller, buyer = sides(one)
    propose_settlement(dispute=dispute, refund_bps=share, text="双方同意", actor=seller, clock=MARKET_CLOCK)
    accept_proposal(dispute=dispute, actor=buyer, clock=MARKET_CLOCK)
    drain()
    assert state(one) == status
    run_now(clock=MARKET_CLOCK)
    if status == "failed":
        one.trade.state.refresh_from_db()
        assert one.trade.state.status == TradeStatus.UNWOUND
    else:
        assert Settlement.objects.get(trade=one.trade).price_fen == due


@covers("F11", "R95")
def test_a_dispute_taken_back_leaves_the_rejection_with_a_new_term_and_a_claim_says_something() -> None:
    one, dispute = disputed()
    withdraw_dispute(dispute=dispute, actor=seller_of(one.version.listing), clock=MARKET_CLOCK)
    drain()
    held = Delivery.objects.get(pk=one.pk)
    assert held.status == "rejected" and held.due_at == add_working_days(one.trade.venue, MARKET_CLOCK.now(), 5)
    with pytest.raises(Rejected, match="claim_missing"):
        dispute_delivery(delivery=held, claim="不服", actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    page = signed_in(buyer_of(one.trade)).get(f"/desk/deliveries/{one.code}/").content.decode()
    assert "提出争议" in page and dispute.code in page


# ---- rows drawn by a seed ------------------------------------------------------------------------------------------------------------


def measured(gaps: int = 0) -> Delivery:
    """A delivery of 1,000 rows whose report says "complete"; ``gaps`` in a hundred of its cells are empty all the same."""
    rows = "\n".join(f"S{n},{'' if n % 100 < gaps else n % 7}" for n in range(1, 1_001))
    raw = f"站点,功率\n{rows}\n".encode()
    listing = make_listing()
    held = deposit(io.BytesIO(raw), name="piles.csv", owner=listing.organization.code, at=MARKET_CLOCK.now())
    shape = [{"name": "站点", "type": "text"}, {"name": "功率", "type": "integer"}]
    ListingVersion.objects.filter(pk=listing.version_id).update(deposit=held, file_sha256=held.sha256, columns=shape, row_count=1_000)
    version = ListingVersion.objects.get(pk=listing.version_id)
    QualityReport.objects.create(
        code=new_code("QLR"), listing=listing, version=version, number=1, kind="engine", maker=venue_organization(listing.venue),
        file_sha256=held.sha256, rows_read=1_000, dimensions=[{"key": "completeness", "passed": 2_000, "checked": 2_000, "permille": 1_000,
                                                               "note": ["", ""]}],
        method="measuring/1", content_hash="0" * 64, signed_by="SYSTEM", at=MARKET_CLOCK.now())
    trade = pay(make_trade(listing=type(listing).objects.select_related("version", "organization", "venue").get(pk=listing.pk),
                           buyer=make_buyer()))
    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    return deliver(delivery=one, deposit=held, actor=seller_of(listing), clock=MARKET_CLOCK)


@covers("F11")
@given(count=st.integers(1, 60), rows=st.integers(0, 200), seed=st.text("abcdef0123456789", min_size=4, max_size=12))
def test_the_same_seed_draws_the_same_rows_whoever_draws(count: int, rows: int, seed: str) -> None:
    table = [[str(n)] for n in range(1, rows + 1)]
    drawn, of = drawn_rows(iter(table), seed, count)
    assert (drawn_rows(table, seed, count)[0], of, len(drawn)) == (drawn, rows, min(count, rows))
    assert all(cells == [str(number)] for number, cells in drawn.items())


@covers("F11")
def test_rows_drawn_by_a_seed_are_held_against_the_quality_report() -> None:
    good, bad = measured(), measured(gaps=20)
    fine = check_sample(delivery=good, seed="k7x9", actor=buyer_of(good.trade), clock=MARKET_CLOCK)
    assert fine.fits and len(fine.rows) == 200 and fine.of_rows == 1_000 and fine.report.startswith("QLR-")
    short = check_sample(delivery=bad, seed="k7x9", actor=buyer_of(bad.trade), clock=MARKET_CLOCK)
    assert short.rows == fine.rows and not short.fits
    (gap,) = [row for row in short.figures if row["key"] == "completeness"]
    assert gap["found"] < 930 and (gap["reported"], gap["fits"]) == (1_000, False)
    assert Record.objects.filter(kind="delivery.sample.checked").count() == 2
    page = signed_in(seller_of(bad.version.listing)).get(f"/desk/deliveries/{bad.code}/").content.decode()
    assert "低于质量报告" in page and "k7x9" in page, "the seller can draw the same rows"


@covers("F11")
def test_a_margin_is_three_deviations_and_a_draw_is_within_bounds() -> None:
    assert (margin_of(900, 100), margin_of(1_000, 50)) == (91, 1)
    one = measured()
    by = {"actor": buyer_of(one.trade), "clock": MARKET_CLOCK}
    for wrong, field in (({"seed": "a"}, "seed"), ({"seed": "k7x9", "rows": 5}, "rows"), ({"seed": "<b>no</b>"}, "seed")):
        with pytest.raises(Rejected, match="faulty") as refused:
            check_sample(delivery=one, **wrong, **by)
        assert refused.value.errors[0].field == field
    for number in range(10):
        check_sample(delivery=one, seed=f"seed{number}", rows=20, **by)
    with pytest.raises(Rejected, match="often"):
        check_sample(delivery=one, seed="seed99", rows=20, **by)
    assert SampleCheck.objects.count() == 10


def test_a_part_ends_with_its_agreement() -> None:
    one = offered()
    stop_delivery(delivery=one, cause="breach", actor=SYSTEM, clock=MARKET_CLOCK)
    assert state(one) == "failed" and PartClaim.objects.get().outcome == "stopped"
