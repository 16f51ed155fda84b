"""Public data: a body grants its operation, its operators register what they make of it, the grantor caps the price of each licence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from listings.models import Authorisation, AuthorisationModel, DataProduct
from listings.operations import confirm_authorisation, file_authorisation, set_guided_price
from participants.models import Organization
from participants.roles import OrganizationKind, Role
from simulation.market import Market
from simulation.people import Account, Party, open_party

__all__ = ["GRANTOR", "SOURCE", "cap", "grant", "granted_draft", "open_grantor"]

#: Under what name the grantor acts in a run.
GRANTOR = "g0"
SOURCE = "公共管理机构依法取得的读数，经授权运营，逐条核对，不含个人信息。"
_TERM, _REVIEW = timedelta(days=3 * 365), timedelta(days=730)
#: So many licences bear the cost of a product and the return permitted on it.
_LICENCES, _BOND_BPS, _RATE_BPS, _SHARE_BPS = 100, 180, 600, 1_500


def open_grantor(market: Market, uscc: str) -> Organization:
    """This will bring the body whose data is operated by others into the house."""
    party = Party("模拟授权方g0", "Simulated grantor g0", "模拟授权方g0", GRANTOR, OrganizationKind.PUBLIC_BODY, Role.BUYER, uscc)
    organization, users = open_party(party, [Account("sim-g0", "模拟g0", "Simulated g0", Role.BUYER, party, password=None)],
                                     officer=market.actors["compliance"], authority=market.actors["regulator"], clock=market.clock)
    market.enter(GRANTOR, users[0], organization)
    return organization


def grant(market: Market, key: str) -> None:
    """This will file an operator's authorisation and let the grantor confirm it."""
    begins, number = market.now(), int(key[1:]) + 1
    made = market.act(file_authorisation, organization=market.organizations[key], grantor=market.organizations[GRANTOR].code,
                      model=AuthorisationModel.WHOLE, subject=(f"站点读数公共数据 {key}", f"Public station readings {key}"),
                      document_no=f"模数管〔2030〕{number}号",
                      price_basis="用于公共治理、公益事业免费；用于产业发展的，按准许收入核定上限价。",
                      effective_from=begins, effective_to=begins + _TERM, grantor_share_bps=_SHARE_BPS, actor=market.actors[key])
    if made is not None:
        market.act(confirm_authorisation, authorisation=made, actor=market.actors[GRANTOR])


def _held(organization: Organization) -> Authorisation | None:
    return Authorisation.objects.filter(organization=organization, status="in_force").first()


def cap(market: Market, product: DataProduct, price_fen: int) -> None:
    """This will let the grantor cap a licence at the guided price."""
    held, at = _held(product.organization), market.now()
    if held is not None:
        market.act(set_guided_price, authorisation=held, product=product, cap_fen=price_fen, quantity=_LICENCES,
                   cost_fen=price_fen * _LICENCES, bond_yield_bps=_BOND_BPS, rate_bps=_RATE_BPS,
                   document_no=f"模数价〔2030〕{product.title_zh}", effective_from=at,
                   review_by=at + _REVIEW, actor=market.actors[GRANTOR])


def granted_draft(organization: Organization) -> Mapping[str, Any]:
    """This will return what a draft of authorised public data says beside the others: under what it is operated and priced."""
    held = _held(organization)
    return {"authorisation": held.code, "pricing_mode": "guided"} if held is not None else {}
