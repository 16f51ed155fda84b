"""Merchants: from a real table to a listing on sale, one corridor, step by step; then lots of it, announced in time.

What an offer needs next is read from the database, so a history that was broken off goes on where it stands.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from compliance.models import Declaration
from compliance.operations import draft_declaration, sign_declaration
from compliance.states import DeclarationStatus
from evidence.files import deposit
from kit.actors import Actor
from kit.money import parse_yuan
from listings.models import Authorisation, DataProduct, GuidedPrice, Listing, ListingVersion, Registration
from listings.operations import (
    apply_registration,
    attach_file,
    create_product,
    declare_right,
    draft_registration,
    open_listing,
    propose_shares,
    provide_condition,
    save_draft,
    set_contributors,
    set_guided_price,
    sign_shares,
    submit_listing,
)
from listings.sharing import Line
from listings.states import AuthorisationStatus, RegistrationStatus
from simulation.cast import GRANTOR
from simulation.catalogue import OFFERS, Offer
from simulation.market import Market
from simulation.times import Window

__all__ = ["ANSWERS", "Shelf", "Supply", "hand_in_version"]

#: What every declaring merchant answers (the template's required questions); promises are promises.
ANSWERS: dict[str, Any] = {
    "source_kind": ["public"], "source_method": "取自公开发布的资料，按其使用条款整理加工。", "source_lawful": True,
    "source_proof": "见登记时存入的来源说明。",
    "rights_held": ["hold", "use", "operate"], "rights_origin": "agreement", "rights_undisputed": True,
    "quality_checked": ["completeness", "consistency", "validity"], "quality_defects": "无", "quality_true": True,
    "use_purposes": "科学研究、产品研发、内部分析。", "use_no_reidentify": True,
    "excluded_matter": False, "negative_list_checked": True, "consequences_accepted": True,
    "signer_authority": "authorised", "class_hosts": ["public", "enterprise"], "class_personal": False, "class_important": True,
    "security_mlps": "2", "security_contact": "数据安全负责人", "competition_fair": True, "no_listed_party": True,
}


def hand_in_version(market: Market, version: ListingVersion, actor: Actor) -> None:
    """This will submit a version and prove what a restricted rule asks of it."""
    submitted = market.act(submit_listing, version=version, actor=actor)
    for one in submitted.asked.filter(status="open") if submitted else ():
        market.act(provide_condition, condition=one, statement="每份交付文件按买方编号加注水印，样张随版本存证。", actor=actor)


@dataclass
class Shelf:
    """Where offers stand, by title: their products, the latest registration of each, and which have a listing."""

    products: dict[str, DataProduct] = field(default_factory=dict)
    registrations: dict[int, str] = field(default_factory=dict)
    listed: set[int] = field(default_factory=set)
    capped: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, market: Market, offers: Sequence[Offer]) -> Shelf:
        """This will read what the cast has made of these offers with four queries."""
        ours = [one.pk for one in market.organizations.values()]
        found = DataProduct.objects.filter(organization_id__in=ours, title_zh__in=[one.title_zh for one in offers])
        products = {one.title_zh: one for one in found.order_by("pk")}
        keys = [one.pk for one in products.values()]
        registrations = dict(Registration.objects.filter(product_id__in=keys).order_by("pk").values_list("product_id", "status"))
        listed = set(Listing.objects.filter(product_id__in=keys).values_list("product_id", flat=True))
        capped = set(GuidedPrice.objects.filter(product_id__in=keys).values_list("product_id", flat=True))
        return cls(products, registrations, listed, capped)


@dataclass
class Supply:
    """The merchants' side of the catalogue; ``begins`` tells from when each offer is worked on, ``offered`` which need nothing more."""

    market: Market
    begins: dict[str, datetime]
    offered: set[str] = field(default_factory=set)

    def plan(self, window: Window) -> None:
        """This will plan the next step of every offer whose time has come."""
        offers = [one for one in OFFERS if one.key not in self.offered and one.seller in self.market.organizations
                  and self._has_begun(one, window)]
        shelf = Shelf.read(self.market, offers) if offers else Shelf()
        for offer in offers:
            self._plan_next(offer, shelf, window)

    def _has_begun(self, offer: Offer, window: Window) -> bool:
        begin = self.begins.get(offer.key)
        return begin is None or begin < window.end

    def _plan_next(self, offer: Offer, shelf: Shelf, window: Window) -> None:
        product = shelf.products.get(offer.title_zh)
        if product is None:
            window.plan(partial(self._register, offer))
        elif product.pk in shelf.listed:
            self.offered.add(offer.key)
        elif shelf.registrations.get(product.pk) == RegistrationStatus.CERTIFIED:
            window.plan(partial(self._price if offer.authorised and product.pk not in shelf.capped else self._offer, offer, product))

    # ---- registration ----------------------------------------------------------------------------------------------------

    def _register(self, offer: Offer) -> None:
        """Product, three rights, the deposited statement of the source, application."""
        market, actor = self.market, self.market.actors[offer.seller]
        product = market.act(create_product, organization=market.organizations[offer.seller], title_zh=offer.title_zh,
                             title_en=offer.title_en, source_statement=offer.source_statement, actor=actor)
        if product is None:
            return
        for right in ("hold", "use", "operate"):
            market.act(declare_right, product=product, right=right, origin=offer.origin, territory=["CN"],
                       origin_note="依公开资料的使用条款", actor=actor)
        proof = deposit(io.BytesIO(f"{offer.title_zh}\n{offer.source_statement}\n{offer.description_zh}\n".encode()),
                        name=f"{offer.key}-source.txt", owner=actor.organization, at=market.now())
        made = market.act(draft_registration, product=product, regime=str(offer.category), statement=offer.source_statement, deposit=proof,
                          actor=actor)
        if made is not None:
            market.act(apply_registration, registration=made, actor=actor)

    # ---- listing ---------------------------------------------------------------------------------------------------------

    def _price(self, offer: Offer, product: DataProduct) -> None:
        """The grantor caps a licence of authorised public data: a hundred licences bear the cost and the return permitted on it."""
        at, cap_fen = self.market.now(), parse_yuan(str(offer.price_yuan))
        if (held := self._authorisation(product)) is not None:
            self.market.act(set_guided_price, authorisation=held, product=product, cap_fen=cap_fen, quantity=100, cost_fen=cap_fen * 100,
                            bond_yield_bps=180, rate_bps=600, document_no=f"滨数价〔2026〕{product.pk}号", effective_from=at,
                            review_by=at + timedelta(days=730), actor=self.market.actors[GRANTOR.key])

    @staticmethod
    def _authorisation(product: DataProduct) -> Authorisation | None:
        return Authorisation.objects.filter(organization_id=product.organization_id, status=AuthorisationStatus.IN_FORCE).first()

    def _offer(self, offer: Offer, product: DataProduct) -> None:
        """Draft, file, terms, contributors, declaration, submit."""
        market, actor = self.market, self.market.actors[offer.seller]
        self._declare(offer)
        version = market.act(open_listing, product=product, actor=actor)
        if version is None:
            return
        version = market.act(attach_file, version=version, stream=io.BytesIO(offer.table.csv_bytes()), name=offer.file_name,
                             actor=actor) or version
        version = market.act(save_draft, version=version, edit_version=version.edit_version,
                             changes=_changes(offer, self._authorisation(product) if offer.authorised else None), actor=actor) or version
        self._share(offer, version, actor)
        hand_in_version(market, ListingVersion.objects.get(pk=version.pk), actor)

    def _share(self, offer: Offer, version: ListingVersion, actor: Actor) -> None:
        """Alone, the seller states it; with others, all sign an agreement before the product is on sale."""
        market = self.market
        lines = [Line(market.organizations[key], part, weight) for key, weight, part in offer.contributors if key in market.organizations]
        if len(lines) == 1:
            market.act(set_contributors, version=version, weights={lines[0].organization: lines[0].weight},
                       parts={lines[0].organization: lines[0].part}, actor=actor)
            return
        made = market.act(propose_shares, version=version, lines=lines, rest=offer.rest, actor=actor)
        for key, _, _ in offer.contributors if made is not None else ():
            if key != offer.seller and key in market.organizations and made is not None:
                market.act(sign_shares, agreement=made, content_hash=made.content_hash, actor=market.actors[key])

    def _declare(self, offer: Offer) -> None:
        """One general declaration a merchant, signed before its first offer."""
        market, owner = self.market, self.market.organizations[offer.seller]
        if Declaration.objects.filter(organization=owner, status=DeclarationStatus.IN_FORCE).exists():
            return
        made = market.act(draft_declaration, organization=owner, answers=ANSWERS, actor=market.actors[offer.seller])
        if made is not None:
            market.act(sign_declaration, declaration=made, actor=market.actors[offer.seller])


def _changes(offer: Offer, granted: Authorisation | None) -> dict[str, Any]:
    """The draft's fields as the form would send them; an auction starts at the price and has a secret reserve a little above."""
    price_fen = parse_yuan(str(offer.price_yuan))
    further: dict[str, Any] = {}
    if offer.sale == "auction":
        further = {"auction_terms": {"format": "english"}}
        if sum(map(ord, offer.key)) % 3:
            further["reserve_price_fen"] = price_fen * 108 // 100 // 10_000 * 10_000
    elif granted is not None:
        further = {"authorisation": granted.code, "pricing_mode": "guided"}
    return {
        "title_zh": offer.title_zh, "title_en": offer.title_en, "summary_zh": offer.note_zh, "summary_en": offer.note_en,
        "description_zh": offer.description_zh, "description_en": offer.description_en, "keywords": offer.key.replace("_", " "),
        "sector": offer.sector, "update_frequency": "一次性", "category": str(offer.category), "stage": str(offer.stage),
        "grade": str(offer.grade), "delivery_mode": str(offer.delivery_mode), "sale_mode": offer.sale,
        "price_fen": price_fen, "facts": offer.facts,
        "use_terms": offer.use_terms, **further,
    }
