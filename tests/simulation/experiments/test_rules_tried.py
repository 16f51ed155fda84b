"""A rule tried before it holds: on the own trades in sums, on the scenarios; its report stands on the consultation page."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from compliance.operations import propose_list
from delivery.operations import accept_delivery
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.money import bps_of
from participants.actors import actor_of
from participants.roles import Role
from settlement.models import Settlement
from settlement.tasks import move_cycle
from simulation.agents.researching import ANSWERED, Research
from simulation.experiments.acting import share_experiment
from simulation.experiments.evaluating import evaluation_of, written
from simulation.experiments.replaying import replay_list, replay_policies
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
    assert by["inspection"] == (1, 1) and by["holdback"] == (settled.held_fen, 0) and by["reserve"][1] == 0
    assert by["export barred"] == (settled.price_fen, 0) and told["trades"] == 1
    page = signed_in(make_actor(Role.REGULATOR))
    answer = page.get(f"{HOME}replay/?fee_bps=900").content.decode()
    assert "再到场景中试" in answer and "scenarios/baseline/?fee_bps=900" in answer
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
    assert (row["then"], row["other"]) == (0, 0), "what is only alleged fines nobody"
    found, *_ = decided("quality_below_declared", subject=settled.trade.delivery.code)
    row = replay_policies({"penalty_margins": 20}, found.decided_at)["rows"][0]
    assert (row["then"], row["other"]) == (settled.price_fen, 20 * bps_of(settled.price_fen, 2_000))


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
    assert "年度规则评估" in zh and "evaluation of the rules" in en and one.result_hash[:16] in en
    said = next(found.text for found in findings(one.report) if found.clear)
    assert said[0] in zh and said[1] in en
    page = signed_in(make_actor(Role.RESEARCHER))
    assert one.title in page.get(f"{HOME}evaluation/{at.year}/").content.decode()
    file = page.get(f"{HOME}evaluation/{at.year}/file/")
    assert file.content.decode() == zh and "attachment" in file.headers["Content-Disposition"]
    assert page.get(f"{HOME}evaluation/{at.year + 1}/").status_code == 404


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
