"""Receipts 凭证 of what was paid (G6, G8, R98): a settled trade, a refund, a payout, a buyer's registration; numbered, hashed, signed,
checked by anyone.

A sweep writes them once the money has moved, so that a settlement run posts and nothing else. What is public of a receipt is its hash and
number; its content goes to the two sides, carries a salt, and can be held against its public check.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from delivery.results import to_sign
from evidence.envelope import key_id_of
from evidence.events import rfc3339
from evidence.keys import public_bytes, sign, signing_key
from evidence.operations import operation, record, unchanged
from evidence.prepared import ask
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from ledger.accounts import CURRENCY
from ledger.models import Transfer
from participants.charges import Payer
from participants.models import Enrolment, Organization, Venue
from participants.permissions import require
from participants.queries import LOCAL, venue_organization
from settlement.bank_models import Payout
from settlement.events import ReceiptIssued
from settlement.models import Refund, RefundRequest, Settlement
from settlement.queries import charged_on
from settlement.receipt_models import Receipt, ReceiptKind
from trading.books import sha256_of
from trading.models import Trade
from trading.queries import tax_of

__all__ = ["FORMAT", "Paid", "issue_receipt", "paid_of", "receipt_held", "unreceipted"]

FORMAT = "settlement-receipt/1"
_LOCK = 0x524350
#: How far before the last receipt the sweep looks for what it passed over.
_OVERLAP = timedelta(days=2)

Line = dict[str, Any]
Settled = Settlement | RefundRequest | Refund | Payout | Enrolment


@dataclass(frozen=True)
class Paid:
    """What a receipt tells: who paid whom how much for what, and the transfer in the books."""

    kind: str
    subject: str
    venue: Venue
    payer: Organization
    payee: Organization
    amount_fen: int
    at: datetime
    transfer_hash: str
    trade: Trade | None = None
    lines: tuple[Line, ...] = ()


def paid_of(one: Settled) -> Paid:
    """This will read what was paid from the row of the book that says so."""
    if isinstance(one, Settlement):
        assert one.settled_at is not None, "it is settled"
        return Paid(ReceiptKind.TRADE, one.code, one.trade.venue, one.buyer, one.seller, one.price_fen, one.settled_at, one.transfer_hash,
                    one.trade, tuple(_lines(one)))
    if isinstance(one, RefundRequest):
        assert one.posted_at is not None, "it is posted"
        transfers = [line for line in one.lines.order_by("number").values_list("transfer", flat=True) if line]
        hashes = dict(Transfer.objects.filter(uuid__in=transfers).values_list("uuid", "hash"))
        return Paid(ReceiptKind.REFUND, one.code, one.settlement.trade.venue, one.seller, one.buyer, one.amount_fen, one.posted_at,
                    sha256_of([hashes.get(key, str(key)) for key in dict.fromkeys(transfers)]), one.settlement.trade)
    if isinstance(one, Refund):
        return Paid(ReceiptKind.REFUND, one.code, one.trade.venue, one.trade.seller, one.trade.buyer, one.amount_fen, one.at,
                    one.transfer_hash, one.trade)
    if isinstance(one, Enrolment):
        return Paid(ReceiptKind.ENTRY, one.code, one.venue, one.organization, venue_organization(one.venue), one.amount_fen, one.paid_at,
                    one.transfer_hash, None, ({"zh": "买方注册费（一次性）", "en": "Buyer's registration (once)", "fen": one.amount_fen},))
    assert one.ended_at is not None and one.transfer is not None, "it is paid"
    moved = Transfer.objects.filter(uuid=one.transfer).values_list("hash", flat=True).first()
    return Paid(ReceiptKind.PAYOUT, one.code, one.organization.venue, one.organization, one.organization, one.amount_fen, one.ended_at,
                moved or "", None, ({"zh": "收款账号尾号", "en": "Account ending in", "text": one.to_account[-4:]},))


def _lines(one: Settlement) -> Iterator[Line]:
    """The price, the tax inside it, and each charge with who bears it: they are what the statement says."""
    yield {"zh": "成交价", "en": "Price", "fen": one.price_fen}
    if tax := tax_of(one.trade, one.price_fen):
        yield {"zh": "其中增值税", "en": "Of it value-added tax", "fen": tax.fen, "bps": tax.rate.bps}
    for item in charged_on(one):
        zh, en = ("买方另付", "paid by the buyer beside it") if item.charge.payer is Payer.BUYER else ("卖方负担", "borne by the seller")
        yield {"zh": f"{item.charge.name_zh}（{zh}）", "en": f"{item.charge.name_en} ({en})", "fen": item.fen}
    if one.fee_tax_fen:
        yield {"zh": "各项服务费中的增值税", "en": "Value-added tax inside the charges", "fen": one.fee_tax_fen, "bps": one.fee_tax_bps}
    yield {"zh": "归卖方与各贡献方", "en": "To the seller and the contributors", "fen": one.shared_fen}


@covers("G6", "G8", "R98")
@operation("settlement.receipt.issue")
def issue_receipt(*, of: Settled, actor: Actor, clock: Clock) -> Receipt:
    """This will write the receipt of what was paid, under the next number of its venue and year; once."""
    paid = paid_of(of)
    ask("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, paid.venue.pk])
    at = clock.now()
    require(actor, "settlement.receipt.issue", at=at)
    known = Receipt.objects.filter(subject=paid.subject).first()
    if known is not None:
        unchanged(at=at)
        return known
    year = at.astimezone(LOCAL).year
    last = Receipt.objects.filter(venue=paid.venue, year=year).aggregate(n=Max("number"))["n"] or 0
    content = _written(paid, code=new_code("RCP"), year=year, number=last + 1, at=at)
    made = Receipt.objects.create(
        code=content["receipt"], venue=paid.venue, year=year, number=last + 1, kind=paid.kind, subject=paid.subject,
        trade=paid.trade.code if paid.trade else "", payer=paid.payer, payee=paid.payee, amount_fen=paid.amount_fen, happened_at=paid.at,
        issued_at=at, content=content, content_hash=sha256_of(content), signature=sign(to_sign(content)).hex(),
        key_id=key_id_of(public_bytes(signing_key())))
    record(ReceiptIssued(subject=made.code, receipt_kind=made.kind, year=year, number=made.number, content_hash=made.content_hash),
           actor=actor, at=at)
    return made


def _written(paid: Paid, *, code: str, year: int, number: int, at: datetime) -> dict[str, Any]:
    zh, en = paid.trade.titles if paid.trade else ("", "")
    return {
        "format": FORMAT, "receipt": code, "venue": paid.venue.code, "number": f"{year}-{number:06d}", "kind": str(paid.kind),
        "of": paid.subject, "trade": paid.trade.code if paid.trade else "", "title_zh": zh, "title_en": en,
        "payer": {"code": paid.payer.code, "name": paid.payer.name}, "payee": {"code": paid.payee.code, "name": paid.payee.name},
        "currency": CURRENCY, "amount_fen": paid.amount_fen, "lines": list(paid.lines), "paid_at": rfc3339(paid.at),
        "issued_at": rfc3339(at), "transfer_hash": paid.transfer_hash, "salt": secrets.token_hex(16)}


@covers("T30")
def unreceipted(most: int = 1000, *, whole: bool = False) -> Iterator[Settled]:
    """This will find what was paid and has no receipt yet, from the database alone, oldest first within each kind.

    ``whole``: from the beginning on, for what failed until newer receipts had left it behind.
    """
    written = Receipt.objects.none() if whole else Receipt.objects.all()
    since = {row["kind"]: row["last"] - _OVERLAP for row in written.values("kind").annotate(last=Max("happened_at"))}
    yield from _settled(since.get(ReceiptKind.TRADE))[:most]
    refunds, early = (Q(posted_at__gte=since["refund"]), Q(at__gte=since["refund"])) if "refund" in since else (Q(), Q())
    asked = RefundRequest.objects.filter(refunds, status="posted").select_related("settlement__trade__venue", "seller", "buyer")
    yield from _without(asked).order_by("posted_at", "id")[:most]
    yield from _without(Refund.objects.filter(early).select_related("trade__venue", "trade__seller", "trade__buyer")).order_by(
        "at", "id")[:most]
    ended = Q(ended_at__gte=since["payout"]) if "payout" in since else Q()
    yield from _without(Payout.objects.filter(ended, status__in=["paid", "reversed"], ended_at__isnull=False).select_related(
        "organization__venue")).order_by("ended_at", "id")[:most]
    entered = Q(paid_at__gte=since["entry"]) if "entry" in since else Q()
    yield from _without(Enrolment.objects.filter(entered).select_related("venue", "organization")).order_by("paid_at", "id")[:most]


def _settled(since: datetime | None) -> QuerySet[Settlement]:
    """Settled trades of the last cycles, and of barters, which settle outside of cycles."""
    rows = Settlement.objects.filter(status="settled").select_related("trade__venue", "buyer", "seller")
    if since is not None:
        recent = Q(cycle__closed_at__isnull=True) | Q(cycle__closed_at__gte=since)
        rows = rows.filter(recent | (~Q(pair="") & Q(settled_at__gte=since)))
    found: QuerySet[Settlement] = _without(rows).order_by("settled_at", "id")
    return found


def _without(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(~Exists(Receipt.objects.filter(subject=OuterRef("code"))))


@covers("R98")
def receipt_held(content_hash: str, document: Any) -> list[tuple[tuple[str, str], bool]]:
    """This will hold a receipt's file against its public hash: each thing looked at and whether it fits."""
    said = document.get("content") if isinstance(document, dict) and isinstance(document.get("content"), dict) else document
    known = isinstance(said, dict) and said.get("format") == FORMAT
    try:
        same = known and sha256_of(said) == content_hash
    except (TypeError, ValueError):
        same = False
    return [(("是一份收付凭证", "It is a receipt"), known), (("内容与公开的指纹一致", "Its content has the public hash"), same)]
