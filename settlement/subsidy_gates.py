"""Who may have a subsidy and how much: a fund's criteria as data, asked one by one (R75, R122); the act and its page ask the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Sum

from compliance.engaging.independence import service_classes
from compliance.models import Engagement
from kit.coverage import covers
from kit.money import bps_of
from kit.rejected import FieldFault, Rejected
from ledger.queries import balance
from listings.sectors import SECTORS, with_fields
from participants.gates import Gate
from participants.models import Organization, PartyProfile, PartySize
from participants.profiles import profile_of
from participants.queries import LOCAL, affiliated
from participants.roles import Standing
from participants.sizes import size_of
from settlement.models import Subsidy, SubsidyFund
from settlement.states import FundStatus

__all__ = ["amount_for", "criteria_of", "of_applying", "spent_by", "used_this_year"]

#: What a fund may ask of a firm and its order; each is a list, and an empty one admits all.
ASKED = ("sizes", "services", "sectors", "regions")


@covers("R122")
def criteria_of(given: Mapping[str, Any], *, at: datetime) -> dict[str, list[str]]:
    """This will return criteria as they are kept, or refuse a word nobody knows."""
    known = {"sizes": set(PartySize.values), "services": set(service_classes(at)), "sectors": set(SECTORS)}
    kept = {name: sorted({str(one).strip() for one in given.get(name, []) if str(one).strip()}) for name in ASKED}
    faults = [FieldFault(name, "unknown", (f"不认识：{'、'.join(odd)}", f"Unknown: {', '.join(odd)}"))
              for name, words in known.items() if (odd := sorted(set(kept[name]) - words))]
    faults += [FieldFault("regions", "unknown", (f"行政区划代码须为数字：{one}", f"A region is a numeric code: {one}"))
               for one in kept["regions"] if not (one.isascii() and one.isdigit() and 2 <= len(one) <= 6)]
    if faults or set(given) - set(ASKED):
        raise Rejected("settlement.subsidy_fund.faulty", errors=faults)
    return kept


def used_this_year(fund: SubsidyFund, organization: Organization, at: datetime) -> int:
    """This will add up what a firm had of a fund in the calendar year: paid, or set aside still."""
    rows = Subsidy.objects.filter(fund=fund, organization=organization, year=at.astimezone(LOCAL).year).exclude(status="released")
    return sum(one.paid_fen or one.amount_fen for one in rows)


@covers("R75", "R122")
def amount_for(fund: SubsidyFund, order: Engagement, *, at: datetime) -> int:
    """This will reckon a subsidy in fen: the share of the price, within the caps of order and year and what the fund has left."""
    year_left = fund.year_cap_fen - used_this_year(fund, order.client, at)
    return max(0, min(bps_of(order.price_fen, fund.share_bps), fund.order_cap_fen, year_left, balance(fund.account).available_fen))


@covers("R122", "R61")
def of_applying(fund: SubsidyFund, order: Engagement, *, at: datetime) -> Iterator[Gate]:
    """This will ask what a grant asks, from the fund's term to its last fen."""
    says: dict[str, Any] = {"fund": fund.code, "engagement": order.code}
    runs = fund.status == FundStatus.OPEN and fund.effective_from <= at < fund.effective_to
    yield Gate(("资金开放申请", "The fund takes applications"), None if runs else Rejected("settlement.subsidy.fund_not_open", **says))
    yield Gate(("委托尚未了结", "The order is not at its end"),
               Rejected("settlement.subsidy.order_over", **says) if order.ended_at is not None else None)
    yield Gate(("该委托还没有补贴", "The order has no subsidy yet"),
               Rejected("settlement.subsidy.once", **says) if Subsidy.objects.filter(engagement=order).exists() else None)
    yield from _criteria(fund, order, profile_of(order.client, at=at), says, at)
    barred = order.client.standing in {Standing.RESTRICTED, Standing.SUSPENDED}
    yield Gate(("委托方信誉良好", "The firm is in good standing"), Rejected("settlement.subsidy.standing", **says) if barred else None)
    related = affiliated(order.client, order.provider, at=at)
    yield Gate(("与服务机构没有关联", "The firm and the provider are not connected"),
               Rejected("settlement.subsidy.related", **says) if related else None)
    used = used_this_year(fund, order.client, at)
    yield Gate(("本年度额度未用完", "The firm's limit of the year is not used up"),
               Rejected("settlement.subsidy.year_used", cap_fen=fund.year_cap_fen, used_fen=used, **says)
               if used >= fund.year_cap_fen else None)
    yield Gate(("资金尚有余额", "The fund has money left"),
               Rejected("settlement.subsidy.exhausted", **says) if balance(fund.account).available_fen <= 0 else None)
    yield Gate(("按比例算出的补贴不少于一分", "The share comes to a fen at least"),
               None if bps_of(order.price_fen, fund.share_bps) else Rejected("settlement.subsidy.nothing", **says))


def _criteria(fund: SubsidyFund, order: Engagement, profile: PartyProfile, says: dict[str, Any], at: datetime
              ) -> Iterator[Gate]:
    asked = fund.criteria
    fits = not asked["sizes"] or size_of(order.client, at=at) in asked["sizes"]
    yield Gate(("企业规模在补贴范围内", "The firm's size is covered"), None if fits else Rejected("settlement.subsidy.size", **says))
    covered = not asked["services"] or order.offer.kind in asked["services"]
    yield Gate(("服务类别在补贴范围内", "The kind of service is covered"),
               None if covered else Rejected("settlement.subsidy.service", **says))
    here = (not asked["sectors"] or profile.sector in with_fields(asked["sectors"])) and (
        not asked["regions"] or any(profile.region.startswith(one) for one in asked["regions"]))
    yield Gate(("行业与地区在补贴范围内", "Sector and region are covered"), None if here else Rejected("settlement.subsidy.place", **says))


def spent_by(fund: SubsidyFund) -> dict[str, int]:
    """This will add up a fund: granted and still set aside, paid, and the money free now."""
    rows = Subsidy.objects.filter(fund=fund)
    paid = rows.aggregate(fen=Sum("paid_fen"))["fen"] or 0
    held = rows.filter(status="reserved").aggregate(fen=Sum("amount_fen"))["fen"] or 0
    return {"paid_fen": int(paid), "held_fen": int(held), "free_fen": balance(fund.account).available_fen}
