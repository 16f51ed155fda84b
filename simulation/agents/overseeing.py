"""The offices' own work: cases are taken up and closed, trades reviewed, letters approved, complaints answered, a pilot granted, two
authorities work one case jointly, a power is given for a time. What is young stays open, as in any office.

Each step is looked up in the database, so what was broken off goes on where it stands. Its chances are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from django.db.models import Exists, OuterRef

from compliance.letters import decide_letter, draft_letter
from compliance.models import Case, CaseKind, Complaint, JointCase, JointOpinion, LetterTemplate
from compliance.operations import (
    accept_complaint,
    answer_joint,
    claim_case,
    close_case,
    close_complaint,
    conclude_joint,
    file_complaint,
    give_opinion,
    open_case,
    open_joint,
)
from compliance.states import CaseStatus, ComplaintStatus, JointStatus
from listings.models import Listing
from participants.actors import VISITOR
from participants.deputies import give_power, name_deputy
from participants.models import TimedGrant, User
from participants.roles import Role
from simulation.agents.paperwork import COMPLAINTS, JOINTS, LETTERS, Filed, Joined, Letter
from simulation.market import SEED, Market
from simulation.times import Window
from trading.models import Trade, VenuePilot
from trading.states import VenuePilotStatus
from trading.venue_pilots import ask_venue_pilot, decide_venue_pilot

__all__ = ["Overseeing"]

Step = Callable[[], object]
_DESKS = {"compliance": "compliance", "regulator": "regulator", "surveillance": "surveillance", "operator": "operator"}
#: How long a case lies before it is taken up, how long it is worked on, and how near its deadline it is closed all the same.
_LIES, _WORKED, _NEAR = timedelta(days=1, hours=12), timedelta(days=3), timedelta(days=1)
#: Kinds whose end is the decision of another object; a desk takes them up and leaves the end to that.
_FOLLOW = (CaseKind.CONTROL_LIST, CaseKind.PAYOUT, CaseKind.SETTLEMENT, CaseKind.INCIDENT, CaseKind.REGISTRATION)
_CLOSED = "已核对材料与记录，未见异常；结果已告知当事人。"
_REVIEWED = "价格、双方、用途与交付记录相互印证，未见异常。"
_OTHER = "jinjian"


class Overseeing:
    """Plans the desks' work; nobody of the demo's own people is needed for it."""

    def __init__(self, market: Market, present: datetime) -> None:
        self.market, self.present = market, present

    def plan(self, window: Window) -> None:
        """This will plan what each office does in the window."""
        left = (self.present - window.end).days
        own = Window(window.heap, Random(f"{SEED}/overseeing/{window.start:%Y%m%d}"), window.start, window.end)  # noqa: S311 (a game)
        self._cases(own)
        if left > 1:
            own.perhaps(0.7, self._review_trade)
        for letter in LETTERS:
            self._letter(letter, left, own)
        for filed in COMPLAINTS:
            self._complaint(filed, left, own)
        for joined in JOINTS:
            self._joint(joined, left, own)
        steps: tuple[tuple[int, Callable[[], Step | None]], ...] = (
            (55, self._pilot), (44, self._deputy), (8, self._power))
        for days, step in steps:
            if left <= days and (act := step()) is not None:
                own.plan(act)

    # ---- cases -----------------------------------------------------------------------------------------------------------

    def _cases(self, window: Window) -> None:
        rows = Case.objects.filter(status__in=[CaseStatus.OPEN, CaseStatus.ASSIGNED]).exclude(subject_kind="alert")
        for case in rows.exclude(kind=CaseKind.ALERT, subject_kind="listing").order_by("due_at", "pk")[:40]:
            actor = self.market.actors.get(_DESKS.get(case.queue, ""))
            if actor is None:
                continue
            near = case.due_at - window.end < _NEAR
            if case.status == CaseStatus.OPEN and (near or window.start - case.opened_at > _LIES):
                window.plan(partial(self.market.act, claim_case, case=case, actor=actor))
            elif case.status == CaseStatus.ASSIGNED and case.assignee_id == actor.user_id and not self._follows(case) and (
                    near or window.start - case.opened_at > _WORKED):
                window.plan(partial(self.market.act, close_case, case=case, outcome="in_order", text=_CLOSED, actor=actor))

    @staticmethod
    def _follows(case: Case) -> bool:
        return case.kind in _FOLLOW or case.subject_kind == "complaint"

    def _review_trade(self) -> None:
        """The regulator looks at the oldest trade that nobody has reviewed."""
        reviewed = Exists(Case.objects.filter(kind=CaseKind.TRADE_REVIEW, subject_code=OuterRef("code")))
        trade = Trade.objects.filter(~reviewed).select_related("seller", "version").order_by("executed_at", "id").first()
        if trade is None:
            return
        zh, en = trade.titles
        actor, act = self.market.actors["regulator"], self.market.act
        case = act(open_case, kind=CaseKind.TRADE_REVIEW, subject_kind="trade", subject_code=trade.code, organization=trade.seller,
                   title=(f"交易复核：{zh}"[:200], f"Trade review: {en}"[:200]), actor=actor)
        if case is not None and act(claim_case, case=case, actor=actor) is not None:
            act(close_case, case=case, outcome="in_order", text=_REVIEWED, actor=actor)

    # ---- letters ---------------------------------------------------------------------------------------------------------

    def _letter(self, letter: Letter, left: int, window: Window) -> None:
        if left > letter.days:
            return
        found = LetterTemplate.objects.filter(key=letter.key).order_by("-version").first()
        act, actors = self.market.act, self.market.actors
        if found is None:
            window.plan(partial(act, draft_letter, key=letter.key, names=letter.names, bodies=letter.bodies, actor=actors["compliance"]))
        elif letter.approved and found.effective_from is None and found.refused_at is None:
            window.plan(partial(act, decide_letter, letter=found, approve=True, reason="文字准确，同意使用。", actor=actors["regulator"]))

    # ---- complaints ------------------------------------------------------------------------------------------------------

    def _complaint(self, filed: Filed, left: int, window: Window) -> None:
        if left > filed.days:
            return
        found = Complaint.objects.filter(text=filed.text).first()
        if found is None:
            window.plan(partial(self._file, filed))
        elif found.status == ComplaintStatus.RECEIVED and left <= filed.days - 2 and filed.taken_in:
            window.plan(partial(self.market.act, accept_complaint, complaint=found, actor=self.market.actors["compliance"]))
        elif found.status == ComplaintStatus.HANDLING and left <= filed.days - 6 and filed.answer:
            window.plan(partial(self.market.act, close_complaint, complaint=found, answer=filed.answer,
                                actor=self.market.actors["compliance"]))

    def _file(self, filed: Filed) -> None:
        listing = Listing.objects.listed().filter(organization=self.market.organizations.get(filed.about)).order_by("pk").first()
        self.market.act(file_complaint, kind=filed.kind, text=filed.text, subject_code=listing.code if listing else "",
                        reporter_name=filed.name, contact=filed.contact, actor=VISITOR)

    # ---- two authorities on one case -------------------------------------------------------------------------------------

    def _joint(self, joined: Joined, left: int, window: Window) -> None:
        complaint = Complaint.objects.filter(text=joined.about.text).first()
        partner, actors = self.market.organizations.get(_OTHER), self.market.actors
        if left > joined.days or complaint is None or partner is None:
            return
        rows = JointCase.objects.filter(case__subject_code=complaint.code).select_related("case", "lead", "partner")
        found = rows.order_by("-pk").first()
        act = self.market.act
        if found is None:
            window.plan(partial(act, open_joint, subject=complaint, subject_kind="complaint", partner=partner, reason=joined.reason,
                                title=(f"{joined.title[0]} {complaint.code}", f"{joined.title[1]} {complaint.code}"),
                                actor=actors["regulator"]))
        elif found.status == JointStatus.INVITED:
            window.plan(partial(act, answer_joint, joint=found, join=True, reason=joined.joins, actor=actors[_OTHER]))
        elif found.status == JointStatus.RUNNING:
            self._opinions(joined, found, window)
        elif found.status == JointStatus.CONCLUDED and found.case.status != CaseStatus.CLOSED:
            window.plan(partial(self._close, found.case))

    def _opinions(self, joined: Joined, found: JointCase, window: Window) -> None:
        """One opinion a day, the partner's first; then the lead's conclusion."""
        given = set(JointOpinion.objects.filter(joint=found).values_list("organization_id", flat=True))
        for authority, key, (view, text) in ((found.partner_id, _OTHER, joined.theirs), (found.lead_id, "regulator", joined.ours)):
            if authority not in given:
                if view:
                    window.plan(partial(self.market.act, give_opinion, joint=found, view=view, text=text, actor=self.market.actors[key]))
                return
        window.plan(partial(self.market.act, conclude_joint, joint=found, text=joined.concludes, actor=self.market.actors["regulator"]))

    def _close(self, case: Case) -> None:
        actor = self.market.actors["compliance"]
        if case.status == CaseStatus.OPEN:
            self.market.act(claim_case, case=case, actor=actor)
        self.market.act(close_case, case=case, outcome="in_order", text="联合办理已作结，按结论答复举报人。", actor=actor)

    # ---- a venue's pilot, a deputy, a power for a time -------------------------------------------------------------------

    def _pilot(self) -> Step | None:
        found = VenuePilot.objects.select_related("venue").order_by("pk").first()
        if found is None:
            terms: dict[str, Any] = {
                "sector": "A", "opens": ["uniform"], "most_fen": 300_000_000, "most_lot_fen": 30_000_000, "most_parties": 60,
                "novelty": "一次出售同一数据集的多份许可，各份同价，价格由最高未中选报价决定。\n"
                           "Several licences of one dataset are sold at once, all at one price, set by the highest bid that does not win.",
                "safeguards": "只限农业数据；每场与总额有上限；逐场公布报价与成交；到期自动结束并公布报告。\n"
                              "Agricultural data only; capped by lot and in all; bids and results are published; it ends by itself."}
            return partial(self.market.act, ask_venue_pilot, venue=self.market.venue, **terms, ends_at=self.present + timedelta(days=90),
                           actor=self.market.actors["operator"])
        if found.status == VenuePilotStatus.ASKED:
            return partial(self.market.act, decide_venue_pilot, pilot=found, grant=True, reason="范围与上限适当，同意试行。",
                           actor=self.market.actors["regulator"])
        return None

    def _user(self, key: str) -> User:
        return User.objects.get(pk=self.market.actors[key].user_id or 0)

    def _deputy(self) -> Step | None:
        """Surveillance is away for a week; a colleague of the bureau stands in."""
        if TimedGrant.objects.filter(principal__isnull=False).exists():
            return None
        now = self.market.now()
        return partial(self.market.act, name_deputy, deputy=self._user("regulator"), role=Role.SURVEILLANCE,
                       effective_from=now + timedelta(days=1), effective_to=now + timedelta(days=8),
                       reason="参加监测系统培训一周，由同事代理。", actor=self.market.actors["surveillance"])

    def _power(self) -> Step | None:
        """The second reviewer may give first opinions for a time, while the first has many."""
        if TimedGrant.objects.filter(principal__isnull=True).exists():
            return None
        now = self.market.now()
        return partial(self.market.act, give_power, to=self._user("regulator2"), capabilities=["review_first"],
                       effective_from=now + timedelta(hours=12), effective_to=now + timedelta(days=15),
                       reason="初审积压，限时增派；同一件的两审仍由两人分别作出。", actor=self.market.actors["regulator"])
