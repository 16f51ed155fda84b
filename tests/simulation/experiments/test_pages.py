"""The laboratory's pages: what a scenario takes, each fault at its field, a run that is watched, a report to take along and to share."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import duckdb
import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.roles import Role
from simulation.experiments.acting import share_experiment
from simulation.experiments.running import compute_next
from simulation.experiments.showing import PICTURED, catalogue, measured
from simulation.models import Experiment
from simulation.wide.arms import Plan
from simulation.wide.parameters import scenarios, values_of
from simulation.wide.running import run
from tests.exchange.worlds import signed_in
from tests.factories import make_actor
from tests.simulation.experiments.worlds import computed, drafted, finished, started

pytestmark = pytest.mark.django_db
HOME = "/desk/laboratory/"


def read(client: Client, where: str, status: int = 200) -> str:
    answer = client.get(where)
    assert answer.status_code == status, answer.content[:2000]
    return answer.content.decode()


@covers("CAP-I2")
def test_the_catalogue_shows_every_scenario_with_what_was_measured() -> None:
    page = read(signed_in(make_actor(Role.RESEARCHER)), HOME)
    for one in scenarios().values():
        assert one.zh in page and f"/desk/laboratory/scenarios/{one.key}/" in page
    assert "这里的市场是模拟的" in page and "还没有完成的实验" in page
    assert set(PICTURED) == set(measured()["scenarios"]) and len(catalogue(1)) == 9


@covers("CAP-I2")
def test_what_a_picture_shows_is_what_the_scenario_comes_to() -> None:
    told = run("wash", agents=4_000, days=30, seed=7)
    assert measured()["scenarios"]["wash"]["result_hash"] == told["result_hash"], "measure the scenarios again"


@covers("CAP-I2")
@pytest.mark.parametrize("key", sorted(PICTURED))
def test_a_form_offers_only_policies_that_make_a_difference(key: str) -> None:
    usual = run(key, agents=2_000, days=30, seed=7)["metrics"]
    other = {"fee_bps": 0, "reserve_bps": 8_000, "barred_share_bps": 2_000, "public_price_bps": 8_000, "inspection_bps": 10_000,
             "holdback_bps": 9_900}
    for one in scenarios()[key].policies():
        value = other.get(one.name, one.most if values_of(key)[one.name] != one.most else one.least)
        assert run(key, agents=2_000, days=30, seed=7, changes={one.name: value})["metrics"] != usual, one.name


@covers("CAP-I2")
def test_a_form_keeps_what_was_typed_and_names_each_fault_at_its_field() -> None:
    page = signed_in(make_actor(Role.RESEARCHER))
    where = f"{HOME}scenarios/baseline/"
    assert 'name="arm-0-holdback_bps"' not in read(page, where) and "预计" in read(page, where)
    sent = {"arms": "2", "title": "费率", "agents": "2000", "days": "30", "seed": "7", "replications": "20", "arm-1-fee_bps": "9000"}
    answer = page.post(where, {**sent, "act": "draft"})
    text = answer.content.decode()
    assert answer.status_code == 400 and 'value="9000"' in text and "请填 0 至 2000 的整数" in text and 'aria-invalid="true"' in text
    more = page.post(where, {**sent, "act": "more"}).content.decode()
    assert 'name="arm-2-fee_bps"' in more and 'value="9000"' in more and not Experiment.objects.exists()
    fewer = page.post(where, {**sent, "arms": "3", "act": "fewer"}).content.decode()
    assert 'name="arm-2-fee_bps"' not in fewer
    words = page.post(where, {**sent, "agents": "many", "act": "draft"}).content.decode()
    assert "请填 160 至 100000 的整数" in words
    estimate = page.post(where, {**sent, "arm-1-fee_bps": "900", "act": "estimate"})
    assert estimate.status_code == 200 and "共 40 次运行" in estimate.content.decode() and not Experiment.objects.exists()
    made = page.post(where, {**sent, "arm-1-fee_bps": "900", "act": "draft"})
    one = Experiment.objects.get()
    assert made.headers["Location"] == f"{HOME}{one.code}/" and [arm.changes for arm in one.arms.all()] == [{}, {"fee_bps": 900}]
    assert 'value="900"' in read(page, f"{where}?from={one.code}")


@covers("CAP-I2")
def test_a_run_is_started_watched_paused_and_comes_to_its_report(django_capture_on_commit_callbacks: object) -> None:
    who = make_actor(Role.RESEARCHER)
    one, page = drafted(actor=who), signed_in(who)
    where = f"{HOME}{one.code}/"
    assert "启动，或弃置" in read(page, where) and "预计" in read(page, where)
    assert page.post(where, {"act": "start"}).status_code == 302
    assert "已完成 0 / 6 次运行" in read(page, where) and 'http-equiv="refresh"' in read(page, where)
    for _ in range(4):
        assert compute_next(clock=MARKET_CLOCK)
    live = read(page, f"{where}?part=live")
    assert "已完成 4 / 6 次运行" in live and live.count("<svg") >= 9 and 'data-live="part"' in live and "<html" not in live
    assert page.post(where, {"act": "pause"}).status_code == 302
    paused = read(page, where)
    assert "已暂停" in paused and 'http-equiv="refresh"' not in paused and f"/ws/experiments/{one.code}/" in paused
    refused = page.post(where, {"act": "pause"})
    assert refused.status_code == 409 and "此时不能这样做" in refused.content.decode()
    page.post(where, {"act": "resume"})
    computed(one)
    gone = page.get(f"{where}?part=live")
    assert gone.status_code == 204 and gone.headers["HX-Refresh"] == "true"
    report = read(page, where)
    assert "结论" in report and "降低" in report and one.report["result_hash"] in report and "sha256:" in report
    assert 'http-equiv="refresh"' not in report


@covers("CAP-I2")
def test_the_report_is_taken_along_as_csv_workbook_and_parquet(tmp_path: Path) -> None:
    who = make_actor(Role.RESEARCHER)
    one, page = finished(actor=who), signed_in(who)
    where = f"{HOME}{one.code}/report/"
    rows = b"".join(page.get(f"{where}csv/").streaming_content).decode().splitlines()
    assert len(rows) == 1 + 2 * len(one.report["arms"][0]["metrics"]) and one.result_hash in rows[1]
    assert rows[0].startswith("\ufeffexperiment,")
    book = zipfile.ZipFile(io.BytesIO(b"".join(page.get(f"{where}xlsx/").streaming_content)))
    assert "xl/worksheets/sheet1.xml" in book.namelist()
    path = tmp_path / "report.parquet"
    path.write_bytes(page.get(f"{where}parquet/").content)
    found = duckdb.sql(f"SELECT mean, seed FROM '{path}' WHERE arm = 1 AND metric = 'default_rate'").fetchall()
    assert found == [(one.report["arms"][0]["metrics"]["default_rate"]["mean"], 5)]
    assert page.get(f"{where}exe/").status_code == 404


@covers("CAP-I2")
def test_a_shared_report_is_read_without_signing_in_until_it_is_taken_back() -> None:
    who = make_actor(Role.RESEARCHER)
    one, page, anybody = finished(actor=who), signed_in(who), Client()
    page.post(f"{HOME}{one.code}/", {"act": "share"})
    one.refresh_from_db()
    answer = anybody.get(f"/laboratory/{one.link}/")
    assert answer.status_code == 200 and answer.headers["X-Robots-Tag"] == "noindex"
    assert "<form" not in answer.content.decode().split("<main")[1]
    assert anybody.post(f"/laboratory/{one.link}/").status_code == 405
    page.post(f"{HOME}{one.code}/", {"act": "unshare"})
    assert anybody.get(f"/laboratory/{one.link}/").status_code == 404


@covers("CAP-I2")
def test_finished_experiments_are_everybodys_to_read_and_to_filter_what_runs_is_its_owners() -> None:
    one, other = finished(), signed_in(make_actor(Role.REGULATOR))
    runs = started()
    page = read(other, HOME)
    assert one.code in page and runs.code not in page
    assert one.code in read(other, f"{HOME}?scenario=exit_scam&policy=holdback_bps&q=暂存")
    for where in ("?scenario=wash", "?policy=fee_bps", "?mine=1", "?q=没有"):
        assert "没有符合筛选的实验" in read(other, HOME + where)
    assert read(other, f"{HOME}{one.code}/") and 'value="share"' not in read(other, f"{HOME}{one.code}/")
    assert other.get(f"{HOME}{runs.code}/").status_code == 404
    assert other.post(f"{HOME}{one.code}/", {"act": "share"}).status_code == 404


@covers("CAP-I2")
def test_two_reports_stand_side_by_side_and_the_page_says_where_they_were_asked_differently() -> None:
    one = finished()
    two = finished(Plan("exit_scam", ({"holdback_bps": 0}, {"holdback_bps": 5_000}), agents=400, days=8, seed=6, replications=3))
    page = signed_in(make_actor(Role.RESEARCHER))
    assert "选两项已完成的实验" in read(page, f"{HOME}compare/")
    told = read(page, f"{HOME}compare/?a={one.code}&b={two.code}")
    assert "条件不同" in told and one.code in told and two.code in told and told.count("<figure>") == 8
    assert "不能对比" in read(page, f"{HOME}compare/?a={one.code}&b={one.code}", 422)


@covers("CAP-I2")
def test_the_pages_speak_english() -> None:
    who = make_actor(Role.RESEARCHER)
    one, page = finished(actor=who), signed_in(who)
    page.cookies["django_language"] = "en"
    year = MARKET_CLOCK.now().year
    for where in (HOME, f"{HOME}scenarios/exit_scam/", f"{HOME}{one.code}/", f"{HOME}compare/", f"{HOME}evaluation/{year}/"):
        text = read(page, where).split("<main")[1].replace("暂存价款能否防住卷款", "").replace("测试人", "")
        chinese = sorted({word for word in text if "\u4e00" <= word <= "\u9fff"})
        assert not chinese, (where, chinese)
    assert "falls from" in read(page, f"{HOME}{one.code}/")
    assert share_experiment(experiment=one, actor=who, clock=MARKET_CLOCK).link


