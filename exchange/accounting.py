"""The accounting pack of a trade 入表材料 (财会〔2023〕11号): what was paid under which head, and the papers that prove it. Reads only.

It books nothing and values nothing: whether it is an intangible asset, stock or an expense follows the business model and is the
accountants' to judge. A valuation report is named among the papers, for disclosure; its value is never among the lines (W19).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compliance.engaging.reporting import reports_on
from kit.coverage import covers
from kit.sheets import Cell, yuan_cell
from listings.models import QualityReport
from listings.quality import report_in_force
from participants.charges import Fund, Payer
from settlement.metering import charged_price
from settlement.receipt_models import Receipt
from trading.models import OrderPaper, Trade
from trading.papers import papers_of
from trading.queries import charges_of, tax_of

__all__ = ["HEADS", "Line", "Pack", "head_of", "pack_of", "rows_of"]

Pair = tuple[str, str]

#: The heads that the accounts ask for, in their order; a head without an amount stands with zero, so that nobody looks for it elsewhere.
HEADS: dict[str, Pair] = {
    "price": ("购买价款", "Purchase price"),
    "taxes": ("相关税费", "Taxes and levies"),
    "matching": ("登记结算与撮合费", "Registration, settlement and matching fees"),
    "title": ("权属鉴证费", "Attestation of rights"),
    "quality": ("质量评估费", "Assessment of quality"),
    "security": ("安全管理费", "Security management"),
}
#: What the provisions (Article 3) let the buyer count to the cost of acquiring the resource; whether it is an asset at all is his to judge.
COST: Pair = ("可计入取得成本", "May enter the cost of acquisition")
TREATED: dict[str, Pair] = dict.fromkeys(HEADS, COST) | {
    "taxes": ("可计入取得成本；可抵扣的增值税除外", "May enter the cost of acquisition, deductible value-added tax apart")}
SOLD: dict[str, Pair] = dict.fromkeys(HEADS, ("计入当期损益", "Expensed in the period")) | {
    "price": ("确认为收入", "Recognised as revenue")}
#: Which head a charge of the venue belongs to, by the middle of its key: ``fee.<name>_buyer_bps``.
_HEAD_OF = {"match": "matching", "registration": "matching", "settlement": "matching", "title": "title", "quality": "quality",
            "security": "security"}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One head with its amount, and how the provisions let it be treated."""

    head: Pair
    fen: int
    treatment: Pair = ("", "")


@dataclass(frozen=True)
class Pack:
    """What one side of a trade takes to its books: lines that sum to what it paid (or received), and the papers."""

    trade: Trade
    buying: bool
    lines: tuple[Line, ...]
    papers: tuple[tuple[Pair, str], ...]

    @property
    def total_fen(self) -> int:
        return sum(one.fen for one in self.lines)


@covers("R98", "W1")
def pack_of(trade: Trade, *, buying: bool) -> Pack:
    """This will itemise a trade for one side; the heads sum exactly to what that side paid, or received after charges."""
    sign, side = (1, Payer.BUYER) if buying else (-1, Payer.SELLER)
    amounts = dict.fromkeys(HEADS, 0) | {"price": charged_price(trade)}
    if trade.served_here:
        for item in charges_of(trade).of(charged_price(trade)):
            if item.charge.payer is side:
                amounts[head_of(item.charge.key, item.charge.fund)] += sign * item.fen
    names = HEADS if buying else HEADS | {"price": ("销售价款", "Proceeds of the sale")}
    treated = TREATED if buying else SOLD
    return Pack(trade, buying, tuple(Line(names[key], fen, treated[key]) for key, fen in amounts.items()), tuple(_papers(trade, buying)))


def head_of(key: str, fund: Fund) -> str:
    """This will name the head that a charge of the venue belongs to."""
    if fund is Fund.PUBLIC:
        return "taxes"
    name = key.removeprefix("fee.").split("_")[0]
    return _HEAD_OF.get(name, "matching")


def _papers(trade: Trade, buying: bool) -> Iterator[tuple[Pair, str]]:
    """The kind of right, its term, and the papers by number and hash."""
    terms = (trade.agreement.get("object") or {}).get("use_terms") or {}
    yield ("取得的权利", "Right acquired"), "use"
    if days := terms.get("term_days"):
        yield ("许可期限（天）", "Term of the licence (days)"), str(days)
    if trade.listing and trade.listing.certificate:
        yield ("登记凭证", "Registration certificate"), trade.listing.certificate.code
    yield ("成交凭证", "Certificate of the trade"), trade.code
    if tax := tax_of(trade, charged_price(trade)):
        yield ("其中增值税（元）", "Of it value-added tax (yuan)"), f"{tax.fen // 100}.{tax.fen % 100:02d} ({tax.rate.bps / 100:g}%)"
    if papers := papers_of(trade):
        yield from _of_the_order(papers, buying)
    for receipt in Receipt.objects.filter(trade=trade.code).order_by("number"):
        yield ("收付凭证", "Receipt"), f"{receipt.numbered} {receipt.code}"
    yield ("合同摘要哈希", "Hash of the agreement"), trade.agreement_hash
    if report := _report(trade):
        yield ("质量报告", "Quality report"), f"{report.code} {report.content_hash}"
    for one in (*reports_on(trade.code), *reports_on(trade.listing.code if trade.listing else "")):
        if one.status != "false":
            yield one.engagement.offer.kind_words, f"{one.code} {one.content_hash}"
    if trade.version and trade.version.file_sha256:
        yield ("数据文件哈希", "Hash of the data file"), trade.version.file_sha256


def _of_the_order(papers: OrderPaper, buying: bool) -> Iterator[tuple[Pair, str]]:
    """What the order carries for the buyer's books; the cost centre is the buyer's alone."""
    named = ((("采购单号", "Order number"), papers.po_number), (("成本中心", "Cost centre"), papers.cost_centre if buying else ""),
             (("发票抬头", "Invoice title"), papers.invoice_title), (("税号", "Tax number"), papers.tax_number))
    yield from ((name, value) for name, value in named if value)


def _report(trade: Trade) -> QualityReport | None:
    if trade.listing is None or trade.version is None or not trade.version.file_sha256:
        return None
    return report_in_force(trade.listing, trade.version.file_sha256)


def rows_of(pack: Pack, language: int) -> Iterator[tuple[str, Cell, str]]:
    """This will write the pack as rows of a table: heads in yuan with their treatment, then the papers."""
    for line in pack.lines:
        yield line.head[language], yuan_cell(line.fen), line.treatment[language]
    yield ("合计", "Total")[language], yuan_cell(pack.total_fen), ""
    for name, value in pack.papers:
        yield name[language], RIGHT[language] if value == "use" else value, ""


RIGHT: Pair = ("数据加工使用权（许可）", "Right to process and use (licence)")
