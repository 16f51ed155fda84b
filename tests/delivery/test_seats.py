"""A licence of named seats is used by the people the buyer named and by nobody else, never more at once than agreed (R121, R42)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from delivery.access import fetch_file, issue_grant
from delivery.gates import acts_of
from delivery.models import Delivery, GrantUse, Seat
from delivery.seats import end_seat, name_seat
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.models import Person, User
from participants.roles import Role
from tests.delivery.worlds import delivered, seller_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def licensed(people: int, seats: int = 1) -> tuple[Any, ...]:
    """A delivery of a licence with so many seats, and so many people of its buyer."""
    one = delivered(seats=seats)
    return one, *(actor_of(make_user(Role.BUYER, organization=one.buyer)) for _ in range(people))


def person_of(actor: Actor) -> Person:
    found = User.objects.get(pk=actor.user_id or 0).person
    assert found is not None
    return found


def named(one: Delivery, who: Actor, by: Actor | None = None) -> Seat:
    return name_seat(delivery=one, person=person_of(who), actor=by or who, clock=MARKET_CLOCK)


def refused(act: Any) -> str:
    with pytest.raises(Rejected) as no:
        act()
    assert all(no.value.text(part, language) and "{" not in no.value.text(part, language)
               for part in ("detail", "next_step") for language in ("zh", "en"))
    return no.value.code


def fetched(one: Delivery, token: str, by: Actor) -> Any:
    return fetch_file(delivery=one, token=token, actor=by, clock=MARKET_CLOCK)


@covers("R121", "F5", "C7")
def test_a_token_is_made_and_the_file_fetched_only_by_who_has_a_seat_and_the_why_page_says_so() -> None:
    one, holder, other = licensed(2)
    assert refused(lambda: issue_grant(delivery=one, actor=holder, clock=MARKET_CLOCK)) == "delivery.grant.unseated"
    asked = [gate.refusal.code for gate in acts_of(one, actor=other, at=MARKET_CLOCK.now())[0].refused if gate.refusal]
    assert asked == ["delivery.grant.unseated"]
    named(one, holder)
    token = issue_grant(delivery=one, actor=holder, clock=MARKET_CLOCK).token
    assert refused(lambda: fetched(one, token, other)) == "delivery.grant.unseated", "the token in a colleague's hand opens nothing"
    assert GrantUse.objects.get().outcome == "unseated" and Record.objects.filter(kind="delivery.grant.refused").count() == 1
    assert fetched(one, token, holder).sha256 == one.expected_sha256


@covers("R121", "R42")
def test_seats_are_as_many_as_agreed_change_hands_and_are_not_forgotten() -> None:
    one, first, second = licensed(2)
    seat = named(one, first)
    assert refused(lambda: named(one, second, first)) == "delivery.seat.all_taken"
    end_seat(seat=seat, reason="调离岗位", actor=second, clock=MARKET_CLOCK)
    assert refused(lambda: end_seat(seat=seat, actor=second, clock=MARKET_CLOCK)) == "delivery.seat.ended"
    named(one, second)
    assert [(row.holder, row.ended_at is None) for row in one.seats.order_by("pk")] == [(first.person, False), (second.person, True)]
    told = Record.objects.filter(kind__startswith="delivery.seat.").order_by("at", "id").values_list("kind", "payload__taken")
    assert sorted(told) == [("delivery.seat.ended", 0), ("delivery.seat.named", 1), ("delivery.seat.named", 1)]


@covers("R121")
def test_only_the_buyer_names_and_only_its_own_people() -> None:
    one, holder = licensed(1)
    seller = seller_of(one.trade.listing)
    assert refused(lambda: named(one, seller, holder)) == "delivery.seat.stranger"
    with pytest.raises(Rejected, match="permission"):
        named(one, holder, seller)
    free = delivered()
    buyer = actor_of(make_user(Role.BUYER, organization=free.buyer))
    assert refused(lambda: named(free, buyer)) == "delivery.seat.unlimited"
    assert issue_grant(delivery=free, actor=buyer, clock=MARKET_CLOCK).token, "a licence without seats is every colleague's"


def naive_name(one: Delivery, who: Actor) -> Seat:
    """The naive way: whoever counted before writing writes."""
    return Seat.objects.create(delivery=one, person=person_of(who), holder=who.person, named_at=MARKET_CLOCK.now(), named_by=who.code)


@covers("R121", "I16")
def test_the_database_keeps_the_number_the_history_and_the_file() -> None:
    one, first, second = licensed(2)
    seat = naive_name(one, first)
    with pytest.raises(IntegrityError, match="no seat is free"), transaction.atomic():
        naive_name(one, second)
    grant = issue_grant(delivery=one, actor=first, clock=MARKET_CLOCK).grant
    with pytest.raises(IntegrityError, match="has no seat"), transaction.atomic():
        GrantUse.objects.create(grant=grant, outcome="used", person=second.code, at=MARKET_CLOCK.now())
    end_seat(seat=seat, actor=first, clock=MARKET_CLOCK)
    for change in (lambda: Seat.objects.filter(pk=seat.pk).update(ended_at=None, ended_by=""), lambda: seat.delete(),
                   lambda: Seat.objects.filter(pk=seat.pk).update(holder="PSN-OTHER")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@covers("R121")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_buyer_names_on_the_deliverys_page_and_both_sides_read_it_on_the_trade(language: str) -> None:
    one, holder, other = licensed(2, seats=2)
    browser, read, page = Client(), {"accept-language": language}, f"/desk/deliveries/{one.code}/"
    browser.force_login(User.objects.get(pk=holder.user_id or 0))
    assert ("您不在使用人名单上" if language != "en" else "You are not on the list") in browser.get(page, headers=read).content.decode()
    assert browser.post(f"{page}seats/", {"person": other.person}, headers=read).status_code == 302
    assert browser.post(f"{page}seats/", {"person": other.person}, headers=read).status_code == 409
    assert browser.post(f"{page}seats/", {"person": "PSN-NOBODY"}, headers=read).status_code == 422
    shown = browser.get(f"/desk/trades/{one.trade.code}/", headers=read).content.decode()
    assert ("2 名，已指定 1 名" if language != "en" else "2, 1 named") in shown
    seller = Client()
    seller.force_login(User.objects.get(pk=seller_of(one.trade.listing).user_id))
    told = seller.get(page, headers=read).content.decode()
    assert other.person in told and person_of(other).name not in told, "the seller reads a code, no name"
    seat = Seat.objects.get()
    assert browser.post(f"{page}seats/release/", {"seat": seat.pk}, headers=read).status_code == 302
    assert browser.post(f"{page}seats/release/", {"seat": "9" * 40}, headers=read).status_code == 404
