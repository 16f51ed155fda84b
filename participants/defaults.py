"""What every installation starts with: the figures of the venue's rules with their sources, and the reserved codes.

A figure marked PD is a product default, to be changed by the venue under four eyes; the others cite the law they come from.
Money in whole fen, shares in basis points, ``_days`` in the unit named (working days or calendar days).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

__all__ = ["DEFAULTS", "EPOCH", "IMPORT_CODE", "STRICTER", "VENUE_CODE", "Figure"]

#: Before anything the exchange can be asked about: the first rows hold from here.
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
#: The one reserved organisation: rows imported without a merchant wait here.
IMPORT_CODE = "ORG-IMPORT"
#: The venue an installation opens with.
VENUE_CODE = "DX"


class Figure(NamedTuple):
    """One dated parameter as it starts."""

    key: str
    value: Any
    unit: str
    source: str
    scope: str = ""
    name: tuple[str, str] = ("", "")


_PD = "PD 产品默认"
_BANDED = "band"
_INCREMENTS = [
    {"below_fen": 1_000_000, "step_fen": 10_000},
    {"below_fen": 10_000_000, "step_fen": 100_000},
    {"below_fen": 100_000_000, "step_fen": 500_000},
    {"below_fen": None, "step_fen": 1_000_000},
]
_26 = "发改数据规〔2025〕26号 第9至15条"

DEFAULTS: tuple[Figure, ...] = (
    Figure("fee.match_seller_bps", 250, "bps", "上海数据交易所2023年收费办法", name=("撮合服务费（卖方）", "Matching fee (seller)")),
    Figure("fee.match_buyer_bps", 0, "bps", _PD, name=("撮合服务费（买方）", "Matching fee (buyer)")),
    Figure("fee.match_seller_bps", 0, "bps", "《数据二十条》第九条；PD", "channel=report",
           ("撮合服务费（卖方）", "Matching fee (seller)")),
    Figure("fee.service_seller_bps", 50, "bps", "《数据二十条》第九条；PD", "channel=report",
           ("交割服务费（卖方）", "Fee for delivery and settlement (seller)")),
    Figure("fee.registration_buyer_fen", 0, "fen", _PD, name=("买方注册费", "Buyer's registration")),
    Figure("fee.cap_bps", 500, "bps", "拍卖法 第56条", name=("每方佣金上限", "Most that each side may be charged")),
    Figure("levy.public_interest_bps", 100, "bps", _PD, name=("公益金（自卖方收入）", "Public-interest levy (from the seller's side)")),
    Figure("fee.band_rebate", {"A": 1_000, "B": 0, "C": 0, "D": 0}, "bps of the seller's fee, by band", "上海市社会信用条例 第26条；PD",
           name=("守信减收（按信用档）", "Rebate for good standing (by credit band)")),
    Figure("deposit.bps", 1_000, "bps of the start price", _PD, name=("竞价保证金（按起拍价）", "Bidding deposit (of the start price)")),
    Figure("deposit.band_bps", {"A": 5_000, "B": 10_000, "C": 15_000, "D": 20_000}, "bps of the deposit, by band", "H.5",
           name=("保证金系数（按信用档）", "Deposit factor (by credit band)")),
    Figure("deposit.minimum_fen", 10_000, "fen", _PD, name=("保证金下限", "Smallest deposit")),
    Figure("auction.notice_days", 7, "calendar days", "拍卖法 第45条"),
    Figure("auction.soft_close_seconds", 180, "seconds", _PD),
    Figure("auction.extension_seconds", 180, "seconds", _PD),
    Figure("auction.extension_cap_seconds", 3_600, "seconds", _PD),
    Figure("auction.increment", _INCREMENTS, "table by visible price, fen", _PD),
    Figure("auction.reveal_hours", 2, "hours", _PD),
    Figure("auction.dutch_step", {"bps": 100, "seconds": 60}, "bps of start price per step", _PD),
    Figure("auction.hybrid_phases", {"sealing": 3_600, "best": 1_800}, "seconds to seal, and for the best bid", _PD),
    Figure("orders.unpaid_cap_fen", {"A": 5_000_000_000, "B": 1_000_000_000, "C": 200_000_000, "D": 20_000_000}, "fen, by band", _PD,
           name=("未付款委托合计上限（按信用档）", "Most of unpaid orders together (by credit band)")),
    Figure("trade.payment_days", 5, "working days", _PD),
    Figure("trade.second_chance_days", 2, "working days", _PD),
    Figure("agreement.signature_days", 5, "working days", _PD),
    Figure("agreement.notice_days", 15, "calendar days", _PD),
    Figure("negotiation.turn_days", 3, "working days", _PD),
    Figure("barter.far_times", 3, "times the usual price", _PD),
    Figure("delivery.days", 3, "working days", _PD),
    Figure("delivery.grace_days", 7, "calendar days", _PD),
    Figure("acceptance.days", 7, "calendar days", "民法典 第620至622条；天数 PD"),
    Figure("delivery.token_uses", 1, "uses", _PD),
    Figure("delivery.calls_per_minute", 120, "calls of one key", _PD),
    Figure("delivery.token_hours", 72, "hours", _PD),
    Figure("holdback.bps", {"A": 0, "B": 500, "C": 1_000, "D": 2_000}, "bps of the seller's share, by band", _PD,
           name=("质保留存（按信用档）", "Holdback (by credit band)")),
    Figure("holdback.days", 30, "calendar days after acceptance", _PD, name=("质保留存天数", "Holdback, days")),
    Figure("registration.accept_days", 3, "working days", _26),
    Figure("registration.review_days", 5, "working days", _PD),
    Figure("registration.review_days", 20, "working days", _26, "public"),
    Figure("registration.notice_days", 0, "working days", _PD, "enterprise"),
    Figure("registration.notice_days", 10, "working days", _26, "public"),
    Figure("registration.notice_days", 10, "working days", _PD, "personal"),
    Figure("registration.objection_days", 10, "working days after issue", _PD, "enterprise"),
    Figure("registration.validity_years", 3, "years", _26),
    Figure("registration.renewal_days", 60, "calendar days", _26),
    Figure("rule_change.notice_days", 7, "calendar days", "电子商务法 第34条"),
    Figure("review.amber_days", 2, "working days", _PD),
    Figure("review.red_days", 3, "working days", _PD),
    Figure("review.return_days", 5, "working days", _PD),
    Figure("sampling.percent", {"A": 2, "B": 10, "C": 30, "D": 100}, "percent, by band", "H.5"),
    Figure("newcomer.band", "B", _BANDED, _PD),
    Figure("admission.accept_days", 3, "working days", _PD),
    Figure("admission.review_days", 10, "working days", _PD),
    Figure("admission.return_days", 20, "working days", _PD),
    Figure("admission.draft_days", 90, "calendar days", _PD),
    Figure("admission.years", 3, "years", _PD),
    Figure("admission.renewal_days", 60, "calendar days", _PD),
    Figure("admission.light_proof_days", 30, "calendar days", _PD),
    Figure("sampling.light_percent", {"A": 20, "B": 50, "C": 100, "D": 100}, "percent, by band",
           "数据二十条 第十五条；比例 PD"),
    Figure("security_review.flag_days", 30, "calendar days", _PD),
    Figure("control.share_bps", 5_000, "bps of ownership, exceeded", "公司法 第265条"),
    Figure("limit.listings", {"0": 20, "1": 60, "2": 200}, "listings, by certificates in force", _PD),
    Figure("declaration.months", 12, "months", "rules K"),
    Figure("approval.days", 3, "working days", _PD),
    Figure("affiliation.share_bps", 2_500, "bps of ownership", _PD),
    Figure("complaint.accept_days", 7, "working days", "市场监督管理投诉举报处理办法 第14条"),
    Figure("complaint.mediation_max_days", 45, "working days", "市场监督管理投诉举报处理办法 第21条"),
    Figure("dispute.negotiation_days", 5, "working days", _PD),
    Figure("dispute.mediation_days", 15, "working days", _PD),
    Figure("dispute.award_days", 30, "working days", _PD),
    Figure("engagement.fee_bps", 300, "bps of what the provider is paid", _PD, name=("第三方服务撮合费", "Fee on third-party services")),
    Figure("conduct.statement_days", 10, "working days", _PD),
    Figure("conduct.decision_days", 10, "working days", _PD),
    Figure("conduct.decision_extension_days", 10, "working days", _PD),
    Figure("conduct.objection_window_days", 10, "working days", _PD),
    Figure("conduct.objection_days", 5, "working days", "H.2"),
    Figure("conduct.objection_extension_days", 3, "working days", "H.2"),
    Figure("publicity.months", {"min": 0, "max": 3}, "months", "H.1", "minor"),
    Figure("publicity.months", {"min": 3, "max": 12}, "months", "H.1", "ordinary"),
    Figure("publicity.months", {"min": 12, "max": 36}, "months", "H.1", "serious"),
    Figure("payout.second_person_fen", 5_000_000, "fen", _PD),
    Figure("suspense.alarm_fen", 10_000_000, "fen", _PD, name=("待查款项警戒额", "Suspense money: alarm above")),
    Figure("settlement.cycle_time", "18:00", "local time of day", _PD),
    Figure("clean_room.epsilon_buyer_micro", 1_000_000, "micro, per buyer and product-year", _PD),
    Figure("clean_room.epsilon_all_micro", 4_000_000, "micro, per product-year", _PD),
    Figure("clean_room.k", 20, "persons", _PD),
    Figure("reference.months", 12, "months", _PD, name=("参考价期间（月）", "Reference prices: months looked back on")),
    Figure("share.creators_least_bps", 1_000, "bps of the weights", "数据二十条 第十二条；PD",
           name=("价值创造者最低份额（来源、加工、劳动合计）", "Least share of the creators (source, processing, labour together)")),
    Figure("reference.least_trades", 10, "trades", _PD, name=("参考价最少笔数", "Reference prices: fewest trades")),
    Figure("reference.least_parties", 5, "parties", _PD, name=("参考价最少买卖方数", "Reference prices: fewest sellers, and buyers")),
    Figure("reference.most_share_bps", 5_000, "bps, exceeded", _PD, name=("参考价单方占比上限", "Reference prices: most of one party")),
    Figure("retention.records_years", 20, "years", "section I"),
    Figure("retention.logs_days", 184, "calendar days", "网络安全法 第23条"),
    Figure("retention.drafts_days", 90, "calendar days", "section I"),
)

#: Which way is stricter: a venue takes its parent's figures or goes that way, never the other (R55). Figures not named here are
#: the venue's own business.
STRICTER: dict[str, str] = {
    "fee.cap_bps": "lower", "auction.notice_days": "higher", "rule_change.notice_days": "higher", "deposit.bps": "higher",
    "deposit.minimum_fen": "higher", "orders.unpaid_cap_fen": "lower",
    "registration.notice_days": "higher", "registration.validity_years": "lower",
    "sampling.percent": "higher", "sampling.light_percent": "higher", "admission.years": "lower", "admission.light_proof_days": "lower",
    "declaration.months": "lower", "affiliation.share_bps": "lower", "control.share_bps": "lower", "complaint.accept_days": "lower",
    "complaint.mediation_max_days": "lower", "payout.second_person_fen": "lower", "suspense.alarm_fen": "lower",
    "clean_room.epsilon_buyer_micro": "lower",
    "clean_room.epsilon_all_micro": "lower", "clean_room.k": "higher", "retention.records_years": "higher", "retention.logs_days": "higher",
    "limit.listings": "lower", "reference.least_trades": "higher", "reference.least_parties": "higher", "reference.most_share_bps": "lower",
}
