"""What data merchants do for others (R58): six kinds of service, each in its classes of admission, ordered, reported, paid and liable."""

from __future__ import annotations

import io

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from compliance.engaging.independence import service_classes
from compliance.engaging.kinds import kinds_held, merchant_services, service_kinds
from compliance.models import Engagement, ServiceOffer
from compliance.models.engagements import MERCHANT_SERVICES
from compliance.operations import accept_order, approve_report, deliver_report, place_order, publish_offer
from evidence.files import deposit
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from participants.checklists import checklist_at
from participants.models import Admission, Organization
from participants.roles import Role
from tests.compliance.engagements import client
from tests.compliance.worlds import signed
from tests.factories import EPOCH, NOW, PDF, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db
UNDERWRITING = {"title_zh": "数据产品承销", "title_en": "Underwriting of a data product",
                "scope_zh": "承诺在九十天内售出约定份数，余额由承销方购入。",
                "scope_en": "Sells an agreed number within ninety days, buys the rest."}


def merchant_in(category: str, *, declared: bool = True) -> tuple[Organization, Actor]:
    """A merchant of one class, bound by its own commitment."""
    one = make_organization(admitted=False)
    Admission.objects.create(code=new_code("ADM"), organization=one, role=Role.DATA_MERCHANT, category=category, status="admitted",
                             effective_from=EPOCH, created_at=EPOCH)
    actor = make_actor(Role.DATA_MERCHANT, organization=one)
    if declared:
        signed(one, actor)
    return one, actor


def offer_of(kind: str, party: tuple[Organization, Actor], price_fen: int = 2_000_000) -> ServiceOffer:
    return publish_offer(provider=party[0], kind=kind, words=UNDERWRITING, price_fen=price_fen, days=20, actor=party[1], clock=clock())


@covers("R58")
def test_there_are_six_kinds_of_merchants_services_and_the_database_knows_the_same_six() -> None:
    kinds = merchant_services()
    assert list(kinds) == MERCHANT_SERVICES
    assert [one.text[0][-2:] for one in kinds.values()] == ["开发", "发布", "承销", "规化", "准化", "增值"]
    known = checklist_at(NOW).classes
    assert all(one.classes and all(known[name].group == "merchant" for name in one.classes) for one in kinds.values())
    assert set(service_kinds(NOW)) == set(service_classes(NOW)) | set(kinds)


@covers("R58", "A2")
@pytest.mark.parametrize(("category", "expected"), [
    ("merchant_supply", ["develop", "publish", "standardise", "underwrite", "value_add"]),
    ("merchant_intermediary", ["publish", "underwrite"]),
    ("merchant_delivery", ["develop", "standardise"]),
    ("merchant_consulting", ["compliance", "standardise", "value_add"]),
    ("merchant_assessment", ["compliance"]),
    ("merchant_other", ["compliance", "develop", "standardise", "value_add"]),
])
def test_a_class_of_merchant_offers_its_kinds_and_no_other(category: str, expected: list[str]) -> None:
    party = merchant_in(category)
    assert kinds_held(party[0], at=NOW) == [f"service_{one}" for one in expected]
    for kind in MERCHANT_SERVICES:
        if kind.removeprefix("service_") in expected:
            assert offer_of(kind, party).kind_words == merchant_services()[kind].text
        else:
            with pytest.raises(Rejected, match="not_accredited"):
                offer_of(kind, party)
    with pytest.raises(Rejected, match="not_accredited"):
        offer_of("provider_audit", party)


@covers("R58", "C2")
def test_a_merchant_that_signed_nothing_serves_nobody_and_a_third_party_offers_no_merchants_service() -> None:
    with pytest.raises(Rejected, match="undeclared"):
        offer_of("service_develop", merchant_in("merchant_supply", declared=False))
    with pytest.raises(Rejected, match="not_accredited"):
        offer_of("service_underwrite", merchant_in("provider_brokerage"))


@covers("R58", "G1")
def test_underwriting_for_20_000_yuan_is_ordered_reported_and_paid_less_3_percent() -> None:
    party = merchant_in("merchant_intermediary")
    holder, buying = client()
    order: Engagement = place_order(offer=offer_of("service_underwrite", party), client=holder, brief="请承销充电桩数据产品一百份。",
                                    actor=buying, clock=clock())
    order = accept_order(engagement=order, actor=party[1], clock=clock())
    paper = deposit(io.BytesIO(PDF), name="underwriting.pdf", owner=party[0].code, at=NOW)
    deliver_report(engagement=order, summary="已售出八十份，其余由本机构购入，结果见报告。", paper=paper, actor=party[1], clock=clock())
    order.refresh_from_db()
    approve_report(engagement=order, actor=buying, clock=clock())
    assert balance(account(party[0].code, AccountKind.AVAILABLE)).posted_fen == 1_940_000
    told = Record.objects.filter(kind__startswith="compliance.engagement.", subject=order.code)
    assert {one.payload["service"] for one in told} == {"service_underwrite"}
    assert {one.payload["provider"] for one in told} == {party[0].code}, "each fact names who answers for the work"


@covers("R58")
def test_the_database_refuses_a_kind_that_is_no_service() -> None:
    offer = offer_of("service_develop", merchant_in("merchant_supply"))
    with pytest.raises(IntegrityError, match="service_offer_kind"), transaction.atomic():
        ServiceOffer.objects.create(code=new_code("SVC"), provider=offer.provider, kind="service_any", title_zh="其他", scope_zh="其他",
                                    price_fen=1, days=1, published_at=NOW)


@covers("R58")
def test_the_directory_is_narrowed_to_a_merchants_service_in_both_languages() -> None:
    offer_of("service_underwrite", merchant_in("merchant_supply"))
    for language, name in (("zh-hans", "数据产品承销"), ("en", "Data product underwriting")):
        page = Client(headers={"accept-language": language}).get("/services/?kind=service_underwrite").content.decode()
        assert name in page
        assert "SVC-" not in Client(headers={"accept-language": language}).get("/services/?kind=service_publish").content.decode()
