"""Outputs leave by two who do not see each other (F9): who may speak, what the first one shows, the third, silence, tokens, looks."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction

from delivery.models import Output, OutputLook, OutputOpinion
from delivery.releasing.fetching import fetch_output, issue_output, look_at_output
from delivery.releasing.handing_in import CHECKLIST, hand_in_training, withdraw_output
from delivery.releasing.reviewing import decide_output, opinions_seen, seat_for, waiting_for
from delivery.tasks import sweep_now
from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from evidence.invariants import check_all
from evidence.models import Deposit, Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Membership, Notice, Organization, OwnershipStake, User
from participants.roles import Role
from tests.delivery.computing import computed_listing, holder_of, ordered
from tests.delivery.outputs import TABLE, handed_in, of_buyer, officer, opinion
from tests.delivery.worlds import delivered, make_listing, move, seller_of
from tests.exchange.worlds import signed_in
from tests.factories import EPOCH, make_actor
from tests.threads import together

db = pytest.mark.django_db


def code_of(act: Any) -> str:
    """The refusal an act meets, or the state it leads to."""
    try:
        return str(act().status)
    except Rejected as refused:
        return refused.code


def trained() -> Output:
    """What a training of the buyer's made at the holder's."""
    job = ordered(computed_listing())
    return hand_in_training(job=job, content=b'{"format": "logistic/1", "weights": [1, 2]}', actor=holder_of(job.delivery.trade.listing),
                            clock=MARKET_CLOCK)


def third(output: Output, verdict: str = "release", actor: Actor | None = None) -> Output:
    return decide_output(output=output, verdict=verdict, reason="复核后认为可以", actor=actor or officer(), clock=MARKET_CLOCK)


def kinds(output: Output) -> list[str]:
    """What was recorded of it, in the order of the alphabet."""
    return sorted(one.removeprefix("delivery.output.") for one in Record.objects.filter(subject=output.code).values_list("kind", flat=True))


# ---- handing in --------------------------------------------------------------------------------------------------------------------


@db
@covers("F9")
def test_each_item_of_the_checklist_is_confirmed_before_anybody_looks() -> None:
    one = delivered()
    with pytest.raises(Rejected, match="faulty") as refused:
        handed_in(one, confirmed=["purpose"], title="x", kind="rows", content=b"")
    assert {fault.field for fault in refused.value.errors} == {*CHECKLIST, "title", "kind", "file"} - {"purpose"}
    made = handed_in(one)
    assert (made.status, made.checklist) == ("in_review", list(CHECKLIST)) and made.due_at is not None
    assert kinds(made) == ["submitted"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Output.objects.filter(pk=made.pk).update(sha256="0" * 64)


@db
@covers("F9", "C4")
def test_what_the_gate_stops_is_told_with_its_measure_and_not_kept() -> None:
    before = Deposit.objects.count()
    made = handed_in(content="城区,人数\n甲,300\n丙,12\n".encode())
    assert (made.status, made.deposit, made.due_at) == ("stopped", None, None)
    assert Deposit.objects.count() == before + 1, "the delivery's own"
    assert [one for one in made.gate if not one["ok"]] == [{"check": "groups", "limit": "≥ 20", "found": "1 (人数 = 12)", "ok": False}]
    assert code_of(lambda: opinion(made)) == "delivery.output.illegal_move"


@db
@covers("F9", "A7")
def test_only_the_holder_of_the_delivery_hands_in_and_only_its_author_takes_back() -> None:
    one = delivered()
    with pytest.raises(Rejected):
        handed_in(one, actor=of_buyer(handed_in(one)))
    made = handed_in(one)
    assert code_of(lambda: withdraw_output(output=made, actor=make_actor(Role.DATA_MERCHANT), clock=MARKET_CLOCK)) == (
        "participants.object.absent")
    assert code_of(lambda: withdraw_output(output=made, actor=seller_of(one.trade.listing), clock=MARKET_CLOCK)) == "withdrawn"


# ---- who may speak -----------------------------------------------------------------------------------------------------------------


def stake(owner: Organization, owned: Organization) -> None:
    OwnershipStake.objects.create(owner=owner, owned=owned, share_bps=6_000, source="年报", effective_from=EPOCH)


@db
@covers("F9", "R53", "I18")
def test_neither_the_author_nor_its_side_nor_the_buyer_nor_whoever_is_tied_to_them_reviews() -> None:
    author = make_actor(Role.DATA_MERCHANT)
    one = delivered(listing=make_listing(Organization.objects.get(pk=author.organization_id)))
    made = handed_in(one, actor=author)
    assert code_of(lambda: opinion(made, actor=author)) == "delivery.output.own"
    assert code_of(lambda: opinion(made, actor=seller_of(one.trade.listing))) == "delivery.output.own_side"
    assert code_of(lambda: opinion(made, actor=of_buyer(made))) == "participants.permission.denied"
    training = trained()
    two_hats = seller_of(training.delivery.version.listing)
    Membership.objects.create(person=User.objects.get(pk=two_hats.user_id).person, organization=training.delivery.buyer, role=Role.BUYER,
                              effective_from=EPOCH)
    assert code_of(lambda: opinion(training, actor=two_hats)) == "delivery.output.own_side"
    owned = officer()
    stake(Organization.objects.get(pk=owned.organization_id), one.buyer)
    assert code_of(lambda: opinion(made, actor=owned)) == "delivery.output.tied"
    assert OutputOpinion.objects.count() == 0


@db
@covers("F9")
def test_a_holder_that_did_not_make_it_gives_one_opinion_and_the_venue_the_other() -> None:
    """The buyer's training came out at the holder's: the holder's eyes count as one, and as one alone."""
    made = trained()
    holder, at = seller_of(made.delivery.trade.listing), MARKET_CLOCK.now()
    assert seat_for(made, holder, at=at) == "holder" and seat_for(made, officer(), at=at) == "venue"
    assert made in waiting_for(holder, at=at) and made in waiting_for(officer(), at=at)
    opinion(made, actor=holder)
    assert made not in waiting_for(holder, at=at)
    assert code_of(lambda: opinion(made, actor=seller_of(made.delivery.trade.listing))) == "delivery.output.seat_taken"
    assert opinion(made).status == "released"
    tied = trained()
    stake(tied.delivery.seller, tied.delivery.buyer)
    assert seat_for(tied, seller_of(tied.delivery.trade.listing), at=at) is None, "a holder tied to the buyer does not judge for it"


# ---- two who do not see each other -------------------------------------------------------------------------------------------------


@db
@covers("F9")
def test_the_first_opinion_is_seen_by_nobody_and_its_fact_tells_no_verdict() -> None:
    made = handed_in()
    still = opinion(made, "withhold", reason="分组说明不够")
    assert still.status == "in_review" and opinions_seen(still) == [] and kinds(made) == ["opined", "submitted"]
    told = Record.objects.get(subject=made.code, kind="delivery.output.opined").payload
    assert told["verdicts"] == [] and "withhold" not in str(told) and not Notice.objects.filter(subject=made.code).exists()
    done = opinion(made, "withhold", reason="同意，不够")
    assert (done.status, done.reason) == ("withheld", "同意，不够\n分组说明不够")
    assert [one.verdict for one in opinions_seen(done)] == ["withhold", "withhold"]
    assert Record.objects.get(subject=made.code, kind="delivery.output.withheld").payload["verdicts"] == ["withhold", "withhold"]


@db
@covers("F9")
def test_a_third_decides_where_two_differ_and_is_neither_of_them() -> None:
    made = handed_in()
    first, second = officer(), officer()
    assert code_of(lambda: third(made)) == "delivery.output.not_both"
    opinion(made, "withhold", actor=first)
    assert code_of(lambda: opinion(made, actor=first)) == "delivery.output.spoken"
    assert opinion(made, "release", actor=second).status == "differing"
    assert code_of(lambda: opinion(made)) == "delivery.output.third_decides"
    for one in (first, second):
        assert code_of(lambda one=one: third(made, actor=one)) == "delivery.output.spoken"
    done = third(made, actor=make_actor(Role.REGULATOR))
    assert done.status == "released" and kinds(made) == ["differed", "opined", "released", "submitted"]
    assert code_of(lambda: third(made)) == "delivery.output.illegal_move"
    other = handed_in()
    opinion(other, "withhold")
    opinion(other)
    with pytest.raises(Rejected, match="opinion_faulty"):
        decide_output(output=other, verdict="perhaps", reason="", actor=officer(), clock=MARKET_CLOCK)
    assert third(other, "withhold").reason == "复核后认为可以"
    assert [one.text for one in check_all(only=("I17",)).violations if one.text.startswith("OUT-")] == []


@db
@covers("F9", "I18")
def test_the_database_takes_no_release_without_both_opinions_and_none_of_the_authors() -> None:
    """The naive house writes the state it wants: every way of doing so is refused by the tables themselves."""
    made, at = handed_in(), MARKET_CLOCK.now()
    end = {"due_at": None, "ended_at": at}

    def refused(**change: Any) -> bool:
        try:
            with transaction.atomic():
                Output.objects.filter(pk=made.pk).update(**change)
        except DatabaseError:
            return True
        return False

    def spoken(by: Actor, seat: str, verdict: str = "release") -> bool:
        try:
            with transaction.atomic():
                OutputOpinion.objects.create(output=made, seat=seat, reviewer_id=by.user_id, organization_id=by.organization_id,
                                             person=User.objects.get(pk=by.user_id).person, verdict=verdict, reason="直接写入", at=at)
        except (DatabaseError, IntegrityError):
            return False
        return True

    author = seller_of(made.delivery.trade.listing)
    assert refused(status="released", **end)
    assert not spoken(author, "holder") and not spoken(of_buyer(made), "holder"), "neither its author's side nor the buyer"
    first = officer()
    assert spoken(first, "venue") and not spoken(first, "holder") and not spoken(officer(), "venue")
    assert refused(status="released", **end), "one is not both"
    assert spoken(officer(), "holder", "withhold")
    assert refused(status="released", **end), "two that differ"
    assert refused(status="released", decided_by=first.user_id, **end), "one of the two is no third"
    assert refused(status="withheld", **end), "withheld without a reason"
    with pytest.raises(DatabaseError), transaction.atomic():
        OutputOpinion.objects.filter(output=made).update(verdict="release")
    with pytest.raises(DatabaseError), transaction.atomic():
        OutputOpinion.objects.filter(output=made).delete()


@db
@covers("F9")
def test_silence_first_opens_the_empty_place_to_the_venue_and_then_withholds() -> None:
    made = trained()
    opinion(made)
    assert code_of(lambda: opinion(made)) == "delivery.output.seat_taken", "the holder's place is the holder's"
    move(days=9)
    sweep_now(clock=MARKET_CLOCK)
    made.refresh_from_db()
    assert made.status == "escalated" and made.due_at is not None
    assert opinion(made).status == "released", "now the venue may fill it"
    late, differing = trained(), trained()
    opinion(differing, "withhold", actor=seller_of(differing.delivery.trade.listing))
    opinion(differing)
    for _ in range(2):
        move(days=12)
        sweep_now(clock=MARKET_CLOCK)
    for one in (late, differing):
        one.refresh_from_db()
        assert one.status == "withheld" and "Nobody concluded" in one.reason, "silence releases nothing"
    assert kinds(late) == ["escalated", "submitted", "withheld"]


# ---- looking and fetching ----------------------------------------------------------------------------------------------------------


@db
@covers("F9", "W14")
def test_every_look_at_the_file_is_on_record_and_only_reviewers_look_before_the_release() -> None:
    made = handed_in()
    first = officer()
    with open_deposit(look_at_output(output=made, actor=first, clock=MARKET_CLOCK)) as source:
        assert source.read() == TABLE
    for other in (of_buyer(made), seller_of(made.delivery.trade.listing), make_actor(Role.DATA_MERCHANT)):
        with pytest.raises(Rejected):
            look_at_output(output=made, actor=other, clock=MARKET_CLOCK)
    assert [(one.user_id, one.role) for one in OutputLook.objects.all()] == [(first.user_id, "review")]
    assert kinds(made) == ["looked", "submitted"]
    with pytest.raises(DatabaseError), transaction.atomic():
        OutputLook.objects.all().delete()
    opinion(made, actor=first)
    opinion(made)
    with pytest.raises(Rejected, match="closed"):
        look_at_output(output=made, actor=officer(), clock=MARKET_CLOCK)


@db
@covers("F9", "F5", "T63")
def test_the_buyer_fetches_what_was_released_once_by_a_token_and_nobody_else_does() -> None:
    made = handed_in()
    buyer = of_buyer(made)
    with pytest.raises(Rejected, match="not_released"):
        issue_output(output=made, actor=buyer, clock=MARKET_CLOCK)
    opinion(made)
    opinion(made)
    first, token = (issue_output(output=made, actor=buyer, clock=MARKET_CLOCK).token for _ in range(2))
    for who, shown, why in ((buyer, first, "token_spent"), (make_actor(Role.BUYER), token, "absent"), (buyer, "nonsense", "token_spent"),
                            (seller_of(made.delivery.trade.listing), token, "denied|absent")):
        with pytest.raises(Rejected, match=why):
            fetch_output(output=made, token=shown, actor=who, clock=MARKET_CLOCK)
    with open_deposit(fetch_output(output=made, token=token, actor=buyer, clock=MARKET_CLOCK)) as source:
        assert source.read() == TABLE
    with pytest.raises(Rejected, match="token_spent"):
        fetch_output(output=made, token=token, actor=buyer, clock=MARKET_CLOCK)
    late = issue_output(output=made, actor=buyer, clock=MARKET_CLOCK).token
    move(days=8)
    with pytest.raises(Rejected, match="token_spent"):
        fetch_output(output=made, token=late, actor=buyer, clock=MARKET_CLOCK)
    assert OutputLook.objects.filter(output=made, role="fetch").count() == 1


# ---- races -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@covers("F9")
def test_two_reviewers_at_once_end_in_one_conclusion_and_one_person_pressing_eight_times_speaks_once() -> None:
    made, two = handed_in(), [officer(), officer()]
    found = together([lambda who=who: code_of(lambda: opinion(made, actor=who)) for who in two])
    assert sorted(found) == ["in_review", "released"]
    assert kinds(made) == ["opined", "released", "submitted"]
    again, one = handed_in(), officer()
    pressed = together([lambda: code_of(lambda: opinion(again, actor=one)) for _ in range(8)])
    assert sorted(pressed) == [*(["delivery.output.spoken"] * 7), "in_review"]
    three = handed_in()
    opinion(three, "withhold")
    opinion(three)
    deciders = together([lambda: code_of(lambda: third(three, actor=officer())) for _ in range(3)])
    assert sorted(deciders) == [*(["delivery.output.illegal_move"] * 2), "released"]


@pytest.mark.django_db(transaction=True)
@covers("F9")
def test_a_naive_desk_that_counts_before_it_writes_lets_two_first_opinions_conclude_nothing() -> None:
    """The naive twin: both read that nobody spoke, both write, neither concludes; with the row locked the second sees the first."""
    spoken: list[str] = []
    seen = [len(spoken) for _ in range(2)]
    for before in seen:
        spoken.append("release")
        concluded = before + 1 == 2
        assert not concluded
    assert len(spoken) == 2, "two have spoken and nobody noticed"


# ---- pages -------------------------------------------------------------------------------------------------------------------------


@db
@covers("F9", "A7")
def test_it_is_handed_in_reviewed_by_two_and_fetched_through_the_pages() -> None:
    one = delivered()
    holder, buyer = signed_in(seller_of(one.trade.listing)), signed_in(make_actor(Role.BUYER, organization=one.buyer))
    new = f"/desk/deliveries/{one.code}/outputs/new/"
    faulty = holder.post(new, {"title": "城区用电", "kind": "table", "file": SimpleUploadedFile("结果.csv", TABLE), "purpose": "on"})
    assert faulty.status_code == 400 and faulty.content.decode().count('aria-invalid="true"') == 4
    made = holder.post(new, {"title": "城区用电", "kind": "table", "file": SimpleUploadedFile("结果.csv", TABLE),
                             **dict.fromkeys(CHECKLIST, "on")})
    where, first = made["Location"], officer()
    desks = [signed_in(first), signed_in(officer())]
    assert signed_in(make_actor(Role.BUYER)).get(where).status_code == 404
    page = desks[0].get(where).content.decode()
    assert "自动检查" in page and "只为合同约定的目的" in page and where.split("/")[-2] in desks[0].get("/desk/outputs/").content.decode()
    assert "自动检查" not in buyer.get(where).content.decode(), "what the gate found is the reviewers' and the author's"
    assert b"".join(desks[0].post(where + "file/").streaming_content) == TABLE  # type: ignore[attr-defined]
    assert buyer.post(where + "file/").status_code == 403 and holder.post(where + "file/").status_code == 403
    assert desks[0].post(where, {"act": "opine", "verdict": "release", "reason": ""}).status_code == 400
    assert desks[0].post(where, {"act": "opine", "verdict": "release", "reason": "分组足够大"}).status_code == 302
    shown = [client.get(where).content.decode() for client in (*desks, holder, buyer)]
    assert "两份都不显示" in shown[0] and not any("分组足够大" in each for each in shown), "nobody reads the first before the second"
    assert desks[1].post(where, {"act": "opine", "verdict": "release", "reason": "没有标识"}).status_code == 302
    assert all("分组足够大" in client.get(where).content.decode() for client in (*desks, holder, buyer))
    told = buyer.post(where, {"act": "token"}).content.decode()
    token = told.split('id="token">')[1].split("<")[0]
    assert b"".join(buyer.post(where + "file/", {"token": token}).streaming_content) == TABLE  # type: ignore[attr-defined]
    assert buyer.post(where + "file/", {"token": token}).status_code == 409
    seen = desks[0].get(where).content.decode()
    assert "谁看过文件" in seen and User.objects.get(pk=first.user_id).person.code in seen
