"""The supervision desk: who comes in, queues by deadline, case files, decisions with rule and reason, the trade on one page."""

from __future__ import annotations

import pytest
from django.test import Client

from compliance.models import Case, ConductCase
from compliance.tasks import act_on_deadlines
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from listings.models import ListingVersion
from listings.submitting import open_row
from participants.roles import Role
from tests.exchange.worlds import rich_listing, signed_in, sold
from tests.factories import make_actor
from tests.trading.conftest import floor  # noqa: F401 (the floor's standing clock)
from tests.trading.worlds import make_buyer, move

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def in_review(depth: str = "amber") -> ListingVersion:
    """A second version of a listing, submitted and waiting for its first reviewer."""
    listing = rich_listing()
    first = listing.version
    assert first is not None
    fields = {
        f.attname: getattr(first, f.attname)
        for f in ListingVersion._meta.concrete_fields
        if f.name not in {"id", "code", "number", "status"}
    }
    version = ListingVersion.objects.create(
        **fields | {"code": "LSV-7K3QW9ZD2Z", "number": 2, "status": "draft", "summary_zh": "补充了航线组", "depth": depth}
    )
    version.status = "submitted"
    version.save(update_fields=["status"])
    open_row(version, 1, at=MARKET_CLOCK.now())
    return version


def officer() -> Client:
    return signed_in(make_actor(Role.COMPLIANCE_OFFICER))


def regulator(*capabilities: str) -> Client:
    return signed_in(make_actor(Role.REGULATOR, capabilities=list(capabilities)))


PAGES = ("/admin/", "/admin/queue/reviews/", "/admin/queue/trades/", "/admin/queue/conduct/")


@pytest.mark.parametrize("path", PAGES)
def test_the_desk_is_closed_to_parties_and_sends_visitors_to_the_one_door(client: Client, path: str) -> None:
    assert signed_in(make_buyer()).get(path).status_code == 403
    answer = client.get(path)
    assert answer.status_code == 302 and "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("kind", ["reviews", "registrations", "filings", "trades", "conduct", "cases"])
def test_every_queue_opens(kind: str) -> None:
    assert regulator().get(f"/admin/queue/{kind}/").status_code == 200


def test_a_superuser_flag_opens_nothing() -> None:
    from participants.models import User

    buyer = make_buyer()
    User.objects.filter(pk=buyer.user_id).update(is_staff=True, is_superuser=True)
    assert signed_in(buyer).get("/admin/").status_code == 403


def test_the_next_case_is_the_one_with_the_nearest_deadline_that_i_may_take() -> None:
    version = in_review()
    assert f"/admin/cases/{version.code}/" in text(officer().get("/admin/"))
    assert f'btn-primary" href="/admin/cases/{version.code}/' not in text(regulator().get("/admin/"))


def test_an_amber_version_is_claimed_and_decided_on_its_page() -> None:
    version, desk = in_review(), officer()
    address = f"/admin/cases/{version.code}/"
    assert "领取本件" in text(desk.get(address))
    assert desk.post(address, {"act": "claim"}).status_code == 302
    assert "初审决定" in text(desk.get(address))
    assert desk.post(address, {"act": "approve", "rules": "挂牌规则 第6条", "reason": "材料齐全，同意"}).status_code == 302
    version.refresh_from_db()
    assert version.status in {"approved", "published"}


def test_a_decision_without_rule_or_reason_is_refused_and_what_was_typed_is_kept() -> None:
    version, desk = in_review(), officer()
    address = f"/admin/cases/{version.code}/"
    desk.post(address, {"act": "claim"})
    answer = desk.post(address, {"act": "approve", "rules": "", "reason": "这段话不能丢"})
    assert answer.status_code >= 400 and "这段话不能丢" in text(answer) and "listings.review.rule_missing" in text(answer)


@covers("R32", "I18")
def test_the_second_of_two_reads_the_first_opinion_nowhere_before_his_own_is_written() -> None:
    version, first, second = in_review("red"), regulator("review_first"), regulator("review_second")
    address, opinion = f"/admin/cases/{version.code}/", "初审同意，来源协议已核"
    first.post(address, {"act": "claim"})
    first.post(address, {"act": "approve", "rules": "NL-R-06", "reason": opinion})
    assert opinion in text(first.get(address)), "who said it may read it"
    assert opinion not in text(second.get(address)), "not before he takes the case"
    second.post(address, {"act": "claim"})
    assert opinion not in text(second.get(address)), "nor while he has written nothing"
    second.post(address, {"act": "draft", "reason": "去标识化报告待核"})
    assert opinion in text(second.get(address)), "and from then on"


def test_the_same_person_cannot_decide_a_red_version_twice() -> None:
    version, desk = in_review("red"), regulator("review_first", "review_second")
    address = f"/admin/cases/{version.code}/"
    desk.post(address, {"act": "claim"})
    assert desk.post(address, {"act": "approve", "rules": "NL-R-06", "reason": "初审同意，请复审"}).status_code == 302
    refused = desk.post(address, {"act": "claim"})
    assert refused.status_code >= 400 and "listings.review.same_person" in text(refused)
    version.refresh_from_db()
    assert version.status == "submitted"


def test_the_file_shows_difference_verdict_and_history() -> None:
    version = in_review()
    page = text(officer().get(f"/admin/cases/{version.code}/"))
    assert "补充了航线组" in page and "dx-verdict" in page and "dx-tl" in page and "声明承诺" in page


@pytest.mark.parametrize("code", ["LSV-0000000000", "XXX-0000000000", "CASE-0000000000", "TRD-0000000000"])
def test_an_unknown_case_is_not_found(code: str) -> None:
    assert regulator().get(f"/admin/cases/{code}/").status_code == 404


def test_a_trade_is_reviewed_on_one_page_and_its_price_replays() -> None:
    trade, _ = sold()
    page = text(regulator().get(f"/admin/trades/{trade.code}/review/"))
    for part in ("价格由出价重放", "卖方现状", "声明承诺", "负面清单判定", "款项", "交付", "存证", "Ed25519"):
        assert part in page, part
    replay = page[page.index("价格由出价重放") :][:200]
    assert "无异常" in replay


def test_in_order_closes_the_review() -> None:
    trade, _ = sold()
    desk = regulator()
    assert desk.post(f"/admin/trades/{trade.code}/review/", {"verdict": "in_order", "reason": "逐项一致"}).status_code == 302
    case = Case.objects.get(subject_code=trade.code)
    assert case.status == "closed" and case.outcome == "in_order" and "已复核" in text(desk.get(f"/admin/trades/{trade.code}/review/"))


def test_a_query_asks_the_seller_and_stays_open() -> None:
    trade, _ = sold()
    assert regulator().post(f"/admin/trades/{trade.code}/review/", {"verdict": "query", "reason": "请说明来源"}).status_code == 302
    assert Case.objects.get(subject_code=trade.code).status == "waiting_on_party"


def test_a_finding_opens_a_conduct_case_and_changes_nothing_else_yet() -> None:
    trade, _ = sold()
    form = {"verdict": "finding", "conduct": "resale_without_right", "reason": "转售无权数据"}
    assert regulator().post(f"/admin/trades/{trade.code}/review/", form).status_code == 302
    found = ConductCase.objects.get(subject_code=trade.code)
    trade.seller.refresh_from_db()
    assert found.conduct == "resale_without_right" and trade.seller.standing == "good"
    assert Case.objects.get(subject_code=trade.code).outcome == "finding_opened"


def test_a_finding_without_a_conduct_of_the_catalogue_is_refused_whole() -> None:
    trade, _ = sold()
    answer = regulator().post(f"/admin/trades/{trade.code}/review/", {"verdict": "finding", "conduct": "", "reason": "x"})
    assert answer.status_code >= 400 and not Case.objects.filter(subject_code=trade.code).exists()


def test_a_serious_finding_takes_two_regulators_and_then_standing_falls() -> None:
    trade, _ = sold()
    first, second = regulator(), regulator()
    first.post(f"/admin/trades/{trade.code}/review/", {"verdict": "finding", "conduct": "resale_without_right", "reason": "转售无权数据"})
    found = ConductCase.objects.get(subject_code=trade.code)
    address = f"/admin/cases/{found.code}/"
    assert first.post(address, {"act": "notify"}).status_code == 302
    move(days=30)
    act_on_deadlines(clock=MARKET_CLOCK)
    form = {"act": "decide", "severity": "serious", "measures": ["restriction"], "basis": "信用管理规则 第13条", "reason": "事实清楚"}
    assert first.post(address, form).status_code == 302
    assert first.post(address, {"act": "agree", "reason": "同意"}).status_code >= 400
    assert second.post(address, {"act": "agree", "reason": "同意"}).status_code == 302
    trade.seller.refresh_from_db()
    assert trade.seller.standing == "restricted"
