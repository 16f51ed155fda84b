"""Why each figure of a settlement is what it is: charges, what was due first, weights, the odd fen; and the picture of it (R69, R71)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from kit.coverage import covers
from kit.money import yuan
from listings.share_terms import CostPlus, read
from participants.charges import Charged, Payer
from participants.models import Organization
from settlement.models import AgreedShares, Settlement
from settlement.queries import charged_on, paid_to
from settlement.sankey import Stop, sankey

__all__ = ["Part", "agreed_of", "picture_of", "reasons_of"]


@dataclass(frozen=True)
class Part:
    """One part of a party's share: the sentence that explains it and its exact amount in fen."""

    text: str
    exact: str


def agreed_of(one: Settlement) -> AgreedShares | None:
    """This will return the agreement a settlement was divided by; None where the seller alone earns or no agreement was signed then."""
    return AgreedShares.objects.filter(pk=one.pk).first()


def _exact(text: str) -> str:
    """Exact fen as yuan, with what is beyond the fen as a fraction."""
    value = Fraction(text)
    whole, rest = value.numerator // value.denominator, value - value.numerator // value.denominator
    return yuan(whole) + (f" + {rest.numerator}/{rest.denominator} " + _("分钱") if rest else "")


def _why(agreed: AgreedShares, party: str, why: str) -> str:
    if why == "fixed":
        return _("每笔成交固定的份额")
    if why == "milestone":
        return _("累计分配达到约定数额，一次支付")
    if why == "royalty":
        tiers = [tier for row in agreed.terms["first"] if row["kind"] == "royalty" and row["party"] == party for tier in row["tiers"]]
        said = _("、").join(f"{bps / 100:g}%" if end is None else f"{_('至')} {yuan(end)} {bps / 100:g}%" for end, bps in tiers)
        return _("分档提成：%(tiers)s；此前已分配 %(before)s") % {"tiers": said, "before": yuan(agreed.before_fen)}
    if why == "grantor":
        return _("公共数据授权约定的份额")
    if why == "pool":
        return _("余额归集于待分配收益账户，每 %(months)s 个月一期，期满按权重分红") % {"months": agreed.terms["rest"]["period_months"]}
    if why == "cost_plus":
        return _cost_plus(agreed, party)
    weights: dict[str, int] = {}
    for code, _part, weight, _for in agreed.terms["parties"]:
        weights[code] = weights.get(code, 0) + weight
    if reckoned := agreed.terms.get("rest", {}).get("contribution"):
        return _("余额的 %(weight)s / %(whole)s，来源方按贡献计算（%(code)s）") % {
            "weight": weights.get(party, 0), "whole": sum(weights.values()), "code": reckoned["code"]}
    return _("余额的 %(weight)s / %(whole)s") % {"weight": weights.get(party, 0), "whole": sum(weights.values())}


def _cost_plus(agreed: AgreedShares, party: str) -> str:
    (one,) = (term for term in read(agreed.terms["first"]) if isinstance(term, CostPlus) and term.party == party)
    return _("准许收入 %(most)s：成本 %(cost)s 扣补贴 %(subsidy)s，加 %(rate)s 收益与税金 %(tax)s；此前已分配 %(before)s") % {
        "most": yuan(one.most_fen), "cost": yuan(one.cost_fen), "subsidy": yuan(one.subsidy_fen), "rate": f"{one.rate_bps / 100:g}%",
        "tax": yuan(one.tax_fen), "before": yuan(agreed.before_fen)}


@covers("R69", "R71")
def reasons_of(one: Settlement) -> dict[int, list[Part]]:
    """This will explain each party's share by its number in the settlement; nothing where it was divided by weight without an agreement."""
    agreed = agreed_of(one)
    if agreed is None:
        return {}
    found: dict[int, list[Part]] = {}
    for number, why, exact, party in agreed.parts:
        found.setdefault(number, []).append(Part(_why(agreed, party, why), _exact(exact)))
    return found


def _name(party: Organization, *, chinese: bool) -> str:
    return party.short_name if chinese else party.short_name_en or party.short_name


def _charge_stops(charged: list[Charged], *, chinese: bool) -> list[Stop]:
    return [Stop(f"charge{n}", 1, item.charge.name_zh if chinese else item.charge.name_en or item.charge.name_zh, item.fen,
                 "fee" if item.charge.payer == Payer.BUYER else "price") for n, item in enumerate(charged) if item.fen]


@covers("R69")
def picture_of(one: Settlement, *, ours: int | None, chinese: bool) -> Any:
    """This will draw where the price of a settled trade went; nothing before it is settled."""
    if one.status != "settled" or not one.price_fen:
        return ""
    stops = [Stop("price", 0, _("成交价"), one.price_fen)]
    if one.buyer_fee_fen:
        stops.append(Stop("fee", 0, _("买方费用"), one.buyer_fee_fen))
    stops += [Stop("shared", 1, _("可分配"), one.shared_fen, "price"), *_charge_stops(charged_on(one), chinese=chinese)]
    parties = [(party, amount) for party, _weight, amount, _held in paid_to(one)]
    stops += [Stop(f"party{n}", 2, _name(party, chinese=chinese), amount, "shared", own=party.pk == ours)
              for n, (party, amount) in enumerate(parties)]
    finding = _("%(price)s 中，各方分得 %(shared)s") % {"price": yuan(one.price_fen), "shared": yuan(one.shared_fen)}
    return sankey(stops, finding=finding)
