"""Money without an owner (I9, R57): aged, alarmed about, and booked by two persons to whoever it is; never to the venue."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.models import Case
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.models import Account, Posting
from ledger.operations import account
from ledger.queries import balance
from participants.actors import actor_of
from participants.models import Parameter
from participants.queries import house_venue, venue_organization
from participants.roles import Role
from settlement.models import Suspense
from settlement.suspending import ageing, alarmed, ask_clearing, decide_clearing, late_suspense
from settlement.tasks import move_payouts
from tests.delivery.worlds import move
from tests.factories import make_actor, make_user
from tests.settlement.money import available, party, sound, tell
from tests.settlement.test_money_pages import signed_in, told
from tests.settlement.worlds import operator

pytestmark = pytest.mark.django_db


def stray(fen: int = 7_000, reference: str = "IN-9") -> Suspense:
    tell("credit", reference=reference, party="ORG-TYPO", amount_fen=fen)
    return Suspense.objects.get(notice__reference=reference)


def asked(item: Suspense, owner: Any, actor: Any) -> Suspense:
    return ask_clearing(suspense=item, organization=owner, basis="银行回单上的户名与该机构一致", actor=actor, clock=MARKET_CLOCK)


def decided(item: Suspense, actor: Any, *, approve: bool = True) -> Suspense:
    return decide_clearing(suspense=item, approve=approve, reason="" if approve else "户名不符", actor=actor, clock=MARKET_CLOCK)


def refused(code: str, act: Any) -> None:
    with pytest.raises(Rejected) as caught, transaction.atomic():
        act()
    assert caught.value.code == code


@covers("I9", "T54")
def test_money_of_an_unknown_owner_waits_with_a_case_until_two_persons_find_him() -> None:
    ours, before, first = party(0), Case.objects.count(), operator()
    item = stray()
    assert balance(account("BANK", AccountKind.SUSPENSE)).posted_fen == 7_000 and Case.objects.count() == before + 1
    refused("settlement.suspense.not_asked", lambda: decided(item, operator()))
    asked(item, ours.organization, first)
    assert available(ours).posted_fen == 0
    refused("participants.approval.same_person", lambda: decided(item, first))
    decided(item, operator())
    assert balance(account("BANK", AccountKind.SUSPENSE)).posted_fen == 0 and available(ours).posted_fen == 7_000
    refused("settlement.suspense.illegal_move", lambda: decided(item, operator()))
    refused("settlement.suspense.illegal_move", lambda: asked(item, ours.organization, first))
    sound()


@covers("I9", "I18")
def test_the_same_person_under_a_second_account_cannot_confirm() -> None:
    user = make_user(Role.VENUE_OPERATOR)
    twin = make_user(Role.VENUE_OPERATOR, person=user.person) if user.person_id else user
    ours, item = party(0), stray()
    asked(item, ours.organization, actor_of(user))
    refused("participants.approval.same_person", lambda: decided(item, actor_of(twin)))
    assert available(ours).posted_fen == 0


@covers("I9", "I18")
def test_a_no_leaves_the_money_where_it_is_and_another_owner_may_be_named() -> None:
    wrong, right, first, second = party(0), party(0), operator(), make_actor(Role.COMPLIANCE_OFFICER)
    item = stray()
    asked(item, wrong.organization, first)
    refused("participants.approval.one_pending", lambda: asked(item, right.organization, first))
    decided(item, second, approve=False)
    assert Suspense.objects.get().status == "open" and available(wrong).posted_fen == 0
    asked(item, right.organization, first)
    decided(item, second)
    assert (available(wrong).posted_fen, available(right).posted_fen) == (0, 7_000)


@covers("I9", "R57")
def test_the_venue_is_never_the_owner_whoever_asks() -> None:
    item, house = stray(), venue_organization(house_venue())
    refused("settlement.suspense.venue", lambda: asked(item, house, operator()))
    refused("settlement.suspense.basis", lambda: ask_clearing(suspense=item, organization=party(0).organization, basis=" ",
                                                              actor=operator(), clock=MARKET_CLOCK))
    refused("participants.permission.denied", lambda: asked(item, party(0).organization, make_actor(Role.AUDITOR)))


@covers("I9", "R57", "I18")
@pytest.mark.parametrize("written", [
    "proposed_to = (SELECT code FROM participants_organization WHERE kind = 'venue' LIMIT 1)",
    "status = 'cleared', cleared_to = proposed_to, cleared_at = market_now(), transfer = gen_random_uuid()",
    "status = 'cleared', cleared_to = 'ORG-ELSE', cleared_at = market_now(), transfer = gen_random_uuid()"])
def test_the_database_refuses_the_venue_as_owner_and_a_clearing_by_one_person(written: str) -> None:
    from django.db import connection

    item = stray()
    asked(item, party(0).organization, operator())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE settlement_suspense SET {written} WHERE id = %s", [item.pk])
    assert Suspense.objects.get().status == "open"


@covers("I9", "I18")
def test_the_naive_clearing_by_one_person_is_what_the_database_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: with the second person's decision taken out of the operation, the trigger still stands before the money."""
    ours, first = party(0), operator()
    item = asked(stray(), ours.organization, first)
    monkeypatch.setattr("settlement.suspending.decide_approval", lambda **_: None)
    with pytest.raises(DatabaseError), transaction.atomic():
        decided(item, first)
    assert available(ours).posted_fen == 0 and balance(account("BANK", AccountKind.SUSPENSE)).posted_fen == 7_000


@covers("I9")
def test_what_left_without_an_order_is_no_partys_to_receive() -> None:
    tell("paid", reference="PAY-NOBODYS", party="", amount_fen=500)
    refused("settlement.suspense.went_out", lambda: asked(Suspense.objects.get(), party(0).organization, operator()))


@covers("I9", "G1")
def test_the_ageing_puts_each_item_into_one_row_and_the_rows_are_the_account() -> None:
    """Worked: 7,000 fen came 31 days ago, 200 came 6 days ago, 500 went out 2 days ago, 90 came just now."""
    for fen, days, reference in ((7_000, 25, "A"), (200, 4, "B")):
        stray(fen, reference)
        move(days=days)
    tell("paid", reference="PAY-NOBODYS", party="", amount_fen=500)
    move(days=2)
    stray(90, "C")
    assert [(row.items, row.in_fen, row.out_fen) for row in ageing(MARKET_CLOCK.now())] == [
        (1, 90, 0), (1, 0, 500), (1, 200, 0), (1, 7_000, 0)]
    held = balance(account("BANK", AccountKind.SUSPENSE)).posted_fen
    assert sum(row.in_fen - row.out_fen for row in ageing(MARKET_CLOCK.now())) == held == 6_790


@covers("I9")
def test_an_item_past_its_term_raises_its_case_once() -> None:
    item = stray()
    before = Case.objects.get(subject_code=item.code)
    entries = before.entries.count()
    move_payouts(clock=MARKET_CLOCK)
    assert Suspense.objects.get().alarmed_at is None, "it is not late yet"
    move(days=12)
    for _ in range(3):
        move_payouts(clock=MARKET_CLOCK)
    assert Suspense.objects.get().alarmed_at is not None and late_suspense(MARKET_CLOCK.now()) == []
    assert before.entries.count() == entries + 1


@covers("I9")
def test_too_much_that_waits_alarms_for_each_item_before_any_is_late() -> None:
    first = stray(6_000_000, "A")
    move_payouts(clock=MARKET_CLOCK)
    assert Suspense.objects.get(pk=first.pk).alarmed_at is None
    stray(4_000_001, "B")
    assert alarmed(MARKET_CLOCK.now()) == (10_000_001, 10_000_000)
    move_payouts(clock=MARKET_CLOCK)
    assert not Suspense.objects.filter(alarmed_at__isnull=True).exists()
    assert Parameter.objects.filter(key="suspense.alarm_fen").exists()


@covers("R57", "I9")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 400_000), st.sampled_from(["venue", "party", "refuse"]), st.booleans()), min_size=1, max_size=6))
def test_whatever_is_proposed_and_confirmed_the_venue_gets_nothing_and_nothing_is_lost(steps: list[tuple[int, str, bool]]) -> None:
    with transaction.atomic():
        house = venue_organization(house_venue())
        own = Account.objects.filter(owner=house.code)
        before = sum(Posting.objects.filter(account__in=own).values_list("amount_fen", flat=True))
        ours, first, second = party(0), operator(), operator()
        for number, (fen, target, same) in enumerate(steps):
            item = stray(fen, f"S-{number}")
            for act in (lambda one=item, to=target: asked(one, house if to == "venue" else ours.organization, first),
                        lambda one=item, to=target, who=same: decided(one, first if who else second, approve=to != "refuse")):
                try:
                    with transaction.atomic():
                        act()
                except Rejected:
                    continue
        assert sum(Posting.objects.filter(account__in=own).values_list("amount_fen", flat=True)) == before
        waits = balance(account("BANK", AccountKind.SUSPENSE)).posted_fen
        assert waits + available(ours).posted_fen == sum(fen for fen, _, _ in steps)
        assert not Suspense.objects.filter(cleared_to=house.code).exists()
        transaction.set_rollback(True)


@covers("I9", "I18")
def test_the_desk_shows_the_ageing_and_books_by_two_persons() -> None:
    ours, desk, other = party(0), signed_in(operator()), signed_in(operator())
    item = stray(4_200, "STRAY-1")
    told(desk.get("/desk/money/"), "STRAY-1", "账龄与归属")
    told(desk.get("/desk/money/suspense/"), item.code, "不满 1 天", "提出归属")
    assert desk.post(f"/desk/money/suspense/{item.code}/ask/", {
        "organization": ours.organization.code.lower(), "basis": "银行回单 88 号"}).status_code == 302
    told(desk.get("/desk/money/suspense/"), "您提出的归属须由另一人确认", "银行回单 88 号")
    assert desk.post(f"/desk/money/suspense/{item.code}/confirm/").status_code in (403, 409)
    told(other.get("/desk/money/suspense/"), "确认入账")
    assert other.post(f"/desk/money/suspense/{item.code}/confirm/").status_code == 302
    assert available(ours).posted_fen == 4_200
    told(desk.get("/desk/money/suspense/"), "没有待查的款项")


@covers("T51", "I9")
def test_what_waits_is_a_table_and_a_workbook_for_the_overseers_alone() -> None:
    stray(4_200, "=1+1")
    auditor = signed_in(make_actor(Role.AUDITOR))
    told(auditor.get("/desk/money/suspense/"), "=1+1")
    assert b"'=1+1" in b"".join(auditor.get("/desk/money/suspense.csv"))
    book = auditor.get("/desk/money/suspense.csv?form=xlsx")
    assert book["Content-Type"].endswith("spreadsheetml.sheet") and b"".join(book)[:2] == b"PK"
    assert signed_in(party(0).maker).get("/desk/money/suspense/").status_code == 403
