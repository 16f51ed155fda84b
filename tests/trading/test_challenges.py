"""Challenges 揭榜挂帅: criteria in the invitation, answers in the dark, marks at the end, an award by the criteria (R112, Data Twenty 19).

Worked example: twenty ships to name; A errs twice and asks 9,000, B errs nine times and asks 5,000, C errs once and asks 12,000. B is
below the 60 % asked for. A has 60 x 0.9 + 40 = 94 points, C 60 x 0.95 + 40 x 0.75 = 87.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from tests.factories import make_organization
from tests.trading.deals import asked, closed, negotiable
from tests.trading.trials import KEYS, TRUTH, answered, criteria, table
from tests.trading.worlds import seller_of
from trading.challenges import answers_open_to, challenge_of, entry_of, results
from trading.models import Challenge, Quote, Rfq, TrialEntry
from trading.operations import award_rfq, give_quote, next_round

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def refused(code: str, act: Callable[..., Any], **given: Any) -> Rejected:
    with pytest.raises(Rejected) as caught:
        act(**given, clock=MARKET_CLOCK)
    assert caught.value.code == code
    return caught.value


def entered(rfq: Rfq, price_fen: int, wrong: int) -> tuple[Quote, Actor]:
    listing = negotiable(seller=make_organization())
    actor = seller_of(listing)
    return give_quote(rfq=rfq, listing=listing, price_fen=price_fen, answers=answered(wrong), actor=actor, clock=MARKET_CLOCK), actor


def challenged(**more: Any) -> tuple[Rfq, Actor]:
    return asked(challenge=criteria(**more))


def shown(rfq: Rfq) -> list[Any]:
    challenge = challenge_of(rfq)
    assert challenge is not None
    return results(rfq, challenge, at=MARKET_CLOCK.now())


@covers("R112")
def test_the_worked_example() -> None:
    rfq, buyer = challenged()
    (a, _), (b, _), (c, _) = entered(rfq, 900_000, 2), entered(rfq, 500_000, 9), entered(rfq, 1_200_000, 1)
    held = closed(rfq)
    rows = shown(held)
    assert [(row.quote.pk, row.mark_percent, row.points_text, row.place) for row in rows] == [
        (a.pk, "90.00%", "94.00", 1), (c.pk, "95.00%", "87.00", 2), (b.pk, "55.00%", "", None)]
    refused("trading.challenge.below_least", award_rfq, rfq=held, quote=b, actor=buyer)
    refused("trading.challenge.reason_due", award_rfq, rfq=held, quote=c, actor=buyer)
    won = award_rfq(rfq=held, quote=a, actor=buyer, clock=MARKET_CLOCK)
    assert won.trade is not None and won.trade.price_fen == 900_000 and won.reason == ""


@covers("R112")
def test_who_passes_over_more_points_says_why_and_everyone_reads_it() -> None:
    rfq, buyer = challenged()
    entered(rfq, 900_000, 2)
    second, _ = entered(rfq, 1_200_000, 1)
    held = closed(rfq)
    why = "得分最高者不能按月更新，本项目须按月更新。"
    won = award_rfq(rfq=held, quote=second, reason=why, actor=buyer, clock=MARKET_CLOCK)
    assert won.reason == why
    told = Record.objects.get(kind="trading.rfq.awarded", subject=rfq.code)
    assert told.payload["reason"] == why


@covers("R112")
def test_the_criteria_and_a_hidden_hash_of_the_answers_stand_in_the_record_from_the_first_day() -> None:
    rfq, _ = challenged()
    told = Record.objects.get(kind="trading.rfq.opened", subject=rfq.code).payload
    challenge = Challenge.objects.get(rfq=rfq)
    assert told["criteria"]["weight"] == 60 and told["answers_commitment"] == challenge.commitment().digest()
    assert challenge.answers.sha256 not in str(told), "twenty answers of three kinds would be guessed from a bare hash"


@covers("R112")
def test_marks_are_given_at_the_end_once_and_never_change() -> None:
    rfq, _ = challenged()
    quote, _ = entered(rfq, 900_000, 2)
    trial = TrialEntry.objects.get(quote=quote)
    assert trial.mark_ppm is None
    with pytest.raises(DatabaseError), transaction.atomic():
        TrialEntry.objects.filter(pk=trial.pk).update(mark_ppm=990_000)
    closed(rfq)
    trial.refresh_from_db()
    assert trial.mark_ppm == 900_000
    assert Record.objects.get(kind="trading.rfq.closed", subject=rfq.code).payload["marks"] == {quote.code: 900_000}
    with pytest.raises(DatabaseError), transaction.atomic():
        TrialEntry.objects.filter(pk=trial.pk).update(mark_ppm=990_000)


@covers("R112")
def test_the_database_refuses_a_winner_below_the_least_mark() -> None:
    """The naive desk that awards by the row alone: the guard of the table stops it."""
    rfq, _ = challenged()
    quote, _ = entered(rfq, 500_000, 9)
    closed(rfq)
    with pytest.raises(DatabaseError, match="below the least mark"), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(status="won", ended_at=MARKET_CLOCK.now())


@covers("R112")
def test_a_quote_needs_answers_where_a_trial_is_asked_and_none_where_it_is_not() -> None:
    rfq, _ = challenged()
    plain, _ = asked()
    listing = negotiable(seller=make_organization())
    by = {"listing": listing, "price_fen": 1, "actor": seller_of(listing)}
    refused("trading.challenge.answers_due", give_quote, rfq=rfq, **by)
    refused("trading.challenge.no_trial", give_quote, rfq=plain, answers=answered(0), **by)


@pytest.mark.parametrize(("rows", "heading", "line"), [
    ([[key, "tug"] for key in KEYS[:-1]], "key,answer", "缺少 1 题"), ([*TRUTH.items(), ("S00", "tug")], "key,answer", "第 22 行"),
    ([("X", "tug")], "key,answer", "第 2 行"), ([("S00", "")], "key,answer", "第 2 行"), ([("S00", "tug")], "key,said", "第 1 行"),
    ([("S00", "t" * 65)], "编号,答案", "第 2 行")])
@covers("R112")
def test_a_table_of_answers_that_does_not_fit_is_refused_with_its_line(rows: list[Any], heading: str, line: str) -> None:
    rfq, _ = challenged()
    listing = negotiable(seller=make_organization())
    fault = refused("trading.challenge.file", give_quote, rfq=rfq, listing=listing, price_fen=1, actor=seller_of(listing),
                    answers=table([[*row] for row in rows], heading))
    assert line in fault.errors[0].text[0] and fault.errors[0].field == "answers"


@pytest.mark.parametrize(("more", "field"), [
    ({"questions": table}, "questions"), ({"weight": 95}, "weight"), ({"least_ppm": 1_000_001}, "least"),
    ({"measure": "beauty"}, "measure")])
@covers("R112")
def test_criteria_that_do_not_fit_are_refused_by_field(more: dict[str, Any], field: str) -> None:
    if more.get("questions") is table:
        more = {"questions": table([[key, "1"] for key in KEYS], "key,answer")}
    with pytest.raises(Rejected) as caught:
        challenged(**more)
    assert caught.value.errors[0].field == field
    assert not Rfq.objects.filter(challenge__isnull=False).exists()


@covers("R112")
def test_numbers_are_asked_for_where_numbers_are_marked() -> None:
    sizes = {key: str(place) for place, key in enumerate(KEYS)}
    rfq, _ = challenged(measure="skill", answers=table(sizes))
    listing = negotiable(seller=make_organization())
    refused("trading.challenge.file", give_quote, rfq=rfq, listing=listing, price_fen=1, actor=seller_of(listing), answers=answered(0))
    give_quote(rfq=rfq, listing=listing, price_fen=1, actor=seller_of(listing), answers=table(sizes), clock=MARKET_CLOCK)
    assert shown(closed(rfq))[0].mark_ppm == 1_000_000


@covers("R112")
def test_a_further_round_takes_new_answers_and_marks_them_anew() -> None:
    rfq, buyer = challenged()
    first, seller = entered(rfq, 900_000, 9)
    held = closed(rfq)
    next_round(rfq=held, closes_at=MARKET_CLOCK.now() + timedelta(hours=24), actor=buyer, clock=MARKET_CLOCK)
    give_quote(rfq=rfq, listing=first.listing, price_fen=850_000, answers=answered(1), actor=seller, clock=MARKET_CLOCK)
    rows = shown(closed(rfq, hours=24))
    assert [(row.mark_percent, row.quote.price_fen) for row in rows] == [("95.00%", 850_000)]


@covers("R112", "T39")
def test_the_answers_are_the_buyers_until_the_decision_then_those_who_entered_may_check() -> None:
    rfq, buyer = challenged()
    quote, seller = entered(rfq, 900_000, 2)
    other = make_organization()
    held = closed(rfq)
    assert answers_open_to(held, buyer.organization_id) and not answers_open_to(held, seller.organization_id)
    challenge = challenge_of(held)
    assert challenge is not None
    chosen = entry_of(held, challenge, shown(held)[0].number, at=MARKET_CLOCK.now())
    won = award_rfq(rfq=held, quote=chosen, actor=buyer, clock=MARKET_CLOCK)
    assert answers_open_to(won, seller.organization_id) and not answers_open_to(won, other.pk) and not answers_open_to(won, None)
    with pytest.raises(Rejected):
        entry_of(held, challenge, 9, at=MARKET_CLOCK.now())
    assert quote.pk == chosen.pk
