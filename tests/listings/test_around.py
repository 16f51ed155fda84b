"""What people do around a listing (D8): watching it is told of what changes, questions are public and answered, both keep their limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from compliance.models import Case
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion, Question, Watch
from listings.operations import (
    answer_question,
    ask_question,
    draft_version,
    hide_question,
    save_draft,
    show_question,
    submit_listing,
    suspend_listing,
    unwatch_listing,
    watch_listing,
    withdraw_question,
)
from participants.models import Notice, User
from participants.roles import Role
from tests.factories import make_actor, make_user
from tests.listings.worlds import Seller, desk_decides, make_draft, make_listed, make_seller
from tests.threads import together
from tests.trading import worlds as floor

pytestmark = pytest.mark.django_db

ASKED = "数据按哪个口径统计停运的充电桩？"


def told(actor: Actor, kind: str) -> list[str]:
    rows = Notice.objects.filter(organization_id=actor.organization_id, kind=kind).order_by("seq")
    return list(rows.values_list("text_zh", flat=True))


def listed() -> tuple[Listing, Seller]:
    seller = make_seller()
    return make_listed(seller), seller


def untold() -> list[str]:
    """Moves of this file's objects that no fact tells, and personal numbers in any fact (the factories' own rows are not asked)."""
    return [one.text for one in check_all(only=("I17", "I30")).violations if one.id == "I30" or "QST-" in one.text]


@covers("D5", "D8")
def test_whoever_watches_is_told_of_the_halt_with_its_reason_and_of_the_return_and_nobody_else_is() -> None:
    one, seller = listed()
    watcher, other = make_actor(Role.BUYER), make_actor(Role.BUYER)
    watch_listing(listing=one, actor=watcher, clock=seller.clock)
    hold = suspend_listing(listing=one, reason=("核对来源材料", "Checking papers"), actor=make_actor(Role.COMPLIANCE_OFFICER),
                           clock=seller.clock)
    drain()
    (text,) = told(watcher, "listings.watch.suspended")
    assert "核对来源材料" in text and told(other, "listings.watch.suspended") == []
    assert hold.listing_id == one.pk


@covers("D5", "D8")
@pytest.mark.parametrize(("price", "said"), [(4_800_000, "更新到第 2 版"), (5_200_000, "由 ¥48,000 变为 ¥52,000")])
def test_a_new_version_is_told_with_the_price_before_and_after(price: int, said: str) -> None:
    from listings.watching import words_of_version

    one, _ = listed()
    first = one.version
    assert first is not None and words_of_version(first) is None, "a first version is news to nobody"
    ListingVersion.objects.filter(pk=first.pk).update(status="superseded")
    second = ListingVersion(listing=one, number=2, title_zh=first.title_zh, price_fen=price)
    zh, en = words_of_version(second) or ("", "")
    assert said in zh and "version 2" in en


@covers("D5", "D8")
def test_a_version_that_is_published_later_is_told_to_whoever_watches() -> None:
    one, seller = listed()
    watcher = make_actor(Role.BUYER)
    watch_listing(listing=one, actor=watcher, clock=seller.clock)
    draft = draft_version(listing=one, actor=seller.actor, clock=seller.clock)
    draft = save_draft(version=draft, edit_version=draft.edit_version, changes={"price_fen": 5_200_000}, actor=seller.actor,
                       clock=seller.clock)
    version = submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    if version.status == "submitted":
        desk_decides(version, "approve", seller.clock)
    drain()
    (text,) = told(watcher, "listings.watch.version")
    assert "由 ¥48,000 变为 ¥52,000" in text and "第 2 版" in text


@covers("D8")
def test_a_lot_of_a_watched_listing_is_told_with_its_room() -> None:
    floor.stand_still()
    one = floor.make_listing()
    watcher = make_actor(Role.BUYER)
    watch_listing(listing=one, actor=watcher, clock=MARKET_CLOCK)
    lot = floor.make_lot(one)
    drain()
    notice = Notice.objects.get(organization_id=watcher.organization_id, kind="listings.watch.lot")
    assert lot.code in notice.text_zh and notice.href == f"/trading/lots/{lot.code}/"


@covers("D8")
def test_watching_twice_is_once_and_after_the_end_nothing_is_told() -> None:
    one, seller = listed()
    watcher = make_actor(Role.BUYER)
    first = watch_listing(listing=one, actor=watcher, clock=seller.clock)
    assert watch_listing(listing=one, actor=watcher, clock=seller.clock) == first
    assert Record.objects.filter(kind="listings.watch.begun").count() == 1
    seller.clock.advance(timedelta(hours=1))
    unwatch_listing(listing=one, actor=watcher, clock=seller.clock)
    unwatch_listing(listing=one, actor=watcher, clock=seller.clock)
    suspend_listing(listing=one, reason=("核对来源材料", ""), actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    drain()
    assert told(watcher, "listings.watch.suspended") == []
    assert watch_listing(listing=one, actor=watcher, clock=seller.clock) != first, "a new spell is a row of its own"
    with pytest.raises(Rejected) as own:
        watch_listing(listing=one, actor=seller.actor, clock=seller.clock)
    assert own.value.code == "listings.watch.own"
    draft = make_draft(seller)
    with pytest.raises(Rejected) as hidden:
        watch_listing(listing=draft.listing, actor=watcher, clock=seller.clock)
    assert hidden.value.code == "listings.watch.not_on_shelf"


@covers("D8")
def test_a_question_is_public_answered_by_the_seller_alone_and_told_to_both() -> None:
    one, seller = listed()
    asker, stranger = make_actor(Role.BUYER), make_actor(Role.DATA_MERCHANT)
    asked = ask_question(listing=one, text=ASKED, actor=asker, clock=seller.clock)
    assert asked.due_at is not None and asked.due_at > seller.clock.now() + timedelta(days=4)
    with pytest.raises(Rejected) as foreign:
        answer_question(question=asked, answer="我来答。", actor=stranger, clock=seller.clock)
    assert foreign.value.code == "participants.object.absent"
    done = answer_question(question=asked, answer="按连续停运七日以上统计。", actor=seller.actor, clock=seller.clock)
    assert (done.status, done.due_at) == ("answered", None)
    assert len(told(asker, "listings.question.moved")) == 1
    with pytest.raises(Rejected) as late:
        withdraw_question(question=asked, actor=asker, clock=seller.clock)
    assert late.value.code == "listings.question.illegal_move"
    payload = Record.objects.get(kind="listings.question.asked", subject=asked.code).payload
    assert ASKED not in str(payload) and len(payload["text_sha256"]) == 64
    drain()
    assert untold() == []


@covers("D8", "I30")
@pytest.mark.parametrize("text", ["请联系 13800138000 谈价格", "发到 someone@example.com 就行", "短", ""])
def test_a_text_for_everyone_holds_no_number_that_reaches_a_person_and_says_something(text: str) -> None:
    one, seller = listed()
    with pytest.raises(Rejected) as refused:
        ask_question(listing=one, text=text, actor=make_actor(Role.BUYER), clock=seller.clock)
    assert refused.value.code == "listings.question.faulty" and refused.value.errors[0].field == "text"


@covers("D8")
def test_three_questions_of_one_asker_wait_at_a_listing_and_a_seller_asks_itself_nothing() -> None:
    one, seller = listed()
    asker = make_actor(Role.BUYER)
    waiting = [ask_question(listing=one, text=f"{ASKED}{n}", actor=asker, clock=seller.clock) for n in range(3)]
    with pytest.raises(Rejected) as fourth:
        ask_question(listing=one, text=ASKED, actor=asker, clock=seller.clock)
    assert fourth.value.code == "listings.question.too_many_open"
    withdraw_question(question=waiting[0], actor=asker, clock=seller.clock)
    assert ask_question(listing=one, text=ASKED, actor=asker, clock=seller.clock).status == "open"
    with pytest.raises(Rejected) as own:
        ask_question(listing=one, text=ASKED, actor=seller.actor, clock=seller.clock)
    assert own.value.code == "listings.question.own"


@covers("D8")
def test_what_the_desk_hides_says_why_and_goes_back_where_it_was() -> None:
    one, seller = listed()
    asked = ask_question(listing=one, text=ASKED, actor=make_actor(Role.BUYER), clock=seller.clock)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    with pytest.raises(Rejected) as silent:
        hide_question(question=asked, reason="", actor=officer, clock=seller.clock)
    assert silent.value.code == "listings.question.reason_missing"
    with pytest.raises(Rejected) as seller_hides:
        hide_question(question=asked, reason="我们不想回答。", actor=seller.actor, clock=seller.clock)
    assert seller_hides.value.code == "participants.permission.denied"
    assert hide_question(question=asked, reason="含有广告内容", actor=officer, clock=seller.clock).due_at is None
    shown = show_question(question=asked, actor=officer, clock=seller.clock)
    assert (shown.status, shown.hidden_reason) == ("open", "") and shown.due_at is not None
    answer_question(question=asked, answer="按连续停运七日以上统计。", actor=seller.actor, clock=seller.clock)
    hide_question(question=asked, reason="含有广告内容", actor=officer, clock=seller.clock)
    assert show_question(question=asked, actor=officer, clock=seller.clock).status == "answered"
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=asked.pk).update(text="改口")
    drain()
    assert untold() == []


@covers("D8")
def test_the_page_lets_a_visitor_read_a_buyer_ask_the_seller_answer_and_the_desk_hide() -> None:
    floor.stand_still()
    one = floor.make_listing()
    seller, buyer, officer = (make_user(Role.DATA_MERCHANT, organization=one.organization), make_user(Role.BUYER),
                              make_user(Role.COMPLIANCE_OFFICER))

    def browser(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client

    page = f"/listings/{one.code}/"
    assert "登录后可以提问" in browser(None).get(page).content.decode()
    kept = browser(buyer)
    kept.post(f"{page}ask/", {"text": "打 13800138000"})
    again = kept.get(page).content.decode()
    assert "listings.question.faulty" in again and "打 13800138000" in again, "what was typed stands in the form"
    assert kept.post(f"{page}ask/", {"text": ASKED})["Location"].endswith("#questions")
    asked = Question.objects.get()
    assert ASKED in browser(None).get(page).content.decode()
    assert buyer.acting_for is not None and buyer.acting_for.called not in browser(None).get(page).content.decode(), "askers are not named"
    assert ASKED in browser(seller).get("/desk/questions/").content.decode()
    browser(seller).post(f"/desk/questions/{asked.code}/answer/", {"answer": "按连续停运七日以上统计。"})
    assert "按连续停运七日以上统计" in browser(None).get(page).content.decode()
    assert browser(buyer).post(f"/desk/questions/{asked.code}/hide/", {"reason": "不喜欢这个答复"}).status_code == 403
    browser(officer).post(f"/desk/questions/{asked.code}/hide/", {"reason": "含有广告内容"})
    hidden = browser(None).get(page).content.decode()
    assert ASKED not in hidden and "含有广告内容" in hidden
    kept.post(f"{page}watch/", {})
    assert Watch.objects.filter(organization=buyer.acting_for, ended_at__isnull=True).exists()
    assert one.code in kept.get("/desk/watches/").content.decode() and "已关注" in kept.get(page).content.decode()
    kept.post(f"{page}watch/", {"off": "1", "to": "/desk/watches/"})
    assert "还没有关注的产品" in kept.get("/desk/watches/").content.decode()


@covers("D8")
@pytest.mark.django_db(transaction=True)
def test_watching_at_the_same_instant_is_one_spell_and_one_fact() -> None:
    one, seller = listed()
    watcher = make_actor(Role.BUYER)
    answers = together([lambda: watch_listing(listing=one, actor=watcher, clock=seller.clock)] * 4)
    assert len({row.code for row in answers}) == 1, answers
    assert Watch.objects.count() == Record.objects.filter(kind="listings.watch.begun").count() == 1


@pytest.mark.django_db(transaction=True)
def test_looking_first_and_then_writing_watches_twice() -> None:
    """The mutant: without the key of the database, two looks see nothing and both write."""
    import threading

    one, _ = listed()
    watcher = make_actor(Role.BUYER)
    barrier = threading.Barrier(2)

    def naive() -> str:
        known = Watch.objects.filter(listing=one, organization_id=watcher.organization_id, ended_at__isnull=True).exists()
        barrier.wait()
        return "known" if known else "writes"

    assert together([naive, naive]) == ["writes", "writes"], "the key alone keeps the second from standing"
    assert SYSTEM.is_system


@covers("T48", "R84", "D8")
@pytest.mark.parametrize(("question", "answer", "place"), [
    ("里面有没有国 家 秘 密的目录？", "", "文字 [5–12]"),
    ("包含哪些字段，能否说明？", "另附 guojiamimi 目录，请洽。", "答复"),
    ("除此之外还有国家", "秘密目录一份，可以另谈。", "文字＋答复"),
])
def test_a_forbidden_matter_is_not_offered_in_a_question_or_its_answer_beside_a_clean_listing(
        question: str, answer: str, place: str) -> None:
    """The listing was screened and is clean; the naive page shows whatever is said beside it."""
    one, seller = listed()
    asker, officer = make_actor(Role.BUYER), make_actor(Role.COMPLIANCE_OFFICER)
    asked = ask_question(listing=one, text=question, actor=asker, clock=seller.clock)
    if answer:
        assert asked.status == "open"
        asked = answer_question(question=asked, answer=answer, actor=seller.actor, clock=seller.clock)
    assert (asked.status, asked.due_at) == ("hidden", None) and "NL-P-01" in asked.hidden_reason and "秘" not in asked.hidden_reason
    case = Case.objects.get(subject_code=asked.code)
    party = seller.organization.pk if answer else asker.organization_id
    assert (case.queue, case.flags, case.organization_id) == ("compliance", ["terms"], party)
    assert any(place in line.text for line in case.entries.all())
    assert "已隐藏" in told(seller.actor, "listings.question.moved")[-1], "nobody is asked to answer what nobody may read"
    shown = show_question(question=asked, actor=officer, clock=seller.clock)
    assert shown.status == ("answered" if answer else "open"), "a person decides: what only sounds like it goes back"
    drain()
    assert untold() == []
