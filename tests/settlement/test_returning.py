"""What cannot be settled goes back to its buyer by two persons: out of the trade's own escrow, once, whole, never to the venue."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.models import Case
from delivery.models import Delivery
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account, reserve
from ledger.queries import balance, held
from participants.actors import actor_of
from participants.models import Approval, Notice
from participants.queries import venue_organization
from participants.roles import Role
from settlement import collecting, tasks
from settlement.dead_letters import TRIES, retry_settlement
from settlement.models import Receipt, Refund, Settlement, SettlementCycle, Uncollected
from settlement.operations import refund_trade
from settlement.returning import ask_return, decide_return
from settlement.tasks import collect_now, receipts_now
from tests.delivery.worlds import move
from tests.exchange.worlds import signed_in
from tests.factories import make_actor, make_user, venue
from tests.ledger.books import acting
from tests.settlement import test_barters as barters
from tests.settlement.money import sound
from tests.settlement.test_cycle import now
from tests.settlement.test_cycle import sound as books_sound
from tests.settlement.test_uncollected import parked as untaken
from tests.settlement.test_uncollected import trap as trap_of_terms
from tests.settlement.worlds import accepted, collected, frozen, operator
from tests.trading.barters import agreed, free_fen, swap
from trading.models import Trade

pytestmark = pytest.mark.django_db
trap = trap_of_terms
WHY = "贡献方已注销，权重无从计算，见变更单 12"


def escrow(trade: Trade) -> int:
    return balance(account(trade.code, AccountKind.ESCROW)).posted_fen


def purse(trade: Trade) -> int:
    return balance(account(trade.buyer.code, AccountKind.AVAILABLE)).posted_fen


def set_aside(monkeypatch: pytest.MonkeyPatch, trade: Trade) -> tuple[Settlement, SettlementCycle]:
    """A settlement whose posting fails five times; its cycle is closed over the rest."""
    with monkeypatch.context() as broken:
        broken.setattr("settlement.operations._post_batch", _fails)
        cycle = frozen()
        for _ in range(TRIES):
            tasks.move_cycle(cycle=cycle, clock=CLOCK)
    for _ in range(2):
        tasks.move_cycle(cycle=now(cycle), clock=CLOCK)
    one = Settlement.objects.get(trade=trade)
    assert one.status == "parked"
    return one, now(cycle)


def _fails(*_: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 9223372036854775807::bigint + 1")


def ask(trade: Trade, actor: Actor, reason: str = WHY) -> Approval:
    return ask_return(trade=trade, reason=reason, actor=actor, clock=CLOCK)


def confirm(trade: Trade, actor: Actor) -> Refund | None:
    return decide_return(trade=trade, approve=True, actor=actor, clock=CLOCK)


def refused(code: str, act: Any) -> None:
    with pytest.raises(Rejected) as caught, transaction.atomic():
        act()
    assert caught.value.code == code


@covers("G6", "G7", "I8", "I18", "T30", "T42")
def test_a_parked_settlement_goes_back_whole_by_two_persons_and_leaves_its_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    trade = accepted(price_fen=1_000_000)
    paid, house = escrow(trade), venue_organization(venue()).code
    fees, before = held(house, AccountKind.VENUE_FEES).posted_fen, purse(trade)
    one, cycle = set_aside(monkeypatch, trade)
    first = operator()
    refused("settlement.dead_letter.not_asked", lambda: confirm(trade, first))
    refused("settlement.dead_letter.unreasoned", lambda: ask(trade, first, " ok "))
    ask(trade, first)
    assert escrow(trade) == paid, "asking moves nothing"
    refused("participants.approval.same_person", lambda: confirm(trade, first))
    made = confirm(trade, make_actor(Role.COMPLIANCE_OFFICER))
    assert made is not None and (made.amount_fen, made.cause) == (paid, "settlement.dead_letter.returned")
    assert (escrow(trade), purse(trade) - before) == (0, paid)
    assert held(house, AccountKind.VENUE_FEES).posted_fen == fees, "nothing of it is the venue's"
    assert (now(one).status, now(one).cycle, now(cycle).lines, now(cycle).parked) == ("returned", None, cycle.lines - 1, cycle.parked - 1)
    trade.state.refresh_from_db()
    assert (trade.state.status, trade.state.cause) == ("unwound", "settlement.dead_letter.returned")
    grants = Delivery.objects.get(trade=trade).grants.values_list("status", flat=True)
    assert not {"active", "suspended"} & set(grants), "the licence ends with it"
    assert {case.status for case in Case.objects.filter(kind="settlement", subject_code=one.code)} == {"closed"}
    assert Record.objects.filter(kind="settlement.settlement.returned", subject=one.code).count() == 1
    assert Record.objects.filter(kind="settlement.refund.posted", payload__trade=trade.code).count() == 1
    for party in (trade.seller, trade.buyer):
        assert Notice.objects.filter(organization=party, subject=trade.code, kind__in=[
            "settlement.dead_letter.returned", "settlement.refund.posted"]).exists()
    receipts_now(clock=CLOCK)
    assert Receipt.objects.filter(kind="refund", trade=trade.code, amount_fen=paid).count() == 1
    sound()


@covers("G7", "T30", "I8")
def test_a_trade_that_cannot_be_taken_up_goes_back_and_is_never_taken_up_again(trap: dict[int, str]) -> None:
    trade, row = untaken(trap)
    paid = escrow(trade)
    ask(trade, operator())
    made = confirm(trade, operator())
    trap.clear()
    assert made is not None and made.amount_fen == paid and purse(trade) == paid
    assert (now(row).parked_at, now(row).due_at) == (None, None)
    assert collect_now(venue=venue(), clock=CLOCK) == 0 and not collecting.waiting(venue().pk)
    assert not Settlement.objects.exists()
    assert Record.objects.filter(kind="settlement.trade.returned", subject=trade.code).count() == 1
    refused("settlement.dead_letter.not_parked", lambda: ask(trade, operator()))
    books_sound()


@covers("I18", "G7")
def test_a_no_leaves_it_set_aside_and_it_may_still_be_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    trade = accepted()
    one, _ = set_aside(monkeypatch, trade)
    ask(trade, operator())
    refused("participants.approval.one_pending", lambda: ask(trade, operator()))
    refused("settlement.dead_letter.unreasoned", lambda: decide_return(trade=trade, approve=False, actor=operator(), clock=CLOCK))
    assert decide_return(trade=trade, approve=False, reason="原因已查明，可以结算", actor=operator(), clock=CLOCK) is None
    assert now(one).status == "parked" and not Refund.objects.exists()
    retry_settlement(settlement=one, reason="原因已查明，可以结算", actor=operator(), clock=CLOCK)
    cycle = frozen()
    for _ in range(2):
        tasks.move_cycle(cycle=cycle, clock=CLOCK)
    assert now(one).status == "settled"
    refused("settlement.dead_letter.not_parked", lambda: ask(trade, operator()))


@covers("G7", "I18")
def test_what_was_retried_after_the_question_does_not_go_back(monkeypatch: pytest.MonkeyPatch) -> None:
    trade = accepted()
    one, _ = set_aside(monkeypatch, trade)
    ask(trade, operator())
    retry_settlement(settlement=one, reason="原因已查明，可以结算", actor=operator(), clock=CLOCK)
    refused("settlement.dead_letter.not_parked", lambda: confirm(trade, operator()))
    assert not Refund.objects.exists() and Approval.objects.get(act="settlement.dead_letter.return").status == "pending"


@covers("G6", "I8")
def test_nothing_goes_back_that_a_dispute_holds_or_that_changed_since_it_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    trade = accepted()
    set_aside(monkeypatch, trade)
    ask(trade, operator())
    with acting():
        reserve(account=account(trade.code, AccountKind.ESCROW), amount_fen=100, purpose="dispute", subject=trade.code, at=CLOCK.now())
    refused("settlement.dead_letter.disputed", lambda: confirm(trade, operator()))
    refused("settlement.dead_letter.disputed", lambda: ask(trade, operator()))


@covers("I18", "T42")
def test_the_same_person_under_a_second_account_cannot_confirm(monkeypatch: pytest.MonkeyPatch) -> None:
    trade = accepted()
    set_aside(monkeypatch, trade)
    user = make_user(Role.VENUE_OPERATOR)
    twin = make_user(Role.VENUE_OPERATOR, person=user.person)
    ask(trade, actor_of(user))
    refused("participants.approval.same_person", lambda: confirm(trade, actor_of(twin)))
    for role in (Role.REGULATOR, Role.AUDITOR, Role.DATA_MERCHANT):
        refused("participants.permission.denied", lambda role=role: confirm(trade, make_actor(role)))


@covers("I18", "I8")
@pytest.mark.parametrize("fault", ["settlement", "trade"])
def test_the_naive_return_by_one_person_is_what_the_database_refuses(monkeypatch: pytest.MonkeyPatch, trap: dict[int, str], fault: str
                                                                       ) -> None:
    """The mutant: with the second person's decision taken out of the operation, the triggers still stand before the money."""
    trade = untaken(trap)[0] if fault == "trade" else accepted()
    if fault == "settlement":
        set_aside(monkeypatch, trade)
    paid, first = escrow(trade), operator()
    ask(trade, first)
    monkeypatch.setattr("settlement.returning.decide_approval", lambda **_: None)
    with pytest.raises(DatabaseError, match="without a second person"), transaction.atomic():
        confirm(trade, first)
    assert escrow(trade) == paid and not Refund.objects.exists()


@covers("I8", "I18")
def test_no_shorter_way_gives_back_what_is_set_aside(monkeypatch: pytest.MonkeyPatch, trap: dict[int, str]) -> None:
    """The rule's own refund, a bare change of state, a sum that nobody confirmed: each is refused."""
    trade = accepted()
    one, _ = set_aside(monkeypatch, trade)
    refused("settlement.refund.already_settled", lambda: refund_trade(trade=trade, cause="x", actor=SYSTEM, clock=CLOCK))
    with pytest.raises(DatabaseError, match="set down without"), transaction.atomic():
        Settlement.objects.filter(pk=one.pk).update(status="returned")
    other, _ = untaken(trap)
    with pytest.raises(DatabaseError, match="without a second person"), transaction.atomic():
        refund_trade(trade=other, cause="delivery.delivery.failed", actor=SYSTEM, clock=CLOCK)
    assert not Refund.objects.exists() and Uncollected.objects.get(trade=other).parked_at is not None


@covers("R12", "I8", "I18", "CAP-E4")
def test_of_a_barter_both_trades_go_back_by_one_word_or_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    one, world = agreed(terms=swap(1_000_000, 800_000, "paid"))
    for trade in barters.trades(one):
        barters.taken(trade, world)
    move(hours=25)
    assert len(collected()) == 2
    mine, theirs = barters.trades(one)
    set_aside(monkeypatch, mine)
    ask(mine, operator())
    assert Approval.objects.filter(act="settlement.dead_letter.return").count() == 2, "one question for each trade"
    confirm(mine, operator())
    one.refresh_from_db()
    assert one.status == "unwound" and set(Settlement.objects.values_list("status", flat=True)) == {"returned"}
    assert set(Refund.objects.values_list("trade", flat=True)) == {mine.pk, theirs.pk}
    assert free_fen(world.one) == free_fen(world.two) == barters.START, "everybody has what he began with"
    barters.sound()


@covers("G7", "I18")
def test_the_desk_asks_shows_the_sum_and_the_reason_and_another_person_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    trade = accepted()
    set_aside(monkeypatch, trade)
    first, second = operator(), operator()
    desk, other = signed_in(first), signed_in(second)
    where = f"/desk/money/trades/{trade.code}"
    assert f"{where}/give_back/" in desk.get("/desk/money/").content.decode()
    desk.post(f"{where}/give_back/", {"text": WHY})
    mine, theirs = (page.get("/desk/money/").content.decode() for page in (desk, other))
    assert WHY in mine and f"{where}/confirm/" not in mine and "须由另一人确认" in mine
    assert f"{where}/confirm/" in theirs and f"{where}/deny/" in theirs
    assert f"{where}/confirm/" not in signed_in(make_actor(Role.AUDITOR)).get("/desk/money/").content.decode()
    other.post(f"{where}/confirm/")
    assert Refund.objects.get().trade == trade
    assert trade.code not in desk.get("/desk/money/?part=cycles").content.decode()
