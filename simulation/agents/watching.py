"""Surveillance at its desk: what the rules raised is taken up within the day, the party is asked, and each alert decided with a reason.

Signs in common that the two sides cannot explain are referred; a figure that comes of a small market is dismissed, and says so.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from compliance.models import Case, ConductCase
from compliance.operations import answer_case, decide_conduct, notify_accused, state_case
from compliance.states import CaseStatus, ConductStatus
from participants.models import Organization
from simulation.agents.signing_in import RING
from simulation.market import Market
from simulation.times import Window
from trading.alerts import ask_about_alert, claim_alert, dismiss_alert, refer_alert
from trading.models import SurveillanceAlert
from trading.states import AlertStatus
from trading.surveillance.rules import RULES

__all__ = ["Watching"]

#: Rules whose alerts are decided only after the party was heard.
_ASKED = {"shared_sign_in", "same_owner", "round_trip", "cycle", "rotation"}
_QUESTION = "请说明所列成交的商业目的、各自的经办人，以及双方是否共用场所或设备。"
_ANSWER = "各笔成交均为业务所需，合同与付款凭证可供核对；双方在同一园区办公，共用出口网络。"
_REASONS = {
    "shill": "核对了逐次出价：每次加价都高于他人，且在其他卖方的拍品中同样参与；卖方少，集中不足为凭。",
    "concentration": "该市场近月只有少数成交，份额上升来自一笔订单，未见排挤行为。",
    "price_outlier": "价格差异来自字段范围与席位数不同，版本说明可以印证。",
    "unround": "按席位与期限折算计价，尾数由公式产生。",
    "close_bids": "报价接近是因公开的起价与加价幅度，未见串通的其他迹象。",
    "replica": "相同段落来自统一的说明模板，字段与样本各不相同。",
    "off_venue": "场外成交已按期备案，标的与洽谈内容不同。",
    "overuse": "超出部分为对方重试造成，已按计次规则补计。",
}
_CLEARED = "已听取说明并核对合同、付款与登录记录，未见同一人控制或往返安排。"
_STATED = "两笔为同一园区的业务往来，金额不大，愿意接受检查并改用各自的设备登录。"
_FOUND = "登录记录与往返成交相互印证，金额小，未影响公开价格，属一般失信。"
_OPEN = (ConductStatus.ACCUSED, ConductStatus.STATEMENT, ConductStatus.DECIDING)
_REFERRED = "登录出自同一浏览器，双方又有成交，说明不能解释；移送失信认定。"


class Watching:
    """The desk of market surveillance; ``suspect`` names the player whose signs cannot be explained."""

    def __init__(self, market: Market, *, suspect: str = "qinglu") -> None:
        self.market, self.suspect = market, suspect

    def plan(self, window: Window) -> None:
        """This will plan what the desk does with open alerts, and what parties that were asked answer."""
        officer = self.market.actors.get("surveillance")
        if officer is None:
            return
        for one in SurveillanceAlert.objects.filter(status=AlertStatus.RAISED).order_by("due_at", "pk")[:8]:
            window.plan(partial(self.market.act, claim_alert, alert=one, actor=officer))
        mine = SurveillanceAlert.objects.filter(status=AlertStatus.IN_ANALYSIS, assignee_id=officer.user_id)
        for one in mine.order_by("due_at", "pk"):
            window.plan(partial(self._work, one))
        asked = Case.objects.filter(kind="alert", subject_kind="alert", status=CaseStatus.WAITING_ON_PARTY).select_related("organization")
        for case in asked.order_by("pk"):
            window.plan(partial(self._answer, case))
        for referred in ConductCase.objects.filter(subject_code__startswith="ALR-", status__in=_OPEN).order_by("pk"):
            window.plan(partial(self._proceed, referred))

    def _work(self, alert: SurveillanceAlert) -> None:
        officer = self.market.actors["surveillance"]
        alert.refresh_from_db()
        if self._is_the_ring(alert):
            return
        case = Case.objects.filter(code=alert.case).first() if alert.case else None
        if alert.rule in _ASKED and case is None:
            party = Organization.objects.filter(code__in=alert.parties).order_by("pk").first()
            if party is not None:
                self.market.act(ask_about_alert, alert=alert, party=party, text=_QUESTION, actor=officer)
            return
        if case is not None and case.status == CaseStatus.WAITING_ON_PARTY:
            return
        guilty = self.market.organizations.get(self.suspect)
        if guilty is not None and alert.rule == "shared_sign_in" and guilty.code in alert.parties:
            conduct = RULES[alert.rule].conduct
            if not ConductCase.objects.filter(organization=guilty, conduct=conduct).exists():
                self.market.act(refer_alert, alert=alert, party=guilty, conduct=conduct, reason=_REFERRED, actor=officer)
                return
        self.market.act(dismiss_alert, alert=alert, reason=_REASONS.get(alert.rule, _CLEARED), actor=officer)

    def _is_the_ring(self, alert: SurveillanceAlert) -> bool:
        """The planted ring is left to whoever sits at the desk of the demo: it is there to be looked at and decided."""
        codes = {self.market.organizations[key].code for key in RING if key in self.market.organizations}
        return alert.rule == "shared_sign_in" and set(alert.parties) <= codes

    def _proceed(self, case: ConductCase) -> None:
        """What was referred goes its way: the accused is told and speaks, a regulator finds."""
        case.refresh_from_db()
        key = self.market.key_of(case.organization_id)
        if case.status == ConductStatus.ACCUSED:
            self.market.act(notify_accused, case=case, actor=self.market.actors["compliance"])
        elif case.status == ConductStatus.STATEMENT and key in self.market.actors:
            self.market.act(state_case, case=case, text=_STATED, actor=self.market.actors[key])
        elif case.status == ConductStatus.DECIDING:
            self.market.act(decide_conduct, case=case, severity="ordinary", measures=["no_new_business"],
                            basis="信用管理规则 第9条、第13条", reasons=_FOUND, actor=self.market.actors["regulator"])

    def _answer(self, case: Case) -> None:
        """The party answers a day after it was asked, as people do."""
        case.refresh_from_db()
        key = self.market.key_of(case.organization_id or 0)
        actor = self.market.actors.get(key) if key else None
        if actor is None or case.asked_at is None or self.market.now() - case.asked_at < timedelta(hours=20):
            return
        self.market.act(answer_case, case=case, text=_ANSWER, actor=actor)
