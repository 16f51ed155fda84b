"""Contracts on authorised public data made elsewhere must be filed 应备案而未备案 (Shanghai Data Regulations 46; rules E.7; R43).

For other data filing is encouraged and nobody is held to it. Here it is a duty, and the one place where it shows is the operator's yearly
report: what it earned beyond the trades on record, on the exchange or filed, it earned by contracts that nobody filed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.db.models import Q, Sum

from compliance.cases import open_case
from compliance.models import Case, CaseKind
from evidence.operations import operation, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import yuan
from listings.models import OperationReport
from participants.notices import notify
from participants.permissions import require
from participants.queries import LOCAL
from trading.models import Channel, Trade
from trading.states import TradeStatus

__all__ = ["ask_for_unfiled", "recorded_fen"]

_UNDONE = (TradeStatus.CANCELLED, TradeStatus.DEFAULTED, TradeStatus.UNWOUND)


def _turn_of(year: int) -> datetime:
    return datetime.combine(date(year, 1, 1), time(), LOCAL).astimezone(UTC)


def recorded_fen(report: OperationReport) -> int:
    """This will add up the year's trades of an authorisation's products that are on record: made here, or filed and verified."""
    of_it = Q(version__authorisation=report.authorisation) | Q(
        channel=Channel.OFF_EXCHANGE, seller=report.authorisation.organization, report__profile__public_authorised=True)
    rows = Trade.objects.filter(of_it, executed_at__gte=_turn_of(report.year), executed_at__lt=_turn_of(report.year + 1))
    return int(rows.exclude(state__status__in=_UNDONE).aggregate(fen=Sum("price_fen"))["fen"] or 0)


@operation("trading.report.ask_unfiled")
@covers("R43", "R21", "F12")
def ask_for_unfiled(*, report: OperationReport, actor: Actor = SYSTEM, clock: Clock) -> Case | None:
    """This will open a case and ask the operator to file once a year's revenue is above what is on record; None where it is not."""
    at = clock.now()
    require(actor, "trading.report.run", at=at)
    operator, revenue = report.authorisation.organization, report.revenue_fen or 0
    missing = revenue - recorded_fen(report)
    if missing <= 0:
        unchanged(at=at)
        return None
    case = open_case(
        kind=CaseKind.FILING, subject_kind="operation_report", subject_code=report.code, organization=operator, flags=["unfiled"],
        title=(f"{report.year} 年公共数据运营收入超出在册成交 {yuan(missing)}",
               f"{report.year}: revenue from public data is {yuan(missing)} above the trades on record"),
        text=f"{yuan(revenue)} − {yuan(revenue - missing)} = {yuan(missing)}", actor=actor, clock=clock)
    notify(organization=operator, kind="trading.report.unfiled", subject=report.code, tone="wait", href="/desk/filings/new/", at=at,
           text=(f"{report.year} 年运营收入比在册成交多 {yuan(missing)}：授权运营公共数据的场外合同须备案，请补报或向合规专员说明。",
                 f"Your revenue of {report.year} is {yuan(missing)} above the trades on record: contracts on authorised public data made "
                 "elsewhere must be filed. File them, or explain it to the compliance desk."))
    return case
