"""The yearly evaluation of the rules: what the year showed on the real market, which rules held, and what the laboratory found out of them.

Made from what is on file; nothing is typed in. The sums name no party.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from compliance.models import Complaint, Dispute, NegativeListVersion, Sanction
from compliance.states import ListStatus
from kit.coverage import covers
from kit.money import yuan
from participants.queries import LOCAL
from settlement.models import Settlement
from simulation.experiments.market_figures import market_figures
from simulation.experiments.reporting import citation_of, findings
from simulation.models import Experiment
from simulation.states import ExperimentStatus
from trading.models import Trade, TradeState
from trading.states import TradeStatus

__all__ = ["Evaluation", "evaluation_of", "written"]

Pair = tuple[str, str]
_MOST = 200


@dataclass(frozen=True)
class Evaluation:
    """One year: figures of the real market, the lists that held in it, and each experiment with what it found."""

    year: int
    whole: bool
    figures: list[tuple[Pair, str]]
    measured: list[tuple[Pair, Pair]]
    lists: list[NegativeListVersion]
    experiments: list[tuple[Experiment, list[Pair]]]
    left_out: int


@covers("CAP-I2", "R51")
def evaluation_of(year: int, at: datetime) -> Evaluation:
    """This will put a year together; the running one is marked as not whole."""
    since, until = datetime(year, 1, 1, tzinfo=LOCAL), datetime(year + 1, 1, 1, tzinfo=LOCAL)
    done = Experiment.objects.filter(status=ExperimentStatus.FINISHED, ended_at__gte=since, ended_at__lt=until).order_by("about", "pk")
    held = Q(effective_to__isnull=True) | Q(effective_to__gt=since)
    lists = NegativeListVersion.objects.filter(held, effective_from__lt=until).exclude(
        status__in=[ListStatus.DRAFT, ListStatus.DISCARDED]).order_by("pk")
    rows = [(one, [said.text for said in findings(one.told) if said.clear]) for one in done[:_MOST]]
    measured = list(market_figures(since, min(until, at)))
    return Evaluation(year, until <= at, list(_figures(since, until)), measured, list(lists), rows, max(0, done.count() - _MOST))


def _figures(since: datetime, until: datetime) -> Iterator[tuple[Pair, str]]:
    def within(field: str) -> dict[str, Any]:
        return {f"{field}__gte": since, f"{field}__lt": until}

    for channel, words in (("on_exchange", ("场内成交", "Trades on the exchange")),
                           ("off_exchange", ("场外备案", "Filed off the exchange"))):
        told = Trade.objects.filter(channel=channel, **within("executed_at")).aggregate(many=Count("pk"), fen=Sum("price_fen"))
        yield words, f"{told['many']:,} · {yuan(int(told['fen'] or 0))}"
    settled = Settlement.objects.filter(**within("settled_at")).aggregate(many=Count("pk"), fee=Sum("seller_fee_fen"), held=Sum("held_fen"))
    yield ("已结算", "Settled"), f"{settled['many']:,}"
    yield ("卖方服务费", "Charged to sellers"), yuan(int(settled["fee"] or 0))
    yield ("暂存价款", "Held back"), yuan(int(settled["held"] or 0))
    broken = TradeState.objects.filter(status=TradeStatus.DEFAULTED, **within("trade__executed_at")).count()
    yield ("违约", "Defaults"), f"{broken:,}"
    yield ("投诉", "Complaints"), f"{Complaint.objects.filter(**within('received_at')).count():,}"
    yield ("争议", "Disputes"), f"{Dispute.objects.filter(**within('opened_at')).count():,}"
    yield ("处置措施", "Measures taken"), f"{Sanction.objects.filter(**within('effective_from')).count():,}"


@covers("CAP-I2", "R51")
def written(told: Evaluation, language: int) -> str:
    """This will write an evaluation as a text to keep (Markdown), in one language."""

    def say(zh: str, en: str) -> str:
        return (zh, en)[language]

    lines = [f"# {told.year} {say('年度规则评估', 'evaluation of the rules')}", ""]
    if not told.whole:
        lines += [say("本年未完，数据截至生成之时。", "The year is not over; figures up to now."), ""]
    lines += [f"## {say('本所市场', 'The market')}", ""] + [f"- {words[language]}: {text}" for words, text in told.figures]
    lines += ["", f"## {say('监管指标', 'Figures of the regulator')}", ""]
    lines += [f"- {words[language]}: {text[language]}" for words, text in told.measured]
    lines += ["", f"## {say('施行过的负面清单', 'Negative lists in force')}", ""]
    lines += [f"- {one.version} ({one.effective_from:%Y-%m-%d}) {(one.summary_zh, one.summary_en)[language]}" for one in told.lists
              if one.effective_from] or [say("无", "none")]
    lines += ["", f"## {say('政策实验', 'Experiments')}", ""]
    for one, said in told.experiments:
        lines += [f"### {one.title}", "", *(f"- {text[language]}" for text in said), *([] if said else [
            "- " + say("没有一项指标能看出差别。", "No metric differs.")]), "", f"> {citation_of(one)}", ""]
    if not told.experiments:
        lines.append(say("本年没有完成的实验。", "No experiment was finished in this year."))
    return "\n".join(lines).rstrip() + "\n"
