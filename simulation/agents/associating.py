"""The association at work: a covenant is published, signed and broken once; a dispute about a delivery is mediated and settled.

Each step is looked up in the database, so a story that was broken off goes on where it stands. Its chances are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from random import Random

from compliance.models import Covenant, CovenantBreach, CovenantSignature, Dispute, DisputeMediator
from compliance.operations import (
    accept_mediated,
    answer_breach,
    decide_breach,
    name_mediator,
    propose_as_mediator,
    publish_covenant,
    report_breach,
    sign_covenant,
)
from compliance.states import BreachStatus, DisputeStatus
from delivery.disputing import dispute_delivery
from delivery.models import Delivery
from delivery.operations import reject_delivery
from delivery.states import DeliveryStatus
from participants.models import Organization
from simulation.market import SEED, Market
from simulation.stage import seat_offices
from simulation.times import Window

__all__ = ["Associating"]

Step = Callable[[], object]
_ASSOCIATION, _BROKE, _REPORTER = "xiehui", "xiaoman", "hesui"
_SIGNERS = ("hengzhi", "yunqiao", "cangmu", "zhiche", _BROKE)
_TITLE = ("数据商诚信经营自律公约", "Covenant of Honest Dealing of Data Merchants")
_TEXT = ("一、如实说明数据来源、采集方法、质量与限制，不夸大覆盖与时效。\n二、不抄袭他人的产品说明，不以低于成本的价格排挤同业。\n"
         "三、不在撮合后绕开场内成交。\n四、对买方的质疑两个工作日内答复。\n五、接受协会的劝诫、通报批评、降低成员等级和除名。\n\n"
         "1. Say truly where data comes from, how it was gathered, its quality and its limits; do not overstate coverage or freshness.\n"
         "2. Do not copy others' descriptions; do not drive others out by prices below cost.\n"
         "3. Do not evade the exchange after being matched on it.\n4. Answer a buyer's question within two working days.\n"
         "5. Accept the association's advice, criticism, lower standing and expulsion.")
_ALLEGED = "产品说明写“逐月更新”，实际两个月未更新，询问后未按公约答复。"
_ANSWERED = "因采集设备检修暂停更新，未及时在说明中标注；已补标并恢复更新。"
_JUDGED = "未及时标注停更属实，已改正，未造成损失，予以劝诫；请建立停更公告流程。"
_DEFECTS = ["缺少最近一个月的记录", "两列的单位与说明不一致"]
_CLAIM = "交付缺少一个月的记录，单位与说明不一致，请求退还部分价款。"
_PROPOSAL = "缺少的一个月由卖方补交，另退还价款的百分之二十，双方无其他请求。"
_REFUND_BPS = 2_000


class Associating:
    """Plans each next step of the association's stories when its day has come, counted back from the present."""

    def __init__(self, market: Market, present: datetime) -> None:
        self.market, self.present = market, present

    def plan(self, window: Window) -> None:
        """This will plan what the association, its members and two sides of a dispute do in the window."""
        left = (self.present - window.end).days
        own = Window(window.heap, Random(f"{SEED}/associating/{window.start:%Y%m%d}"), window.start, window.end)  # noqa: S311 (a game)
        steps: tuple[tuple[int, Callable[[], Step | None]], ...] = (
            (72, self._seat), (68, self._publish), (64, self._sign), (48, self._breach), (34, self._dispute), (9, self._second_dispute))
        for days, step in steps:
            if left <= days and (act := step()) is not None:
                own.plan(act)

    def _party(self, key: str) -> Organization | None:
        return self.market.organizations.get(key)

    def _seat(self) -> Step | None:
        return partial(seat_offices, self.market) if self._party(_ASSOCIATION) is None else None

    # ---- the covenant ----------------------------------------------------------------------------------------------------

    def _publish(self) -> Step | None:
        house = self._party(_ASSOCIATION)
        if house is None or Covenant.objects.filter(association=house).exists():
            return None
        return partial(self.market.act, publish_covenant, association=house, key="honest-dealing", title=_TITLE, text=_TEXT,
                       actor=self.market.actors[_ASSOCIATION])

    def _sign(self) -> Step | None:
        covenant = Covenant.objects.filter(association=self._party(_ASSOCIATION), superseded_at__isnull=True).first()
        if covenant is None:
            return None
        had = set(covenant.signatures.values_list("organization_id", flat=True))
        left = [key for key in _SIGNERS if (one := self._party(key)) is not None and one.pk not in had]
        return partial(self.market.act, sign_covenant, covenant=covenant, organization=self.market.organizations[left[0]],
                       actor=self.market.actors[left[0]]) if left else None

    def _breach(self) -> Step | None:
        signed, actors = CovenantSignature.objects.filter(organization=self._party(_BROKE)).order_by("pk").first(), self.market.actors
        if signed is None or _REPORTER not in actors:
            return None
        found = CovenantBreach.objects.filter(signature=signed).select_related("signature__covenant__association").first()
        if found is None:
            return partial(self.market.act, report_breach, signature=signed, text=_ALLEGED, actor=actors[_REPORTER])
        if found.status == BreachStatus.REPORTED:
            return partial(self.market.act, answer_breach, breach=found, text=_ANSWERED, actor=actors[_BROKE])
        if found.status == BreachStatus.DECIDING:
            return partial(self.market.act, decide_breach, breach=found, measure="warn", reasons=_JUDGED, actor=actors[_ASSOCIATION])
        return None

    # ---- a delivery in dispute -------------------------------------------------------------------------------------------

    def _candidate(self) -> Delivery | None:
        """A delivery whose buyer has said nothing yet, one that was paid for; silence would accept it by law."""
        rows = Delivery.objects.filter(status=DeliveryStatus.DELIVERED, trade__price_fen__gt=0).select_related("trade", "buyer", "seller")
        here = [one for one in rows.order_by("-pk") if self.market.key_of(one.buyer_id) and self.market.key_of(one.seller_id)]
        return min(here, key=lambda one: (one.pk % 8 != 0, -one.pk), default=None)

    def _begin(self) -> Step | None:
        rejected = Delivery.objects.filter(status=DeliveryStatus.REJECTED, defects=_DEFECTS).order_by("pk").last()
        one = rejected or self._candidate()
        return partial(self._refused, one) if one is not None else None

    def _refused(self, one: Delivery) -> None:
        """The buyer rejects with what is missing and takes it to the venue the same day."""
        actor = self.market.actors[self.market.key_of(one.buyer_id)]
        done = one.status == DeliveryStatus.REJECTED
        held = one if done else self.market.act(reject_delivery, delivery=one, defects=_DEFECTS, actor=actor)
        if held is not None:
            self.market.act(dispute_delivery, delivery=held, claim=_CLAIM, actor=actor)

    def _dispute(self) -> Step | None:
        house = self._party(_ASSOCIATION)
        found = Dispute.objects.filter(claim=_CLAIM).select_related("opener", "respondent").order_by("pk").first()
        if house is None or found is None:
            return self._begin() if house is not None else None
        if found.status not in {DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING}:
            return None
        named = DisputeMediator.objects.filter(dispute=found).first()
        sides = [found.opener_id, found.respondent_id]
        actors, act = self.market.actors, self.market.act
        for side in sides:
            if named is None or (named.agreed_at is None and side not in named.named_by):
                return partial(act, name_mediator, dispute=found, association=house, actor=actors[self.market.key_of(side)])
        assert named is not None
        if named.refund_bps is None:
            return partial(act, propose_as_mediator, dispute=found, refund_bps=_REFUND_BPS, text=_PROPOSAL, actor=actors[_ASSOCIATION])
        waiting = [side for side in sides if side not in named.accepted]
        return partial(act, accept_mediated, dispute=found, actor=actors[self.market.key_of(waiting[0])]) if waiting else None

    def _second_dispute(self) -> Step | None:
        """A later dispute is still being talked over when the house opens."""
        first = Dispute.objects.filter(claim=_CLAIM).order_by("pk")
        if len(first[:2]) != 1 or first[0].status not in {DisputeStatus.SETTLED, DisputeStatus.FAILED}:
            return None
        return self._begin()
