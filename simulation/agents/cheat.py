"""One who cheats, and how the house deals with it: from an alert to the objection; a small lapse, found and restored; a ring, seen.

清律医信 states a quality its table does not have: surveillance raises an alert, the regulator opens a case, hears the party,
finds ordinary dishonest conduct; standing falls, listings leave the market, running lots are cancelled. The party objects,
another regulator decides. 小满数据 reports late once, is warned, mends it and has its credit restored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from compliance.models import Case, ConductCase, Finding, Restoration
from compliance.operations import (
    accept_restoration,
    apply_for_restoration,
    claim_case,
    close_case,
    decide_conduct,
    decide_objection,
    decide_restoration,
    notify_accused,
    object_to_finding,
    open_case,
    open_conduct_case,
    state_case,
    waive_statement,
)
from compliance.states import ConductStatus, RestorationStatus
from listings.models import Listing
from participants.signin_marks import note_marks
from simulation.agents.signing_in import RING, RING_ADDRESS, RING_BROWSER
from simulation.heap import Heap
from simulation.market import Market
from trading.alerts import ask_about_alert, claim_alert
from trading.models import SurveillanceAlert, Trade
from trading.watching import watch_market

__all__ = ["Misconduct"]

CHEAT, SLOPPY = "qinglu", "xiaoman"
_ASKED = "三家多次竞买同一拍品而登录出自同一台设备，请说明各自的经办人、设备归属与出价决定如何作出。"
_FALSE, _LATE = "quality_below_declared", "late_report"


@dataclass
class Misconduct:
    """The two conduct cases of the demo; each step looks at where its case stands and does nothing when it is not its turn."""

    market: Market

    def plan_story(self, heap: Heap, start: datetime, end: datetime) -> None:
        """This will plan both stories into the period between ``start`` and ``end``."""
        length = end - start
        for share, step in self._steps():
            heap.plan(start + length * share, step)

    def _steps(self) -> list[tuple[float, Callable[[], None]]]:
        return [
            (0.40, self.open_late), (0.41, self.notify_late), (0.43, self.waive_late), (0.45, self.find_late),
            (0.64, self.apply_late), (0.65, self.restore_late),
            (0.58, self.sign_in_together),
            (0.60, self.alert), (0.62, self.accuse), (0.63, self.notify), (0.67, self.state), (0.69, self.waive), (0.72, self.find),
            (0.76, self.protest), (0.80, self.decide),
            (0.985, self.ring),
        ]

    def _case(self, key: str, conduct: str) -> ConductCase | None:
        party = self.market.organizations.get(key)
        return ConductCase.objects.filter(organization=party, conduct=conduct).order_by("-pk").first() if party else None

    def _listing(self, key: str) -> Listing | None:
        party = self.market.organizations.get(key)
        return Listing.objects.filter(organization=party, version__isnull=False).order_by("pk").first() if party else None

    # ---- what surveillance sees of it ----------------------------------------------------------------------------------------

    def sign_in_together(self) -> None:
        """Its people and a buyer's come from one browser, and the two have traded: the rules see it, an officer takes it up."""
        party = self.market.organizations.get(CHEAT)
        trade = Trade.objects.filter(seller=party, price_fen__gt=0).order_by("-pk").first() if party else None
        if party is None or trade is None:
            return
        for key in (party.pk, trade.buyer_id):
            note_marks(key, "192.0.2.7", "one browser", at=self.market.now())
        self.market.act(watch_market)
        alert = SurveillanceAlert.objects.filter(status="raised", parties__contains=[party.code]).order_by("pk").first()
        if alert is not None:
            self.market.act(claim_alert, alert=alert, actor=self.market.actors["surveillance"])

    def ring(self) -> None:
        """Three buyers who bid in the same lots come from one machine: each pair is an alert, and the desk asks the first of them.

        It stays with the desk: whoever signs in there finds it in analysis and decides.
        """
        here = [self.market.organizations[key] for key in RING if key in self.market.organizations]
        for one in here:
            note_marks(one.pk, RING_ADDRESS, RING_BROWSER, at=self.market.now())
        self.market.act(watch_market)
        codes = {one.code: one for one in here}
        rows = SurveillanceAlert.objects.filter(rule="shared_sign_in", status="raised", parties__contained_by=sorted(codes))
        for number, alert in enumerate(rows.order_by("pk")):
            self.market.act(claim_alert, alert=alert, actor=self.market.actors["surveillance"])
            if number == 0:
                self.market.act(ask_about_alert, alert=alert, party=codes[sorted(alert.parties)[0]], text=_ASKED,
                                actor=self.market.actors["surveillance"])

    # ---- the serious story -----------------------------------------------------------------------------------------------

    def alert(self) -> None:
        listing = self._listing(CHEAT)
        if listing is None or self._case(CHEAT, _FALSE):
            return
        officer = self.market.actors["surveillance"]
        case = self.market.act(
            open_case, kind="alert", subject_kind="listing", subject_code=listing.code, organization=listing.organization,
            title=("样本与交付内容质量不符", "Sample and delivery differ in quality"),
            text="抽查发现样本中三条记录的单位与说明不一致，完整性低于声明。", actor=officer)
        if case is not None:
            self.market.act(claim_case, case=case, actor=officer)

    def accuse(self) -> None:
        listing, party = self._listing(CHEAT), self.market.organizations.get(CHEAT)
        if listing is None or party is None or self._case(CHEAT, _FALSE):
            return
        self.market.act(open_conduct_case, organization=party, conduct=_FALSE, subject_code=listing.code,
                        text="所售产品的数据质量低于声明。", actor=self.market.actors["surveillance"])
        case = Case.objects.filter(kind="alert", subject_code=listing.code).order_by("-pk").first()
        if case is not None:
            self.market.act(close_case, case=case, outcome="referred", text="移送失信认定。", actor=self.market.actors["surveillance"])

    def notify(self) -> None:
        self._step(CHEAT, _FALSE, ConductStatus.ACCUSED, lambda case: self.market.act(
            notify_accused, case=case, actor=self.market.actors["compliance"]))

    def state(self) -> None:
        self._step(CHEAT, _FALSE, ConductStatus.STATEMENT, lambda case: self.market.act(
            state_case, case=case, text="单位差异系换算说明遗漏，愿意更正并退还差价。", actor=self.market.actors[CHEAT]))

    def waive(self) -> None:
        self._step(CHEAT, _FALSE, ConductStatus.STATEMENT, lambda case: self.market.act(
            waive_statement, case=case, actor=self.market.actors[CHEAT]))

    def find(self) -> None:
        self._step(CHEAT, _FALSE, ConductStatus.DECIDING, lambda case: self.market.act(
            decide_conduct, case=case, severity="ordinary", measures=["no_new_business"], basis="信用管理规则 第9条、第13条",
            reasons="抽查与陈述相互印证，数据质量低于声明，属一般失信。", actor=self.market.actors["regulator"]))

    def protest(self) -> None:
        self._step(CHEAT, _FALSE, ConductStatus.DECIDED, lambda case: self.market.act(
            object_to_finding, case=case, text="认为情节轻微，请求减轻。", actor=self.market.actors[CHEAT]))

    def decide(self) -> None:
        self._step(CHEAT, _FALSE, ConductStatus.OBJECTED, lambda case: self.market.act(
            decide_objection, case=case, outcome="reject", reasons="事实清楚，措施与情节相当，维持认定。",
            actor=self.market.actors["regulator2"]))

    # ---- the small one ---------------------------------------------------------------------------------------------------

    def open_late(self) -> None:
        party = self.market.organizations.get(SLOPPY)
        if party is not None and self._case(SLOPPY, _LATE) is None:
            self.market.act(open_conduct_case, organization=party, conduct=_LATE, subject_code=party.code,
                            text="季度流通报告逾期五日报送。", actor=self.market.actors["compliance"])

    def notify_late(self) -> None:
        self._step(SLOPPY, _LATE, ConductStatus.ACCUSED, lambda case: self.market.act(
            notify_accused, case=case, actor=self.market.actors["compliance"]))

    def waive_late(self) -> None:
        self._step(SLOPPY, _LATE, ConductStatus.STATEMENT, lambda case: self.market.act(
            waive_statement, case=case, actor=self.market.actors[SLOPPY]))

    def find_late(self) -> None:
        self._step(SLOPPY, _LATE, ConductStatus.DECIDING, lambda case: self.market.act(
            decide_conduct, case=case, severity="minor", measures=["watch"], basis="信用管理规则 第11条",
            reasons="逾期报送属实，已补报。", actor=self.market.actors["regulator"]))

    def apply_late(self) -> None:
        finding = Finding.objects.filter(case__organization=self.market.organizations.get(SLOPPY)).order_by("-pk").first()
        if finding is not None and not Restoration.objects.filter(finding=finding).exists():
            self.market.act(apply_for_restoration, finding=finding, text="已补报并改进报送流程。", committed=True,
                            actor=self.market.actors[SLOPPY])

    def restore_late(self) -> None:
        asked = Restoration.objects.filter(organization=self.market.organizations.get(SLOPPY)).order_by("-pk").first()
        if asked is not None and asked.status == RestorationStatus.APPLIED:
            self.market.act(accept_restoration, restoration=asked, actor=self.market.actors["compliance"])
            self.market.act(decide_restoration, restoration=asked, grant=True, reason="已履行义务，同意修复。",
                            actor=self.market.actors["regulator"])

    def _step(self, key: str, conduct: str, status: ConductStatus, act: Callable[[ConductCase], object]) -> None:
        case = self._case(key, conduct)
        if case is not None and case.status == status:
            act(case)
