"""Small worlds of public data: a public body that grants, an operator that runs it, a cap, a draft under all of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kit.actors import Actor
from listings.models import Authorisation, DataProduct, GuidedPrice, ListingVersion
from listings.operations import confirm_authorisation, file_authorisation, set_guided_price
from participants.roles import OrganizationKind, Role
from participants.timers import months_on
from tests.factories import make_actor, make_organization
from tests.listings.worlds import FACTS, Seller, make_draft, make_registered, make_seller

#: What a version of public data says beside the usual.
PUBLIC: dict[str, Any] = {
    "category": "public", "stage": "product", "delivery_mode": "report", "pricing_mode": "guided", "price_fen": 1_000_000,
    "facts": {**FACTS, "public_authorised": True, "public_open_status": "conditional"},
    "use_terms": {"purposes": ["industry"], "regions": ["CN-31"], "term_days": 365},
}


def make_grantor(**fields: Any) -> Actor:
    """Somebody who acts for a public body."""
    body = make_organization(Role.BUYER, kind=OrganizationKind.PUBLIC_BODY, **fields)
    return make_actor(Role.BUYER, organization=body)


def make_operator(**fields: Any) -> Seller:
    return make_seller(Role.PUBLIC_DATA_OPERATOR, **fields)


def filed(seller: Seller, grantor: Actor, **changes: Any) -> Authorisation:
    """An authorisation as the operator files it: whole, CN, one year and a half from now."""
    at, body = seller.clock.now(), grantor.organization
    return file_authorisation(**{
        "organization": seller.organization, "grantor": body, "model": "whole", "subject": ("全市公共交通数据", "City transit data"),
        "document_no": "市数授〔2026〕1号", "price_basis": "市发改价〔2026〕3号，成本调查", "effective_from": at,
        "effective_to": at + timedelta(days=550), "actor": seller.actor, "clock": seller.clock, **changes})


def granted(seller: Seller, grantor: Actor | None = None, **changes: Any) -> tuple[Authorisation, Actor]:
    """An authorisation in force, with who granted it."""
    body = grantor or make_grantor()
    return confirm_authorisation(authorisation=filed(seller, body, **changes), actor=body, clock=seller.clock), body


def capped(seller: Seller, authorisation: Authorisation, grantor: Actor, product: DataProduct, **changes: Any) -> GuidedPrice:
    """A cap of ¥10,000.00 a licence: cost 1,000,000, subsidy 100,000, yield 1.80 %, 97 licences."""
    at = seller.clock.now()
    return set_guided_price(**{
        "authorisation": authorisation, "product": product, "cap_fen": 1_000_000, "quantity": 97, "cost_fen": 100_000_000,
        "subsidy_fen": 10_000_000, "bond_yield_bps": 180, "rate_bps": 780, "document_no": "市发改价〔2026〕9号", "effective_from": at,
        "review_by": months_on(at, 36), "actor": grantor, "clock": seller.clock, **changes})


def public_draft(seller: Seller, authorisation: Authorisation | None, product: DataProduct | None = None, **changes: Any) -> ListingVersion:
    """A complete draft of public data under an authorisation."""
    product = product or make_registered(seller, regime="public", origin="authorised_operation")[0]
    return make_draft(seller, product, **{**PUBLIC, "authorisation": authorisation.code if authorisation else "", **changes})
