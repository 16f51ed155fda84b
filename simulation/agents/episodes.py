"""What a visitor should find in the demo beside the daily business: a refused listing mended, an objection, a consent taken back, a pilot,
a third party at work. Each is looked up in the database, so an episode that was broken off goes on where it stands.

The agent draws its instants from a chance of its own: the history of everybody else stays as it was.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from compliance.models import Declaration, Engagement, ServiceOffer
from compliance.operations import (
    accept_order,
    approve_report,
    deliver_report,
    draft_declaration,
    place_order,
    publish_offer,
    sign_declaration,
)
from compliance.states import DeclarationStatus, EngagementStatus
from evidence.files import deposit
from evidence.models import Deposit
from listings.models import Consent, DataProduct, Listing, ListingVersion, Pilot, Principal, Registration, RegistrationObjection
from listings.operations import (
    apply_registration,
    ask_pilot,
    create_product,
    decide_pilot,
    declare_right,
    draft_registration,
    draft_version,
    give_consent,
    object_registration,
    reply_objection,
    save_draft,
    withdraw_consent,
)
from listings.states import ConsentStatus, PilotStatus, RegistrationStatus, VersionStatus
from simulation.agents.merchant import ANSWERS, hand_in_version
from simulation.cast import player
from simulation.market import SEED, Market
from simulation.times import Window

__all__ = ["MENDED", "Episodes"]

#: The file whose first version the desk sends back and whose seller mends it.
MENDED = frozenset({"penguins_raw.csv"})
_PAPER = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
_HOLDER, _TRUSTEE, _OBJECTOR, _PILOT, _FIRM, _CLIENT = "qinglu", "zhongtuo", "huiqu", "xiaoman", "zhengheng", "hengzhi"
_PROMISES: dict[str, Any] = {"independent": True, "conflict_checked": True, "qualification": "数据质量评价能力证书（示例）0001",
                             "truthful_reports": True, "confidential": True}
_TITLE = ("社区出行偏好调查（受托）", "Survey of community travel preferences (entrusted)")


class Episodes:
    """Plans each next step when its day has come, counted back from the present."""

    def __init__(self, market: Market, present: datetime) -> None:
        self.market, self.present = market, present

    def plan(self, window: Window) -> None:
        """This will plan the next step of each episode that is due in the window."""
        left = (self.present - window.end).days
        own = Window(window.heap, Random(f"{SEED}/episodes/{window.start:%Y%m%d}"), window.start, window.end)  # noqa: S311 (a game)
        for days, step in ((75, self._mend), (45, self._pilot), (40, self._engage), (16, self._personal), (12, self._consent),
                           (9, self._object), (4, self._withdraw)):
            if left <= days and (act := step()) is not None:
                own.plan(act)

    def _here(self, *keys: str) -> bool:
        return all(one in self.market.organizations for one in keys)

    # ---- a refused listing mended ------------------------------------------------------------------------------------------

    def _mend(self) -> Callable[[], object] | None:
        rows = ListingVersion.objects.filter(file_name__in=MENDED, number=1, status=VersionStatus.RETURNED, listing__versions__number=1)
        one = rows.exclude(listing__versions__number__gt=1).select_related("listing").first()
        return partial(self._mended, one) if one else None

    def _mended(self, returned: ListingVersion) -> None:
        """The second version says what the desk missed; nothing else is entered again."""
        market = self.market
        actor = market.actors[market.key_of(returned.organization_id)]
        draft = market.act(draft_version, listing=returned.listing, actor=actor)
        if draft is None:
            return
        changes = {"description_zh": f"{returned.description_zh}采样方法与缺失值说明见首列说明；一次性更新。", "update_frequency": "一次性"}
        draft = market.act(save_draft, version=draft, edit_version=draft.edit_version, changes=changes, actor=actor) or draft
        hand_in_version(market, draft, actor)

    # ---- a pilot -----------------------------------------------------------------------------------------------------------

    def _pilot(self) -> Callable[[], object] | None:
        if not self._here(_PILOT):
            return None
        asked = Pilot.objects.filter(listing__organization=self.market.organizations[_PILOT]).select_related("listing").first()
        if asked is None:
            listing = Listing.objects.listed().filter(organization=self.market.organizations[_PILOT],
                                                      version__sale_mode="fixed").order_by("pk").first()
            return partial(self._ask_pilot, listing) if listing else None
        if asked.status == PilotStatus.ASKED:
            return partial(self.market.act, decide_pilot, pilot=asked, grant=True, reason="限额与期限适当，同意试点。",
                           actor=self.market.actors["regulator"])
        return None

    def _ask_pilot(self, listing: Listing) -> None:
        self.market.act(ask_pilot, listing=listing, novelty="面向小微买方按份试用，价格与用量均低于常规许可。",
                        safeguards="仅供内部分析，逐份加水印，期满自动停止。", most_trades=40, most_buyers=20, most_fen=50_000_000,
                        ends_at=self.market.now() + timedelta(days=120), actor=self.market.actors[_PILOT])

    # ---- a third party at work ---------------------------------------------------------------------------------------------

    def _engage(self) -> Callable[[], object] | None:
        if not self._here(_FIRM, _CLIENT):
            return None
        firm, actors = self.market.organizations[_FIRM], self.market.actors
        if not Declaration.objects.filter(organization=firm, template="third_party", status=DeclarationStatus.IN_FORCE).exists():
            return self._declare_firm
        offer = ServiceOffer.objects.filter(provider=firm).first()
        if offer is None:
            return self._offer
        order = Engagement.objects.filter(offer=offer).select_related("offer", "provider", "client").order_by("pk").first()
        if order is None:
            return partial(self._order, offer)
        steps: dict[str, Callable[[], object]] = {
            EngagementStatus.ORDERED: partial(self.market.act, accept_order, engagement=order, actor=actors[_FIRM]),
            EngagementStatus.WORKING: partial(self._report, order),
            EngagementStatus.DELIVERED: partial(self.market.act, approve_report, engagement=order, actor=actors[_CLIENT]),
        }
        return steps.get(order.status)

    def _declare_firm(self) -> None:
        market, firm = self.market, self.market.organizations[_FIRM]
        made = market.act(draft_declaration, organization=firm, template="third_party", answers={**ANSWERS, **_PROMISES},
                          actor=market.actors[_FIRM])
        if made is not None:
            market.act(sign_declaration, declaration=made, actor=market.actors[_FIRM])

    def _offer(self) -> None:
        words = {"title_zh": "数据集质量评价", "title_en": "Assessment of a data set's quality",
                 "scope_zh": "按完整性、准确性、一致性、及时性、唯一性和可访问性六个维度实测，出具签名报告。",
                 "scope_en": "Measures six dimensions of quality and signs a report."}
        self.market.act(publish_offer, provider=self.market.organizations[_FIRM], kind="provider_quality", words=words,
                        price_fen=300_000, days=10, actor=self.market.actors[_FIRM])

    def _order(self, offer: ServiceOffer) -> None:
        client = self.market.organizations[_CLIENT]
        listing = Listing.objects.listed().filter(organization=client).order_by("pk").first()
        if listing is not None:
            self.market.act(place_order, offer=offer, client=client, about=listing.code, brief="请就在售版本的文件出具质量评价报告。",
                            actor=self.market.actors[_CLIENT])

    def _report(self, order: Engagement) -> None:
        self.market.act(deliver_report, engagement=order, paper=self._kept(_FIRM, "quality-report.pdf", _PAPER),
                        summary="六个维度均按文件实测，完整性与唯一性良好，未发现影响使用的缺陷。", actor=self.market.actors[_FIRM])

    def _kept(self, key: str, name: str, content: bytes) -> Deposit:
        return deposit(io.BytesIO(content), name=name, owner=self.market.actors[key].organization, at=self.market.now())

    # ---- entrusted personal data: registered, objected to, consent taken back ------------------------------------------------

    def _product(self) -> DataProduct | None:
        return DataProduct.objects.filter(organization=self.market.organizations[_HOLDER], title_zh=_TITLE[0]).first()

    def _personal(self) -> Callable[[], object] | None:
        return self._register if self._here(_HOLDER, _TRUSTEE) and self._product() is None else None

    def _register(self) -> None:
        """A product of entrusted personal data goes to the registry, where its notice will run ten working days."""
        market, actor = self.market, self.market.actors[_HOLDER]
        statement = "受托机构登记的自愿受访者所填问卷，逐人单独同意，仅作出行偏好分析。"
        product = market.act(create_product, organization=market.organizations[_HOLDER], title_zh=_TITLE[0], title_en=_TITLE[1],
                             source_statement=statement, actor=actor)
        if product is None:
            return
        for right in ("hold", "use", "operate"):
            market.act(declare_right, product=product, right=right, origin="contract", territory=["CN"], origin_note="受托书与逐人同意",
                       actor=actor)
        made = market.act(draft_registration, product=product, regime="personal", statement=statement,
                          deposit=self._kept(_HOLDER, "survey-source.txt", statement.encode()), actor=actor)
        if made is not None:
            market.act(apply_registration, registration=made, actor=actor)

    def _consent(self) -> Callable[[], object] | None:
        product = self._product() if self._here(_HOLDER) else None
        given = set(Consent.objects.filter(product=product).values_list("subject_id", flat=True)) if product else set()
        rows = Principal.objects.filter(organization=self.market.organizations[_TRUSTEE]) if product else Principal.objects.none()
        waiting = [one for one in rows.order_by("pk")[:2] if one.subject_id not in given]
        return partial(self._give, product, waiting) if product and waiting else None

    def _give(self, product: DataProduct, principals: list[Principal]) -> None:
        for one in principals:
            self.market.act(give_consent, product=product, purpose="research", kinds=["location"], principal=one,
                            recipients=[player("beilu").short], effective_to=self.market.now() + timedelta(days=365),
                            actor=self.market.actors[_TRUSTEE])

    def _withdraw(self) -> Callable[[], object] | None:
        product = self._product() if self._here(_HOLDER) else None
        rows = Consent.objects.filter(product=product, trustee__isnull=False) if product else Consent.objects.none()
        if rows.filter(status=ConsentStatus.WITHDRAWN).exists() or (one := rows.order_by("pk").first()) is None:
            return None
        return partial(self.market.act, withdraw_consent, consent=one, actor=self.market.actors[_TRUSTEE])

    def _object(self) -> Callable[[], object] | None:
        """The entrusted product is objected to while in notice and its applicant answers; the desk's decision is still to come."""
        product = self._product() if self._here(_OBJECTOR, _HOLDER) else None
        one = Registration.objects.filter(product=product).order_by("pk").first() if product else None
        if one is None:
            return None
        made = RegistrationObjection.objects.filter(registration=one).first()
        if made is None:
            return partial(self._objected, one) if one.status == RegistrationStatus.IN_NOTICE else None
        if made.decided_at is not None or made.replied_at is not None:
            return None
        return partial(self.market.act, reply_objection, objection=made, actor=self.market.actors[_HOLDER],
                       reply="逐人同意书与受托书已存证，可供核验；问卷不含第三方数据。")

    def _objected(self, one: Registration) -> None:
        self.market.act(object_registration, registration=one, name=player(_OBJECTOR).person,
                        grounds="问卷中部分题目与本机构此前委托的调查相同，请申请方说明数据是否取自该调查。",
                        deposit=self._kept(_OBJECTOR, "survey-2025.pdf", _PAPER), actor=self.market.actors[_OBJECTOR])
