"""The surveillance workbench: the queue, an alert from the claim to the case, thresholds, concentration, trades at any depth."""

from __future__ import annotations

import pytest
from django.test import Client

from compliance.models import Case, ConductCase
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.models import Organization, OwnershipStake, SignInMark
from participants.roles import Role
from tests.exchange.test_supervision import text
from tests.exchange.worlds import signed_in, sold
from tests.factories import make_actor, make_organization
from tests.trading.conftest import floor  # noqa: F401 (the floor's standing clock)
from tests.trading.test_alerts import decide_some, raised, wash
from tests.trading.worlds import bought, make_buyer, make_listing
from trading.models import DetectorThreshold, SurveillanceAlert
from trading.surveillance.markets import merged, top_four_bps
from trading.watching import watch_market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
PAGES = ("/admin/alerts/", "/admin/watch/", "/admin/watch/concentration/", "/admin/watch/trades/", "/admin/queue/alerts/")


def desk(role: str = Role.SURVEILLANCE) -> Client:
    return signed_in(make_actor(role))


@covers("T41")
@pytest.mark.parametrize("path", PAGES)
def test_the_workbench_is_closed_to_parties_and_to_desks_that_have_no_part_in_it(client: Client, path: str) -> None:
    assert signed_in(make_buyer()).get(path).status_code == 403 and client.get(path).status_code == 302
    if "queue" not in path:
        assert desk(Role.COMPLIANCE_OFFICER).get(path).status_code == 403
    for role in (Role.SURVEILLANCE, Role.REGULATOR, Role.AUDITOR):
        assert desk(role).get(path).status_code == 200


@covers("H3", "H4")
def test_an_alert_goes_from_the_queue_to_a_conduct_case() -> None:
    one, two = wash()
    OwnershipStake.objects.create(owner=one, owned=two, share_bps=2_000, source="", effective_from=MARKET_CLOCK.now())
    assert watch_market(clock=MARKET_CLOCK) >= 1
    alert = SurveillanceAlert.objects.get(rule="round_trip")
    browser, page = desk(), f"/admin/alerts/{alert.code}/"
    assert alert.code in text(browser.get("/admin/queue/alerts/")) and alert.code in text(browser.get("/admin/"))
    said = text(browser.get(page))
    assert "<svg" in said and one.short_name in said and "98%" in said and "20.0%" in said and "领取研判" in said
    assert browser.post(page, {"act": "claim"}).status_code == 302
    assert browser.post(page, {"act": "refer", "party": one.code, "conduct": "wash_trade", "reason": " "}).status_code == 422
    answer = browser.post(page, {"act": "ask", "party": one.code, "reason": "请说明往返成交的用途。"})
    assert answer.status_code == 302 and Case.objects.get(subject_code=alert.code).status == "waiting_on_party"
    assert browser.post(page, {"act": "refer", "party": one.code, "conduct": "wash_trade", "reason": "往返成交四笔。"}).status_code == 302
    case = ConductCase.objects.get(subject_code=alert.code)
    assert case.code in text(browser.get(page)) and "往返成交四笔。" in text(browser.get(page))
    assert browser.post(page, {"act": "fly"}).status_code == 404


@covers("H4", "R83")
def test_the_graph_shows_the_devices_and_addresses_that_several_of_the_parties_share_and_no_office_block() -> None:
    one, two = wash()
    today = MARKET_CLOCK.now().date()
    block = [make_organization() for _ in range(3)]
    places: list[tuple[str, str, list[Organization]]] = [
        ("device", "d1" * 32, [one, two]), ("address", "b1" * 32, [one, two, *block]), ("device", "e1" * 32, [one])]
    for kind, mark, parties in places:
        for party in parties:
            SignInMark.objects.create(organization=party, kind=kind, hash=mark, day=today)
    assert watch_market(clock=MARKET_CLOCK) >= 1
    page = text(desk().get(f"/admin/alerts/{SurveillanceAlert.objects.get(rule='round_trip').code}/"))
    assert "设备 d1d1d1" in page and "共用的登录处" in page and 'class="edge-p"' in page and "<rect" in page
    assert "b1b1b1" not in page, "what a crowd shares tells nothing"
    assert "e1e1e1" not in page, "a machine of one party is its own"
    assert "d1" * 8 not in page, "no more of the hash than tells two apart"


@covers("I21")
def test_an_auditor_reads_every_alert_and_decides_none() -> None:
    alert = raised()
    browser, page = desk(Role.AUDITOR), f"/admin/alerts/{alert.code}/"
    assert browser.get(page).status_code == 200 and "领取研判" not in text(browser.get(page))
    assert browser.post(page, {"act": "claim"}).status_code == 403
    alert.refresh_from_db()
    assert alert.status == "raised"


@covers("H4", "CAP-E11")
def test_a_lot_is_shown_bid_by_bid_as_a_drawing_with_its_table() -> None:
    trade, buyers = sold()
    assert trade.award is not None
    lot = trade.award.auction
    alert = raised(rule="shill", objects=(lot.code,), parties=(lot.seller.code, trade.buyer.code))
    said = text(desk().get(f"/admin/alerts/{alert.code}/"))
    assert said.count('class="dot') == 3 and "12,000" in said and f"/trading/lots/{lot.code}/replay/" in said
    assert buyers


@covers("H3")
def test_alerts_are_paged_by_key_filtered_and_never_counted(django_assert_max_num_queries: object) -> None:
    for number in range(53):
        raised(objects=(f"TRD-{number}",), rule="cycle" if number % 2 else "round_trip")
    browser = desk()
    first = text(browser.get("/admin/alerts/"))
    after = SurveillanceAlert.objects.order_by("-id")[49].code
    assert f"after={after}" in first
    second = text(browser.get(f"/admin/alerts/?show=open&after={after}"))
    assert SurveillanceAlert.objects.order_by("id")[0].code in second and "after=" not in second.split("<main")[1].split("admin/watch")[0]
    assert text(browser.get("/admin/alerts/?show=all&rule=cycle")).count("/admin/alerts/ALR-") == 26
    assert browser.get("/admin/alerts/?show=nonsense").status_code == 404
    for path in PAGES:
        with django_assert_max_num_queries(62) as asked:  # the rail counts twenty queues, each by its own look; none grows with its length  # type: ignore[operator]
            browser.get(path)
        assert not any("COUNT(*)" in (one["sql"] or "").upper() for one in asked.captured_queries), path


@covers("H4", "R83", "I18")
def test_a_threshold_is_tried_proposed_and_adopted_by_another() -> None:
    decide_some()
    maker, checker = desk(), desk(Role.REGULATOR)
    tried = text(maker.get("/admin/watch/?rule=round_trip&threshold=87"))
    assert "过去的决定 10 件" in tried
    told = {"rule": "round_trip", "threshold": "87", "reason": "误报过多"}
    assert maker.post("/admin/watch/", {"act": "propose", **told}).status_code == 302
    assert "误报过多" in text(checker.get("/admin/watch/"))
    assert maker.post("/admin/watch/", {"act": "adopt", "rule": "round_trip", "reason": "同意"}).status_code == 403
    assert checker.post("/admin/watch/", {"act": "adopt", "rule": "round_trip", "reason": "同意"}).status_code == 302
    assert DetectorThreshold.objects.get().threshold_ppm == 870_000 and "87%" in text(maker.get("/admin/watch/"))
    assert maker.post("/admin/watch/", {"act": "propose", **told, "threshold": "1e99"}).status_code == 422


@covers("H5", "M5")
def test_a_merger_by_the_golden_figures_and_the_filing_lines() -> None:
    sales = dict(zip("abcdefghi", (25, 20, 15, 10, 9, 8, 7, 4, 2), strict=True))
    found = merged(sales, "h", "i")
    assert (found.before, found.after, found.change, found.of_concern, top_four_bps(sales)) == (1_564, 1_580, 16, False, 7_000)
    assert merged({"a": 40, "b": 30, "c": 20, "d": 10}, "a", "b").of_concern
    yi = 10_000_000_000
    exact = {"china_fen": 40 * yi, "parties_china_fen": (8 * yi, 8 * yi)}
    assert not merged(sales, "a", "b", **exact).files, "M 5: at the line is not over it"  # type: ignore[arg-type]
    assert merged(sales, "a", "b", china_fen=40 * yi + 1, parties_china_fen=(8 * yi + 1, 8 * yi + 1)).files


@covers("H5", "R85")
def test_concentration_is_shown_by_market_and_a_merger_of_two_sellers_worked_out() -> None:
    sellers = [make_organization(Role.DATA_MERCHANT) for _ in range(2)]
    buyer = make_organization(Role.BUYER)
    for seller, fen in zip(sellers, (6_000_000, 4_000_000), strict=True):
        bought(buyer, fen, MARKET_CLOCK.now(), listing=make_listing(seller, sector="D"))
    browser = desk(Role.REGULATOR)
    assert "5,200" in text(browser.get("/admin/watch/concentration/"))
    said = text(browser.get(f"/admin/watch/concentration/?one={sellers[0].code}&two={sellers[1].code}&china=41&one_china=9&two_china=9"))
    assert "10,000" in said and "达到申报标准" in said and "值得审查" in said


@covers("H3")
def test_trades_are_read_to_the_last_page_without_a_gap_or_a_repeat() -> None:
    buyer, listing = make_organization(Role.BUYER), make_listing()
    codes = [bought(buyer, 100 + n, MARKET_CLOCK.now(), listing=listing).code for n in range(112)]
    browser, seen, after = desk(), [], ""
    for _ in range(3):
        said = text(browser.get(f"/admin/watch/trades/?after={after}"))
        seen += [code for code in codes if f">{code}<" in said]
        after = said.split("after=")[-1][:14] if "after=" in said else ""
    assert sorted(seen) == sorted(codes) and after == ""
    assert listing.organization.short_name in text(browser.get(f"/admin/watch/trades/?party={buyer.code}"))
