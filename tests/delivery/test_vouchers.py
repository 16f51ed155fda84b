"""Each handing-over has its voucher (Civil Code 512, R42): who, what, when, by which hash and licence; anyone checks it."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client

from delivery.models import Voucher
from delivery.operations import deliver, reject_delivery
from evidence.canonical import canonical
from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from exchange import papers
from kit.coverage import covers
from participants.models import User
from tests.delivery.test_agreements import handed_over
from tests.delivery.worlds import SHA256, buyer_of, delivered, file_of, make_buyer, seller_of

pytestmark = pytest.mark.django_db


@covers("F5", "R42", "R49")
def test_a_voucher_says_who_what_when_by_which_hash_under_which_licence() -> None:
    one, seller, buyer = handed_over()
    made = Voucher.objects.get()
    said = made.content
    assert (said["delivery"], said["trade"], said["sha256"], said["attempt"]) == (one.code, one.trade.code, SHA256, 1)
    assert (said["seller"]["code"], said["buyer"]["code"]) == (one.seller.code, one.buyer.code) and said["delivered_by"] == seller.code
    assert said["licence"]["calls"] == 2 and said["licence"]["terms_hash"] == one.trade.deed.terms_hash
    assert made.content_hash == hashlib.sha256(canonical(said)).hexdigest() and buyer.organization == one.buyer.code


@covers("F5")
def test_a_redelivery_has_a_voucher_of_its_own_and_the_first_stays() -> None:
    one = delivered()
    reject_delivery(delivery=one, defects=["缺列"], actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    deliver(delivery=one, deposit=file_of(one.trade), actor=seller_of(one.trade.listing), clock=MARKET_CLOCK)
    assert sorted(Voucher.objects.values_list("attempt", flat=True)) == [1, 2]


@covers("F5", "R42")
def test_anyone_checks_a_voucher_and_only_the_two_sides_read_who_received() -> None:
    one, _seller, buyer = handed_over()
    drain()
    made = Voucher.objects.get()
    paper = papers.paper_of(made.code)
    assert paper is not None
    answer = papers.answer_for(paper, MARKET_CLOCK.now())
    assert answer.sealed and answer.good, answer.checks
    page = Client().get(f"/verify/{made.code}")
    assert page.status_code == 200 and one.buyer.name not in page.content.decode()
    own, stranger = Client(), Client()
    own.force_login(User.objects.get(pk=buyer.user_id))
    stranger.force_login(User.objects.get(pk=make_buyer().user_id))
    assert one.buyer.name in own.get(f"/desk/deliveries/{one.code}/voucher/").content.decode()
    assert own.get(f"/desk/deliveries/{one.code}/voucher.json").json()["content"] == made.content
    assert stranger.get(f"/desk/deliveries/{one.code}/voucher/").status_code == 404
    forged = papers.Paper(**{**paper.__dict__, "content": {**paper.content, "size": 1}})
    assert not papers.answer_for(forged, MARKET_CLOCK.now()).genuine


@covers("R49", "R15")
def test_a_report_is_signed_by_the_third_party_whose_report_it_is_or_else_by_the_merchant(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from delivery.kinds import KINDS

    one = delivered()
    report = KINDS["report"]
    assert [(said["as"], said["organization"]) for said in report.signed(one)] == [("merchant", one.seller.code)]
    assert KINDS["download"].signed(one) == []
    third = SimpleNamespace(engagement=SimpleNamespace(provider=SimpleNamespace(code="ORG-3", name="评估所")), code="RPT-1",
                            signed_at=MARKET_CLOCK.now())

    class Rows(list):
        def select_related(self, *_names: str) -> Rows:
            return self

        def order_by(self, *_names: str) -> Rows:
            return self

    monkeypatch.setattr("delivery.kinds.report.EngagementReport.objects.filter", lambda **asked: Rows(
        [third] if asked["file_sha256"] == one.expected_sha256 else []))
    assert [(said["as"], said["report"]) for said in report.signed(one)] == [("third_party", "RPT-1")]
