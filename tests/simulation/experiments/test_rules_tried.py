"""A rule tried before it holds: on the own trades in sums, on the scenarios; its report stands on the consultation page."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from compliance.operations import propose_list
from delivery.models import Delivery
from delivery.operations import accept_delivery
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.money import bps_of
from participants.actors import actor_of
from participants.roles import Role
from settlement.models import Settlement
from settlement.tasks import move_cycle
from simulation.agents.researching import ANSWERED, Research
from simulation.experiments import replaying
from simulation.experiments.acting import share_experiment
from simulation.experiments.evaluating import evaluation_of, written
from simulation.experiments.market_figures import market_figures, rate_told
from simulation.experiments.replaying import replay_list, replay_policies, trial_of_figure
from simulation.experiments.reporting import findings
from simulation.market import Market
from simulation.models import Experiment
from simulation.stage import open_desks
from simulation.wide.arms import Plan
from tests.compliance.test_conduct import decided, deciding
from tests.compliance.worlds import regulator
from tests.exchange.worlds import signed_in
from tests.factories import make_actor
from tests.listings.test_list_preview import drafted as drafted_list
from tests.listings.test_rescreening import market
from tests.matrix import World
from tests.settlement.worlds import frozen
from tests.simulation.experiments.worlds import finished
from tests.trading.test_closing import sold

pytestmark = pytest.mark.django_db
HOME = "/desk/laboratory/"


@pytest.fixture
def settled() -> Settlement:
    world = World()
    accept_delivery(delivery=world.delivery, actor=actor_of(world.users["buyer"]), clock=MARKET_CLOCK)
    move_cycle(cycle=frozen(), clock=MARKET_CLOCK)
    return Settlement.objects.get(trade=world.delivery.trade)


@covers("CAP-I2", "R51")
def test_a_policy_is_added_up_over_the_own_trades_of_twelve_months(settled: Settlement) -> None:
    told = replay_policies({"fee_bps": 900, "inspection_bps": 10_000, "holdback_bps": 0, "reserve_bps": 0, "cross_border_barred": 1},
                           MARKET_CLOCK.now())
    by = {row["policy"][1]: (row["then"], row["other"]) for row in told["rows"]}
    assert by["fee"] == (settled.seller_fee_fen, bps_of(settled.price_fen, 900))
    assert by["inspection"] == (1, 1) and by["holdback"] == (settled.held_fen, 0)
    assert by["export barred"] == (settled.price_fen, 0) and told["trades"] == 1
    page = signed_in(make_actor(Role.REGULATOR))
    answer = page.get(f"{HOME}replay/?fee_bps=900").content.decode()
    assert "再到场景中试" in answer and "scenarios/baseline/?replay=1&amp;fee_bps=900" in answer
    assert settled.code not in answer and settled.seller.code not in answer, "sums only"
    assert 'name="arm-1-fee_bps" value="900"' in page.get(f"{HOME}scenarios/baseline/?fee_bps=900").content.decode()
    wrong = page.get(f"{HOME}replay/?fee_bps=9000")
    assert wrong.status_code == 400 and "请填 0 至 2000 的整数" in wrong.content.decode()


@covers("CAP-I2", "R51")
@pytest.mark.usefixtures("floor")
def test_lots_of_the_year_are_cleared_again_in_another_format_from_their_own_bids() -> None:
    """Maxima of 50,000 and 20,000 yuan: a step above the runner-up, the runner-up's, the winner's own."""
    _, _, trade = sold(5_000_000, 2_000_000)
    again = {form: replay_policies({"auction_format": form}, MARKET_CLOCK.now())["rows"][0] for form in (1, 2, 3, 4)}
    assert {row["then"] for row in again.values()} == {trade.price_fen} == {2_100_000}
    assert [again[form]["other"] for form in (1, 2, 3)] == [5_000_000, 2_000_000, 2_100_000]
    assert 4_900_000 <= again[4]["other"] <= 5_000_000, "the clock starts at the highest bid on file"
    assert again[1]["value"] == ["一价密封", "first price"]


@covers("CAP-I2", "R51")
def test_a_fine_is_added_up_over_the_deals_in_which_a_fault_was_found(settled: Settlement) -> None:
    alleged, *_ = deciding("quality_below_declared", subject=settled.trade.code)
    row = replay_policies({"penalty_margins": 20}, alleged.opened_at)["rows"][0]
    assert (row["then"], row["other"]) == (None, None), "what is only alleged fines nobody, and no case is no figure of nought"
    found, *_ = decided("quality_below_declared", subject=settled.trade.delivery.code)
    row = replay_policies({"penalty_margins": 20}, found.decided_at)["rows"][0]
    assert (row["then"], row["other"]) == (settled.price_fen, 20 * bps_of(settled.price_fen, 2_000))


@covers("CAP-I2", "R51")
@pytest.mark.usefixtures("floor")
def test_what_the_year_does_not_hold_is_no_figure_and_says_so(settled: Settlement) -> None:
    """The naive sum over nothing is 0 of 0, which reads as a result."""
    rows = {row["policy"][1]: row for row in replay_policies(
        {"reserve_bps": 9_000, "auction_format": 1, "ban_deals": 4, "fee_bps": 300}, MARKET_CLOCK.now())["rows"]}
    assert rows["fee"]["notice"] is None and rows["fee"]["over"] == 1
    for name, why in (("reserve", "sold lot with an asking price"), ("auction", "sold lot with every bid on file"),
                      ("banned deals", "whom buyers turn to")):
        told = rows[name]
        assert (told["then"], told["other"], told["over"]) == (None, None, 0)
        assert told["notice"][0].startswith("未回放") and told["notice"][1].startswith("Not replayed") and why in told["notice"][1]
    page = signed_in(make_actor(Role.REGULATOR))
    answer = page.get(f"{HOME}replay/?ban_deals=4&reserve_bps=9000").content.decode()
    assert answer.count("未回放：") == 2 and "只能在场景中试的政策" in answer


@covers("CAP-I2", "R51")
@pytest.mark.usefixtures("floor")
def test_what_a_sum_leaves_out_is_counted_beside_it_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    sold(5_000_000, 2_000_000)
    assert replay_policies({"auction_format": 1}, MARKET_CLOCK.now())["rows"][0]["left_out"] == []
    monkeypatch.setattr(replaying, "_ALL_TOLD", ("second_price",))
    row = replay_policies({"auction_format": 1}, MARKET_CLOCK.now())["rows"][0]
    assert row["then"] is None and [one["many"] for one in row["left_out"]] == [1]
    assert "no bid of those who lost" in row["left_out"][0]["why"][1]


@covers("CAP-I2", "R51")
def test_a_replay_is_kept_with_the_experiment_that_it_led_to(settled: Settlement) -> None:
    page = signed_in(make_actor(Role.REGULATOR))
    form = page.get(f"{HOME}scenarios/baseline/?replay=1&fee_bps=900").content.decode()
    assert 'name="replay" value="1"' in form
    typed = {"title": "服务费 9 %", "arms": "2", "act": "draft", "agents": "400", "days": "6", "seed": "1", "replications": "3",
             "arm-1-fee_bps": "900", "arm-1-ban_deals": "9"}
    page.post(f"{HOME}scenarios/baseline/", {**typed, "replay": "1"})
    kept = Experiment.objects.get().replayed
    assert kept is not None and [row["policy"][1] for row in kept["rows"]] == ["banned deals", "fee"]
    assert kept["rows"][0]["notice"] and kept["rows"][1]["other"] == bps_of(settled.price_fen, 900)
    researcher = signed_in(make_actor(Role.RESEARCHER))
    researcher.post(f"{HOME}scenarios/baseline/", {**typed, "title": "同问", "replay": "1"})
    assert Experiment.objects.get(title="同问").replayed is None, "who may not try rules on the own trades takes none along"


@covers("CAP-I2", "R51")
@pytest.mark.parametrize(("key", "value", "scope", "asked", "says"), [
    ("fee.match_seller_bps", 300, "", "fee_bps=300", ""),
    ("fee.match_seller_bps", {"bps": 300, "min_fen": 100}, "", "", "bounds"),
    ("fee.match_seller_bps", 300, "channel=award", "", "scope"),
    ("fee.match_seller_bps", 9_000, "", "", "out of bounds"),
    ("holdback.bps", {"A": 500, "B": 500, "C": 500, "D": 500}, "", "holdback_bps=500", ""),
    ("holdback.bps", {"A": 0, "B": 500, "C": 1_000, "D": 2_000}, "", "", "bands"),
    ("holdback.days", 60, "", "", "nothing of this figure")])
def test_a_proposed_figure_leads_to_its_replay_or_says_on_its_notice_that_there_is_none(
        key: str, value: object, scope: str, asked: str, says: str) -> None:
    query, notice = trial_of_figure(key, value, scope)
    assert query == asked and (notice is None) == bool(asked)
    assert notice is None or (says in notice[1] and "未经回放" in notice[0])


@covers("CAP-I2", "R51", "R84")
def test_a_draft_of_the_list_is_tried_and_its_shared_report_stands_on_the_consultation_page() -> None:
    seller, _ = market()
    held = drafted_list(seller.clock)
    told = replay_list(held, MARKET_CLOCK.now())
    assert (told["on_sale"], told["held"], told["barred_share_bps"]) == (6, 3, 5_000)
    who = make_actor(Role.REGULATOR)
    page = signed_in(who)
    answer = page.get(f"{HOME}replay/{held.code}/").content.decode()
    assert "其中会停牌" in answer and "在场景中试" in answer
    made = page.post(f"{HOME}replay/{held.code}/", {"scenario": "baseline"})
    one = Experiment.objects.get()
    assert made.headers["Location"] == f"{HOME}{one.code}/" and one.about == held.code
    assert (one.status, one.replayed) == ("running", told) and one.arms.get(number=1).changes == {"barred_share_bps": 5_000}
    small = finished(Plan("baseline", ({}, {"barred_share_bps": 5_000}), agents=400, days=6, seed=1, replications=3), actor=who,
                     about=held.code, replayed=told)
    where = f"/rules/negative-list/{held.code}/"
    propose_list(version=held, actor=regulator("review_second"), clock=seller.clock)
    assert small.code not in Client().get(where).content.decode()
    share_experiment(experiment=small, actor=who, clock=MARKET_CLOCK)
    public = Client().get(where).content.decode()
    assert small.code in public and "政策实验的报告" in public
    told = [one.text[0] for one in findings(small.report) if one.clear]
    assert told and all(one in public for one in told[:5]), "what was found stands there, not only a link"
    assert "在售产品中会停牌" in public and "3 / 6" in public
    small.refresh_from_db()
    assert "对本所过去十二个月的成交" in Client().get(f"/laboratory/{small.link}/").content.decode()


@covers("CAP-I2", "R51")
def test_the_years_evaluation_is_made_from_what_is_on_file(settled: Settlement) -> None:
    one, at = finished(), MARKET_CLOCK.now()
    told = evaluation_of(at.year, at)
    assert not told.whole and [row[0] for row in told.experiments] == [one]
    zh, en = written(told, 0), written(told, 1)
    by = {words[1]: text for words, text in told.measured}
    assert by["Share of value on the exchange (outside: what was filed)"][1] == "100.00 %"
    assert by["Rate of default"][1] == "— (0 of 1: a rate needs 30)" and "不列比率" in by["Rate of default"][0]
    assert by["Concentration of sellers (HHI)"][1] == "— (fewer than 3 sellers sold)", "one seller's share is its own affair"
    assert by["Days from delivery to a case (median, of faults found in deliveries)"][1].startswith("—"), "no fault is no delay of nought"
    assert "监管指标" in zh and "Figures of the regulator" in en
    assert "年度规则评估" in zh and "evaluation of the rules" in en and one.result_hash[:16] in en
    said = next(found.text for found in findings(one.report) if found.clear)
    assert said[0] in zh and said[1] in en
    page = signed_in(make_actor(Role.RESEARCHER))
    assert one.title in page.get(f"{HOME}evaluation/{at.year}/").content.decode()
    file = page.get(f"{HOME}evaluation/{at.year}/file/")
    assert file.content.decode() == zh and "attachment" in file.headers["Content-Disposition"]
    assert page.get(f"{HOME}evaluation/{at.year + 1}/").status_code == 404


@covers("CAP-I2", "R51")
def test_a_figure_of_the_market_on_too_few_cases_is_none_and_more_complaints_than_trades_have_no_interval() -> None:
    assert rate_told(3, 29) == ("— （3 / 29，少于 30 例，不列比率）", "— (3 of 29: a rate needs 30)")
    assert rate_told(3, 30)[1] == "10.00 % (95 % interval 3.46 % to 25.62 %, n = 30)"
    assert rate_told(3, 30, 1_000)[1] == "100.0 (95 % interval 34.6 to 256.2, n = 30)"
    assert rate_told(60, 30, 1_000)[1] == "2,000.0 (n = 30)"


@covers("CAP-I2", "R51")
def test_the_days_until_a_case_are_counted_from_the_delivery_that_was_at_fault(settled: Settlement) -> None:
    found, *_ = decided("quality_below_declared", subject=settled.trade.delivery.code)
    since = datetime(found.opened_at.year, 1, 1, tzinfo=UTC)
    by = {words[1]: text[1] for words, text in market_figures(since, found.decided_at + timedelta(days=1))}
    words = "Days from delivery to a case (median, of faults found in deliveries)"
    assert by[words].startswith("—"), "this delivery came after the case was opened: nothing of it is measured"
    Delivery.objects.filter(code=settled.trade.delivery.code).update(delivered_at=found.opened_at - timedelta(days=5))
    later = {said[1]: text[1] for said, text in market_figures(since, found.decided_at + timedelta(days=1))}
    assert later[words] == "5.0 (n = 1)"


@covers("CAP-I2", "CAP-I4", "E55")
def test_the_demos_researcher_has_an_answer_and_a_question_under_way() -> None:
    house = Market(MARKET_CLOCK)
    open_desks(house)
    began = time.process_time()
    Research(house).answer()
    Research(house).ask()
    spent = time.process_time() - began
    first, second = Experiment.objects.order_by("pk")
    assert (first.status, second.status) == ("finished", "running") and spent < 4, f"{spent:.1f} s"
    assert first.replications == ANSWERED.replications and first.asked_by.username == "researcher"
    none, held = (arm["metrics"]["default_rate"] for arm in first.report["arms"])
    assert none["low"] > 0 and held["mean"] < none["mean"]
