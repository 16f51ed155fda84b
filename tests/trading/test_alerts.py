"""Alerts: raised once for the same inputs, claimed by one, decided by a person, counted for the rule (H4, R83)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from compliance.models import Case, ConductCase
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import advance
from participants.models import Approval, Organization, OwnershipStake, SignInMark
from participants.roles import Role
from participants.signin_marks import forget_marks
from tests.factories import make_actor, make_organization
from tests.threads import together
from tests.trading.worlds import bid, bought, make_buyer, make_listing, move, open_lot
from trading import watching
from trading.alerts import (
    ask_about_alert,
    claim_alert,
    dismiss_alert,
    mark_late_alerts,
    mark_of,
    raise_alert,
    raise_found,
    refer_alert,
)
from trading.models import DetectorThreshold, SurveillanceAlert, Trade
from trading.states import ALERT, AlertStatus
from trading.surveillance.rules import MILLION, RULES, Found
from trading.tasks import close_due
from trading.thresholds import ask_threshold, decide_threshold, standings
from trading.watching import watch_market, watch_trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def officer(role: str = Role.SURVEILLANCE) -> Actor:
    return make_actor(role)


def by(actor: Actor) -> dict[str, Any]:
    return {"actor": actor, "clock": MARKET_CLOCK}


def raised(*, score: int = 950_000, rule: str = "round_trip", objects: tuple[str, ...] = ("TRD-1", "TRD-2"),
           parties: tuple[str, ...] = ()) -> SurveillanceAlert:
    codes = parties or (make_organization(Role.DATA_MERCHANT).code, make_organization(Role.BUYER).code)
    made = raise_alert(found=Found(rule, codes, objects, score, {"returns": 2}), actor=SYSTEM, clock=MARKET_CLOCK)
    assert made is not None
    return made


def first_party(alert: SurveillanceAlert) -> Organization:
    return Organization.objects.get(code=alert.parties[0])


def wash(times: int = 2) -> tuple[Organization, Organization]:
    """Two parties that sell to each other for the same money, so many times each way."""
    one, two = make_organization(Role.DATA_MERCHANT, Role.BUYER), make_organization(Role.DATA_MERCHANT, Role.BUYER)
    listings = {one: make_listing(one), two: make_listing(two)}
    for _ in range(times):
        bought(two, 1_000_000, MARKET_CLOCK.now(), listing=listings[one])
        move(days=1)
        bought(one, 980_000, MARKET_CLOCK.now(), listing=listings[two])
        move(days=1)
    return one, two


# ---- raised ------------------------------------------------------------------------------------------------------------------


@covers("H4", "R83")
def test_an_alert_keeps_version_inputs_score_threshold_and_base_rate() -> None:
    one, two = wash()
    assert watch_market(clock=MARKET_CLOCK) == 1
    alert = SurveillanceAlert.objects.get()
    assert (alert.rule, alert.rule_version, alert.score_ppm, alert.threshold_ppm) == ("round_trip", "2026.1", 980_000, 750_000)
    assert alert.base_rate_ppm == RULES["round_trip"].base_rate_ppm and alert.parties == sorted([one.code, two.code])
    assert sorted(alert.objects_told) == sorted(Trade.objects.values_list("code", flat=True)) and len(alert.inputs_hash) == 64
    [fact] = Record.objects.filter(kind="trading.alert.raised")
    assert fact.payload["inputs_mark"] == mark_of(alert.inputs_hash), "it can be checked by the house"
    told = str(fact.payload)
    assert not any(word in told for word in (one.code, two.code, alert.subject, alert.inputs_hash)), "and guessed by nobody"


@covers("H4", "T56")
def test_the_nightly_pass_run_twice_or_after_the_quick_one_raises_nothing_anew() -> None:
    wash()
    newest = Trade.objects.select_related("seller", "buyer").order_by("-pk")[0]
    assert [watch_trade(newest, clock=MARKET_CLOCK), watch_market(clock=MARKET_CLOCK), watch_market(clock=MARKET_CLOCK)] == [1, 0, 0]
    dismiss_alert(alert=claim_alert(alert=SurveillanceAlert.objects.get(), **by(who := officer())), reason="同一集团内部授权", **by(who))
    assert watch_market(clock=MARKET_CLOCK) == 0, "dismissed on the same inputs, it stays dismissed"
    assert watch_trade(newest, clock=MARKET_CLOCK) == 0


@covers("H4")
def test_new_trades_of_a_dismissed_group_are_looked_at_anew_and_a_sliding_window_is_not() -> None:
    alert = raised(objects=("TRD-1", "TRD-2", "TRD-3", "TRD-4"))
    dismiss_alert(alert=claim_alert(alert=alert, **by(who := officer())), reason="已经核查", **by(who))
    codes = tuple(alert.parties)
    assert raise_alert(found=Found("round_trip", codes, ("TRD-3", "TRD-4"), 950_000), actor=SYSTEM, clock=MARKET_CLOCK) is None
    assert raise_alert(found=Found("round_trip", codes, ("TRD-4", "TRD-5"), 950_000), actor=SYSTEM, clock=MARKET_CLOCK) is not None


@covers("H4")
def test_a_trade_is_looked_at_as_soon_as_its_fact_is_delivered() -> None:
    one, two = wash(1)
    OwnershipStake.objects.create(owner=one, owned=two, share_bps=6_000, source="", effective_from=MARKET_CLOCK.now())
    trade = Trade.objects.select_related("seller", "buyer").order_by("pk")[0]
    assert watch_trade(trade, clock=MARKET_CLOCK) == 1
    assert SurveillanceAlert.objects.get().rule == "same_owner"


@covers("H4")
def test_a_lot_that_ends_brings_its_trade_before_the_rules_within_the_delivery_of_its_facts() -> None:
    buyers = [make_buyer(), make_buyer()]
    lot = open_lot(*buyers, listing=make_listing())
    bid(lot, buyers[0], 1_200_000)
    bid(lot, buyers[1], 1_500_000)
    for buyer in buyers:  # the two who bid against each other come from one browser
        SignInMark.objects.create(organization_id=buyer.organization_id, kind="device", hash="d" * 64, day=MARKET_CLOCK.now().date())
    move(hours=25)
    close_due()
    drain()
    [alert] = SurveillanceAlert.objects.all()
    assert alert.rule == "shared_sign_in" and lot.code in alert.objects_told


@covers("H4", "T56")
def test_three_hundred_calls_of_the_same_inputs_raise_one_alert_and_the_naive_pass_raises_each() -> None:
    codes = (make_organization(Role.DATA_MERCHANT).code, make_organization(Role.BUYER).code)
    found = Found("round_trip", codes, ("TRD-1", "TRD-2"), 950_000)
    assert raise_found([found] * 300, clock=MARKET_CLOCK) == 1
    naive = [one for one in [found] * 300 if one.score_ppm >= RULES[one.rule].threshold_ppm]
    assert len(naive) == 300


@pytest.mark.django_db(transaction=True)
@covers("H4")
def test_two_passes_at_once_raise_one_alert() -> None:
    found = Found("round_trip", ("ORG-A", "ORG-B"), ("TRD-1",), 950_000)

    def call() -> Any:
        return raise_alert(found=found, actor=SYSTEM, clock=MARKET_CLOCK)

    done = together([call, call])
    assert sum(one is not None for one in done) == 1 and SurveillanceAlert.objects.count() == 1


# ---- worked on ---------------------------------------------------------------------------------------------------------------


@covers("H3", "H4")
def test_an_alert_is_claimed_by_one_and_decided_by_who_claimed_it() -> None:
    alert, one, two = raised(), officer(), officer()
    held = claim_alert(alert=alert, **by(one))
    assert (held.status, held.assignee_id) == ("in_analysis", one.user_id) and held.due_at is not None and held.due_at > alert.due_at
    with pytest.raises(Rejected, match=r"trading\.alert\.illegal_move"):
        claim_alert(alert=alert, **by(two))
    with pytest.raises(Rejected, match=r"trading\.alert\.held_by_another"):
        dismiss_alert(alert=alert, reason="已经核查", **by(two))
    with pytest.raises(Rejected, match=r"trading\.alert\.unreasoned"):
        dismiss_alert(alert=alert, reason=" x ", **by(one))
    assert dismiss_alert(alert=alert, reason="同一集团内部授权", **by(one)).status == "dismissed"


@covers("H4", "H6", "R47")
def test_a_confirmed_alert_opens_a_conduct_case_and_changes_nothing_for_the_party_yet() -> None:
    alert, who = raised(), officer()
    party = first_party(alert)
    before = (party.standing, party.band)
    claim_alert(alert=alert, **by(who))
    done = refer_alert(alert=alert, party=party, conduct="wash_trade", reason="往返成交六笔，资金未离开双方。", **by(who))
    case = ConductCase.objects.get(code=done.conduct_case)
    assert (case.organization, case.conduct, case.subject_code, done.status) == (party, "wash_trade", alert.code, "referred")
    party.refresh_from_db()
    assert (party.standing, party.band) == before


@covers("H4", "R85")
def test_a_party_is_asked_with_a_term_and_the_alert_waits_for_the_answer() -> None:
    alert, who = raised(), officer()
    with pytest.raises(Rejected, match=r"trading\.alert\.not_in_analysis"):
        ask_about_alert(alert=alert, party=first_party(alert), text="请说明", **by(who))
    claim_alert(alert=alert, **by(who))
    with pytest.raises(Rejected, match=r"trading\.alert\.no_party"):
        ask_about_alert(alert=alert, party=make_organization(), text="请说明", **by(who))
    case = ask_about_alert(alert=alert, party=first_party(alert), text="请说明两笔成交的用途。", **by(who))
    alert.refresh_from_db()
    assert case.status == "waiting_on_party" and case.answer_due_at is not None and alert.due_at > case.answer_due_at
    assert (alert.case, case.subject_code, case.organization) == (case.code, alert.code, first_party(alert))
    with pytest.raises(Rejected, match=r"trading\.alert\.asked_already"):
        ask_about_alert(alert=alert, party=first_party(alert), text="再问", **by(who))
    dismiss_alert(alert=alert, reason="说明合理", **by(who))
    assert Case.objects.get(code=case.code).status == "closed", "nobody waits for an answer to a question that is decided"


@covers("H4", "T35")
def test_nobody_looks_into_a_party_its_own_house_is_tied_to() -> None:
    alert, who = raised(), officer()
    OwnershipStake.objects.create(owner_id=who.organization_id, owned=first_party(alert), share_bps=3_000, source="",
                                  effective_from=MARKET_CLOCK.now())
    with pytest.raises(Rejected, match=r"trading\.alert\.own_matter"):
        claim_alert(alert=alert, **by(who))


@covers("H3", "R83")
def test_a_late_alert_is_marked_once_and_no_deadline_decides_it() -> None:
    alert = raised()
    assert mark_late_alerts(clock=MARKET_CLOCK) == 0
    move(days=10)
    assert [mark_late_alerts(clock=MARKET_CLOCK), mark_late_alerts(clock=MARKET_CLOCK)] == [1, 0]
    alert.refresh_from_db()
    assert (alert.status, alert.overdue) == ("raised", True)
    held = claim_alert(alert=alert, **by(officer()))
    assert not held.overdue


@covers("H4")
@pytest.mark.parametrize("status", list(AlertStatus))
@pytest.mark.parametrize("act", ["claim", "dismiss", "refer", "reopen"])
def test_every_state_and_act(status: AlertStatus, act: str) -> None:
    if (status, act) in ALERT:
        assert advance(ALERT, status, act, subject="ALR-1", code="trading.alert.illegal_move") == ALERT[status, act]
    else:
        with pytest.raises(Rejected, match=r"trading\.alert\.illegal_move"):
            advance(ALERT, status, act, subject="ALR-1", code="trading.alert.illegal_move")


@covers("H4", "T41")
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DATA_MERCHANT, Role.BUYER, Role.COMPLIANCE_OFFICER, Role.VENUE_OPERATOR])
def test_only_surveillance_and_regulators_work_on_alerts(role: str) -> None:
    with pytest.raises(Rejected, match=r"participants\.permission\.denied"):
        claim_alert(alert=raised(), **by(make_actor(role)))


# ---- the database holds it -----------------------------------------------------------------------------------------------------


def refused(change: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            change()
    except DatabaseError:
        return True
    return False


@covers("H4", "R83")
def test_the_database_keeps_what_was_found_and_asks_for_a_person_a_reason_and_a_case() -> None:
    rows = SurveillanceAlert.objects.filter(pk=raised().pk)
    assert all(refused(lambda change=change: rows.update(**change)) for change in (
        {"score_ppm": 1}, {"threshold_ppm": 1}, {"rule_version": "x"}, {"figures": {}}, {"objects_told": []}, {"status": "dismissed"},
        {"status": "referred"}, {"due_at": None}, {"status": "in_analysis"}))
    assert refused(rows.delete)


# ---- thresholds ----------------------------------------------------------------------------------------------------------------


def decide_some() -> None:
    """Ten decisions on round trips: the four strongest were confirmed."""
    who = officer()
    for number in range(10):
        alert = claim_alert(alert=raised(score=760_000 + 20_000 * number), **by(who))
        if number >= 6:
            refer_alert(alert=alert, party=first_party(alert), conduct="wash_trade", reason="证据充分", **by(who))
        else:
            dismiss_alert(alert=alert, reason="正常互购", **by(who))


@covers("H4", "R83", "I18")
def test_a_threshold_goes_live_by_two_people_with_what_it_would_have_made_of_past_decisions() -> None:
    decide_some()
    maker, checker = officer(), officer(Role.REGULATOR)
    asked = ask_threshold(rule="round_trip", threshold_ppm=870_000, reason="误报过多", **by(maker))
    assert asked.payload["backtest"]["now"] | {} == {
        "threshold_ppm": 750_000, "raised": 10, "confirmed": 4, "missed": 0, "precision_ppm": 400_000, "recall_ppm": MILLION,
        "low_ppm": asked.payload["backtest"]["now"]["low_ppm"], "high_ppm": asked.payload["backtest"]["now"]["high_ppm"]}
    assert asked.payload["backtest"]["new"]["precision_ppm"] == MILLION and DetectorThreshold.objects.in_force() == {}
    with pytest.raises(Rejected):
        decide_threshold(approval=asked, approve=True, reason="同意", **by(maker))
    made = decide_threshold(approval=Approval.objects.get(), approve=True, reason="同意", **by(checker))
    assert made is not None and DetectorThreshold.objects.in_force() == {"round_trip": 870_000}
    assert raise_found([Found("round_trip", ("ORG-A", "ORG-B"), ("TRD-9",), 860_000)], clock=MARKET_CLOCK) == 0
    assert raise_found([Found("round_trip", ("ORG-A", "ORG-B"), ("TRD-9",), 880_000)], clock=MARKET_CLOCK) == 1
    assert SurveillanceAlert.objects.latest("pk").threshold_ppm == 870_000
    assert refused(lambda: DetectorThreshold.objects.update(threshold_ppm=1))


@covers("H4")
def test_precision_per_rule_is_a_metric() -> None:
    decide_some()
    [one] = [one for one in standings() if one.rule.id == "round_trip"]
    assert (one.decided.raised, one.decided.confirmed, one.decided.precision_ppm, one.decided.enough) == (10, 4, 400_000, False)


# ---- read out of the tables ------------------------------------------------------------------------------------------------------


@covers("H4", "E64")
def test_the_year_is_read_and_what_was_undone_is_left_out() -> None:
    one, two = wash(1)
    bought(two, 1_000_000, MARKET_CLOCK.now(), listing=make_listing(one), moved="cancelled")
    deals = watching.deals_of(Trade.objects.all())
    assert len(deals) == 2 and {deal.market for deal in deals} == {"enterprise/-"}


@covers("H4", "CAP-E9")
def test_a_copied_listing_is_found_by_its_description_and_by_its_file() -> None:
    text = ("本产品汇集港口集装箱吞吐量的逐日数据，含船名、航次、箱型、重量与到离港时间，按日更新，"
            "覆盖全国四十五个沿海港口，经脱敏处理后提供下载，附字段说明。")
    first, second = make_listing(description_zh=text, published_at=MARKET_CLOCK.now()), None
    move(days=1)
    second = make_listing(description_zh=text, published_at=MARKET_CLOCK.now())
    found = [one for one in watching.found_of_the_year(MARKET_CLOCK.now()) if one.rule == "replica"]
    assert [(one.objects, one.score_ppm) for one in found] == [((second.code, first.code), MILLION)]
    assert first.organization.code in found[0].parties


@covers("H4")
def test_what_the_quick_pass_says_of_a_trade_the_nightly_pass_says_too() -> None:
    wash(2)
    at = MARKET_CLOCK.now()
    nightly = {(one.rule, one.subject, one.inputs_hash) for one in watching.found_of_the_year(at)}
    for trade in Trade.objects.select_related("seller", "buyer"):
        assert {(one.rule, one.subject, one.inputs_hash) for one in watching.found_about(trade, at)} <= nightly


@covers("H4", "R86")
def test_marks_of_sign_ins_are_kept_as_hashes_and_destroyed_with_the_logs() -> None:
    party, at = make_organization(), MARKET_CLOCK.now()
    SignInMark.objects.create(organization=party, kind="address", hash="a" * 64, day=at.date())
    assert forget_marks(at, at) == 0
    later = move(days=200)
    assert forget_marks(later, later) == 1
