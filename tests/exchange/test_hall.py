"""The hall's pages over real rows: board, product, desk, trade, verification, bulletins; in both languages, for the right readers."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from listings.models import Hold
from participants.models import Organization
from participants.notices import notify
from participants.roles import Role
from tests.exchange.worlds import rich_listing, running, signed_in, sold
from tests.factories import make_actor, make_organization
from tests.trading.conftest import floor  # noqa: F401 (the floor's standing clock)
from tests.trading.worlds import make_buyer, seller_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_board_shows_running_lots_and_the_tape(client: Client, language: str) -> None:
    trade, _ = sold()
    lot, _ = running()
    client.cookies["django_language"] = language
    page = text(client.get("/"))
    title = trade.titles[language == "en"]
    assert lot.code in page and title in page and 'class="fig-28"' in page and "data-countdown" in page


def test_the_board_opens_on_an_empty_market(client: Client) -> None:
    assert "现在没有竞价" in text(client.get("/"))


def test_the_boards_live_part_is_not_sent_again_while_nothing_changed(client: Client) -> None:
    running()
    first = client.get("/?part=live", headers={"HX-Request": "true"})
    again = client.get("/?part=live", headers={"HX-Request": "true", "If-None-Match": first["ETag"]})
    assert first.status_code == 200 and again.status_code == 304 and not again.content


def test_the_tape_never_names_the_buyer(client: Client) -> None:
    trade, buyers = sold()
    page = text(client.get("/")) + text(client.get(f"/listings/{trade.listing.code}/")) + text(client.get(f"/verify/{trade.code}"))
    for buyer in buyers:
        assert Organization.objects.get(pk=buyer.organization_id).name not in page


def test_the_secret_reserve_is_on_no_public_page(client: Client) -> None:
    lot, _ = running(rich_listing(reserve_price_fen=7_654_321))
    page = text(client.get("/")) + text(client.get(f"/listings/{lot.listing.code}/"))
    assert "76,543.21" not in page and "7654321" not in page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_product_page_says_rights_quality_sample_price_and_terms(client: Client, language: str) -> None:
    listing = rich_listing()
    client.cookies["django_language"] = language
    page = text(client.get(f"/listings/{listing.code}/"))
    for part in (
        "dx-walk",
        "dx-four",
        "rights",
        "node-warn",
        "matrix",
        "stat_date",
        "138****0000",
        "port.csv",
        "99.2",
        "/honesty/#quality",
    ):
        assert part in page, part


def test_a_held_listing_says_why_on_its_page(client: Client) -> None:
    listing = rich_listing()
    Hold.objects.create(
        listing=listing,
        reason_code="right_expired",
        reason_zh="上游授权到期",
        ordered_by="system",
        ordered_as="system",
        placed_at=MARKET_CLOCK.now(),
    )
    page = text(client.get(f"/listings/{listing.code}/"))
    assert "停牌" in page and "上游授权到期" in page
    assert "原因见产品页" in page and "() " not in page, "every refusal on the page says why"


@pytest.mark.parametrize(
    "path", ["/listings/LST-0000000000/", "/listings/registrations-x/", "/verify/CRT-0000000000", "/desk/trades/TRD-0000000000/"]
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert signed_in(make_buyer()).get(path).status_code == 404


def test_a_trade_is_shown_to_its_parties_and_to_oversight_and_to_nobody_else() -> None:
    trade, buyers = sold()
    winner = next(b for b in buyers if b.organization_id == trade.buyer_id)
    address = f"/desk/trades/{trade.code}/"
    assert signed_in(winner).get(address).status_code == 200
    assert signed_in(seller_of(trade.listing)).get(address).status_code == 200
    assert signed_in(make_actor(Role.REGULATOR)).get(address).status_code == 200
    assert signed_in(make_buyer()).get(address).status_code == 404


def test_today_puts_the_nearest_deadline_first_and_asks_for_one_thing() -> None:
    trade, buyers = sold()
    winner = next(b for b in buyers if b.organization_id == trade.buyer_id)
    page = text(signed_in(winner).get("/desk/"))
    assert "件事等您处理" in page or "成交与合同" in page
    assert trade.code in page and page.count("btn-primary") <= 1


def test_notices_are_the_organisations_own() -> None:
    mine, other = make_buyer(), make_buyer()
    notify(
        organization=Organization.objects.get(pk=other.organization_id), kind="x.y.z", text=("别家的通知", "other"), at=MARKET_CLOCK.now()
    )
    notify(organization=Organization.objects.get(pk=mine.organization_id), kind="x.y.z", text=("自家的通知", "own"), at=MARKET_CLOCK.now())
    page = text(signed_in(mine).get("/desk/notices/"))
    assert "自家的通知" in page and "别家的通知" not in page


def test_one_may_act_only_for_ones_own_organisations() -> None:
    me = make_buyer()
    browser = signed_in(me)
    assert browser.post("/accounts/act-for/", {"organization": make_organization().code}).status_code == 404
    assert browser.post("/accounts/act-for/", {"organization": me.organization}).status_code == 302


def test_a_trade_paper_is_recomputed_proved_and_current(client: Client) -> None:
    trade, _ = sold()
    page = text(client.get(f"/verify/{trade.code}"))
    assert "凭证真实，现行有效" in page and "Ed25519" in page and 'class="qr"' in page and trade.agreement_hash in page


def test_a_changed_paper_is_told_apart(client: Client, superuser_connection: object) -> None:
    from exchange import papers

    trade, _ = sold()
    paper = papers.paper_of(trade.code)
    assert paper is not None
    forged = papers.Paper(**{**paper.__dict__, "content": {**paper.content, "price_fen": 1}})
    answer = papers.answer_for(forged, MARKET_CLOCK.now())
    assert not answer.good and not answer.checks[0].good


def test_a_mistyped_code_is_caught_by_its_check_character(client: Client) -> None:
    assert "校验位不符" in text(client.get("/verify/", {"code": "CRT-7K3QW9ZD2A"}))


def test_a_bundle_goes_home_comes_back_and_one_changed_byte_is_named(client: Client) -> None:
    trade, _ = sold()
    bundle = client.get(f"/verify/{trade.code}/bundle/")
    assert bundle["Content-Disposition"].startswith("attachment") and "存证包成立" in text(
        client.post("/verify/", {"bundle": BytesIO(bundle.content)})
    )
    document = json.loads(bundle.content)
    document["entries"][0]["envelope"]["subject"] = "TRD-0000000000"
    forged = BytesIO(json.dumps(document).encode())
    assert "存证包不成立" in text(client.post("/verify/", {"bundle": forged}))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"format": 1}', b"\xff\xfe", b'{"entries": [1], "format": "exchange-bundle/1"}'])
def test_whatever_is_uploaded_gets_an_answer(client: Client, body: bytes) -> None:
    upload = BytesIO(body)
    upload.name = "x.json"
    assert client.post("/verify/", {"bundle": upload}).status_code == 200


def test_a_bundle_shows_no_buyer_to_the_public(client: Client) -> None:
    trade, buyers = sold()
    told = text(client.get(f"/verify/{trade.code}/bundle/"))
    payloads = json.dumps([entry.get("payload") for entry in json.loads(told)["entries"]])
    assert all(buyer.organization not in payloads for buyer in buyers)


def test_the_search_field_takes_codes(client: Client) -> None:
    listing = rich_listing()
    assert client.get("/find/", {"q": listing.code.lower().replace("-", " ")})["Location"] == f"/listings/{listing.code}/"


@pytest.mark.parametrize("kind", ["", "rule", "held", "sanction", "notice", "nonsense"])
def test_bulletins_open_whatever_is_asked(client: Client, kind: str) -> None:
    assert client.get("/bulletins/", {"kind": kind}).status_code == 200
    assert client.get("/bulletins/sanctions/").status_code == 200


def test_the_house_pages_cost_a_bounded_number_of_queries(client: Client, django_assert_max_num_queries: object) -> None:
    running()
    drain()
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        client.get("/")
