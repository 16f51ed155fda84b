"""The stage: desks take their seats, everybody registers and is admitted, pays in, and merchants put their licences on sale.

This is the prologue of a run. It takes the days that registration takes in the real house; the days of the run begin when all is on sale.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from stdnum.cn import uscc

from compliance.models import ServiceOffer
from compliance.operations import draft_declaration, place_order, publish_offer, sign_declaration
from compliance.taxonomy import DataCategory, DataGrade, DeliveryMode, ProcessingStage
from evidence.files import deposit
from listings.models import DataProduct, Listing, ListingVersion, Registration, Review
from listings.operations import (
    apply_registration,
    attach_file,
    create_product,
    declare_right,
    draft_registration,
    open_listing,
    save_draft,
    set_contributors,
)
from participants.models import Organization
from participants.roles import OrganizationKind, Role
from settlement.operations import book_deposit
from simulation.agents.desk import Desk
from simulation.agents.merchant import ANSWERS, hand_in_version
from simulation.catalogue import OFFERS
from simulation.faithful.public_data import GRANTOR, SOURCE, cap, grant, granted_draft, open_grantor
from simulation.faithful.views import Person
from simulation.market import Market
from simulation.people import Account, Party, make_people, open_party

__all__ = ["PAID_IN_FEN", "Stage", "table_of"]

#: What each buyer pays in: a hundred million yuan, so that the house and not the purse decides.
PAID_IN_FEN = 10_000_000_000
_ROWS, _FEE_FEN = 60, 300_000
_PROMISES = {"independent": True, "conflict_checked": True, "qualification": "数据质量评价能力证书（模拟）0001",
             "truthful_reports": True, "confidential": True}
_SERVICE = {"title_zh": "数据集质量评价", "title_en": "Assessment of a data set's quality",
            "scope_zh": "逐条核对读数是否为实测，出具签名报告。", "scope_en": "Checks that each reading was measured; signs a report."}
_BROKERAGE = {"title_zh": "数据交易居间", "title_en": "Brokerage of data trades",
              "scope_zh": "为委托方寻找交易对方，促成合同；未促成的不收取报酬。",
              "scope_en": "Finds a counterparty and brings a contract about; no deal, no fee."}
_ROLES = {"merchant": Role.DATA_MERCHANT, "buyer": Role.BUYER, "helper": Role.SERVICE_PROVIDER}
_CLASSES = {"assessor": "provider_quality", "broker": "provider_brokerage"}


def table_of(key: str, seed: int, *, low: bool) -> bytes:
    """This will write a merchant's table, the same for the seed; a low one repeats one reading where its description says measured."""
    dice = Random(f"{seed}/{key}")  # noqa: S311 (a game, no secret)
    rows = [f"{key}-{number:03d},{dice.randrange(1, 28):02d},{1_000 if low else dice.randrange(1_000, 9_999)}" for number in range(_ROWS)]
    return "\n".join([f"站点_{key},日,读数", *rows]).encode() + b"\n"


@dataclass
class Stage:
    """Everybody of a run as parties of the house; ``owns`` tells whose a listing is."""

    market: Market
    people: tuple[Person, ...]
    seed: int
    auctions: bool
    organizations: dict[str, Organization] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    low: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)
    assessed: set[str] = field(default_factory=set)

    # ---- who is here -----------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """This will bring the desks and everybody into the house, a minute apart."""
        self.market.timed("stage.desks", partial(make_people, self.market.clock))
        self.market.meet()
        if any(one.public for one in self.people):
            grantor = self.market.timed("stage.admit", partial(open_grantor, self.market, _credit_code(len(self.people))))
            self.organizations[GRANTOR], self.keys[grantor.pk] = grantor, GRANTOR
        for number, person in enumerate(self.people):
            if person.role in _ROLES and person.kind != "subject":
                self.market.timed("stage.admit", partial(self._admit, number, person))

    def _admit(self, number: int, person: Person) -> None:
        role, kind = _ROLES[person.role], OrganizationKind.ENTERPRISE
        if person.public:
            role, kind = Role.PUBLIC_DATA_OPERATOR, OrganizationKind.PUBLIC_BODY
        elif person.foreign:
            kind = OrganizationKind.FOREIGN
        name = f"模拟{'数商' if person.role == 'merchant' else '参与方'}{person.key}"
        party = Party(name, f"Simulated party {person.key}", name, person.key, kind, role,
                      "" if person.foreign else _credit_code(number), _CLASSES.get(person.kind, ""))
        account = Account(f"sim-{person.key}", f"模拟{person.key}", f"Simulated {person.key}", role, party, password=None)
        organization, users = open_party(party, [account], officer=self.market.actors["compliance"],
                                         authority=self.market.actors["regulator"], clock=self.market.clock)
        self.organizations[person.key], self.keys[organization.pk] = organization, person.key
        self.market.enter(person.key, users[0], organization)
        if person.public:
            grant(self.market, person.key)
        if person.role == "buyer":
            self.market.act(book_deposit, organization=organization.code, amount_fen=PAID_IN_FEN, reference=f"SIM-{person.key}",
                            actor=self.market.actors["operator"])

    def note_found(self, delivery: str) -> int:
        """This will note that a cheated delivery was found out; 1 the first time."""
        if delivery in self.found:
            return 0
        self.found.add(delivery)
        return 1

    # ---- what is on sale -------------------------------------------------------------------------------------------------

    def _goods(self) -> Iterator[tuple[Person, str, str]]:
        """Each merchant's licences: one at a list price, one for lots where the scenario has lots and the price is free."""
        for person in self.people:
            if person.role == "merchant":
                yield person, f"{person.key}p", "fixed"
                if self.auctions and not person.public:  # a guided price is no price to start from
                    yield person, f"{person.key}l", "auction"

    def register(self) -> None:
        """This will declare and register everything that is going to be sold, and let the registry examine it."""
        for person, name, sale in self._goods():
            if sale == "fixed":
                made = self.market.act(draft_declaration, organization=self.organizations[person.key], answers=ANSWERS,
                                       actor=self.market.actors[person.key])
                if made is not None:
                    self.market.act(sign_declaration, declaration=made, actor=self.market.actors[person.key])
            self._register(person, name)
        desk = Desk(self.market)
        for one in Registration.objects.filter(status="applied").order_by("pk").select_related("product"):
            desk._examine(one)

    def _register(self, person: Person, name: str) -> None:
        market, actor = self.market, self.market.actors[person.key]
        zh, en = _title(name)
        source, origin = (SOURCE, "authorised_operation") if person.public else (_SOURCE, "collected")
        product = market.act(create_product, organization=self.organizations[person.key], title_zh=zh, title_en=en,
                             source_statement=source, actor=actor)
        if product is None:
            return
        for right in ("hold", "use", "operate"):
            market.act(declare_right, product=product, right=right, origin=origin, territory=["CN"],
                       origin_note="经授权运营" if person.public else "自行采集", actor=actor)
        proof = deposit(io.BytesIO(f"{name}\n{source}\n".encode()), name=f"{name}-source.txt", owner=actor.organization, at=market.now())
        made = market.act(draft_registration, product=product, regime="public" if person.public else "enterprise", statement=source,
                          deposit=proof, actor=actor)
        if made is not None:
            market.act(apply_registration, registration=made, actor=actor)

    def offer(self) -> None:
        """This will put what is certified on sale and let the desks review it, both regulators where the list says so."""
        products = {one.title_zh: one for one in DataProduct.objects.all()}
        for person, name, sale in self._goods():
            product = products.get(_title(name)[0])
            if product is not None:
                self._offer(person, name, sale, product)
        desk = Desk(self.market)
        for _round in range(3):
            for row in Review.objects.filter(status__in=["waiting", "assigned"]).order_by("pk").select_related("version"):
                desk._review(row)

    def assess(self) -> None:
        """This will let the assessor offer its service, and merchants who want a certificate order it for what they sell."""
        market, offer = self.market, self._serve("a0", "provider_quality", _SERVICE, _FEE_FEN)
        wants = {self.organizations[one.key].pk: one.key for one in self.people if one.role == "merchant" and one.certified}
        for listing in Listing.objects.listed().filter(organization_id__in=list(wants)).order_by("pk") if offer is not None else ():
            key = wants[listing.organization_id]
            market.act(book_deposit, organization=self.organizations[key].code, amount_fen=_FEE_FEN, reference=f"SIM-{listing.code}",
                       actor=market.actors["operator"])
            market.act(place_order, offer=offer, client=self.organizations[key], about=listing.code, brief="请就在售文件出具质量评价报告。",
                       actor=market.actors[key])

    def broker(self, fee_fen: int) -> None:
        """This will let the brokers offer their service in the directory."""
        for one in self.people:
            if one.kind == "broker":
                self._serve(one.key, "provider_brokerage", _BROKERAGE, fee_fen)

    def _serve(self, key: str, kind: str, words: Mapping[str, str], fee_fen: int) -> ServiceOffer | None:
        """A third party declares what it promises and offers its service."""
        market, firm = self.market, self.organizations[key]
        made = market.act(draft_declaration, organization=firm, template="third_party", answers={**ANSWERS, **_PROMISES},
                          actor=market.actors[key])
        if made is not None:
            market.act(sign_declaration, declaration=made, actor=market.actors[key])
        return market.act(publish_offer, provider=firm, kind=kind, words=words, price_fen=fee_fen, days=10, actor=market.actors[key])

    def _offer(self, person: Person, name: str, sale: str, product: DataProduct) -> None:
        market, actor = self.market, self.market.actors[person.key]
        if person.public:
            cap(market, product, person.price_fen)
        version = market.act(open_listing, product=product, actor=actor)
        if version is None:
            return
        content = table_of(person.copies + name[-1] if person.copies else name, self.seed, low=person.cheats)
        version = market.act(attach_file, version=version, stream=io.BytesIO(content), name=f"{name}.csv", actor=actor) or version
        version = market.act(save_draft, version=version, edit_version=version.edit_version, actor=actor,
                             changes=_draft(person, name, sale, self.organizations[person.key])) or version
        market.act(set_contributors, version=version, weights={self.organizations[person.key]: 1},
                   parts={self.organizations[person.key]: "数据来源"}, actor=actor)
        if person.cheats:
            self.low.add(version.listing.code)
        hand_in_version(market, ListingVersion.objects.get(pk=version.pk), actor)


_SOURCE = "本单位自有设备采集的读数，逐条测量，不含个人信息。"


def _title(name: str) -> tuple[str, str]:
    return f"站点读数 {name}", f"Station readings {name}"


def _credit_code(number: int) -> str:
    stem = f"91310115MB{number:06d}X"
    return stem + uscc.calc_check_digit(stem)


def _draft(person: Person, name: str, sale: str, owner: Organization) -> Mapping[str, Any]:
    """A draft as the form sends it; facts are those of a plain product of its category, as the demo's catalogue states them."""
    category = DataCategory.PUBLIC if person.public else DataCategory.ENTERPRISE
    mode = DeliveryMode.REPORT if person.public else DeliveryMode.DOWNLOAD
    plain = next(one for one in OFFERS if one.category is category and one.stage is ProcessingStage.PRODUCT
                 and one.authorised == person.public)
    zh, en = _title(name)
    further: Mapping[str, Any] = {"auction_terms": {"format": "english"}} if sale == "auction" else {}
    if person.public:
        further = granted_draft(owner)
    return {
        "title_zh": zh, "title_en": en, "summary_zh": "逐站逐日读数。", "summary_en": "Readings by station and day.",
        "description_zh": f"{zh}：六十条逐条测量的读数，字段为站点、日、读数，由 {name} 的设备采集。",
        "description_en": f"{en}: sixty readings, each measured by the devices of {name}.", "keywords": name, "sector": "N",
        "update_frequency": "一次性", "category": str(category), "stage": str(ProcessingStage.PRODUCT),
        "grade": str(DataGrade.GENERAL), "delivery_mode": str(mode),
        "sale_mode": sale, "price_fen": person.price_fen, "facts": plain.facts | {"linked_sources": 1},
        "use_terms": plain.use_terms, **further}
