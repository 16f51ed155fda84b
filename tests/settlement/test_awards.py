"""H8: an award posts what it says: the buyer's part back, the seller's part settled less charges, to the fen, once; and credit with it."""

from __future__ import annotations

import pytest

from compliance.models import CreditRecord
from compliance.operations import agree_to_arbitrate, award_dispute, go_to_mediation
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.operations import drain
from kit.coverage import covers
from ledger import queries as ledger
from ledger.accounts import AccountKind
from ledger.invariants import BalancesFollowFromPostings, BooksCanBeRebuilt, LedgerSumsToZero, LegsSumToZero
from ledger.models import Posting
from participants.queries import venue_organization
from participants.roles import Role
from settlement.fees import taken_of
from settlement.models import Settlement
from settlement.tasks import move_cycle, run_now
from tests.delivery.test_parts import disputed
from tests.delivery.worlds import buyer_of, seller_of
from tests.factories import make_actor, make_organization
from tests.settlement.worlds import frozen
from trading.queries import charges_of

pytestmark = pytest.mark.django_db
PRICE = 1_000_000
BOOKS = (LegsSumToZero, LedgerSumsToZero, BalancesFollowFromPostings, BooksCanBeRebuilt)


def funds(owner: str, kind: str = AccountKind.AVAILABLE) -> int:
    return ledger.held(owner, kind).posted_fen


#: what is given back of 10,000 yuan, in basis points; what stays due; whether it was lost by the seller
WORKED = [(0, 1_000_000, False), (3_000, 700_000, False), (4_999, 500_100, False), (5_000, 500_000, True), (9_999, 100, True),
          (10_000, 0, True)]


@covers("H8", "R95", "I6", "R94")
@pytest.mark.parametrize(("share", "due", "lost"), WORKED)
def test_an_award_is_posted_to_the_fen_and_once(share: int, due: int, lost: bool) -> None:
    one, dispute = disputed()
    trade = one.trade
    assert trade.price_fen == PRICE and funds(trade.code, AccountKind.ESCROW) == PRICE, "what was paid is held for the trade"
    buyer, seller, house = trade.buyer.code, trade.seller.code, venue_organization(trade.venue).code
    before = {code: funds(code) for code in (buyer, seller)}
    judge = make_organization(Role.SERVICE_PROVIDER)
    go_to_mediation(dispute=dispute, actor=buyer_of(trade), clock=CLOCK)
    for side in (buyer_of(trade), seller_of(trade.listing)):
        agree_to_arbitrate(dispute=dispute, arbitrator=judge, actor=side, clock=CLOCK)
    award_dispute(dispute=dispute, refund_bps=share, reasons="依鉴定意见，质量低于说明",
                  actor=make_actor(Role.SERVICE_PROVIDER, organization=judge), clock=CLOCK)
    drain()
    run_now(clock=CLOCK)
    if due:
        move_cycle(cycle=frozen(), clock=CLOCK)
    drain()
    assert funds(buyer) - before[buyer] == PRICE - due, "the buyer has its part back, whole"
    assert funds(trade.code, AccountKind.ESCROW) == 0, "nothing is left behind"
    if due:
        settled = Settlement.objects.get(trade=trade)
        taken = taken_of(due, charges_of(trade))
        held = funds(seller, AccountKind.HOLDBACK)
        assert (settled.status, settled.price_fen, settled.shared_fen) == ("settled", due, taken.shared_fen)
        assert funds(seller) - before[seller] + held == taken.shared_fen
        assert taken.shared_fen + taken.seller_fee_fen + taken.levy_fen == due, f"{house} and the fund have the rest"
    else:
        assert not Settlement.objects.filter(trade=trade, status="settled").exists() and funds(seller) == before[seller]
    told = list(CreditRecord.objects.filter(organization=trade.seller).values_list("event", "source"))
    assert told == ([("dispute_lost", dispute.code)] if lost else [])
    postings = Posting.objects.count()
    drain()
    run_now(clock=CLOCK)
    assert Posting.objects.count() == postings, "again is nothing"
    assert CreditRecord.objects.filter(organization=trade.seller, event="dispute_lost").count() == int(lost)
    for book in BOOKS:
        assert list(book().check()) == []
