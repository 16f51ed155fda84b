"""Papers anyone may check: certificates, trades, admissions, answers. Each check recomputes; nothing is taken from a stored "valid".

What is checked (look: verify): the content against its hash, the fact's place in the log (Merkle path), the head's signature,
the order of times, and today's state. What it does not prove is said on ``/honesty/``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from delivery.cleanroom.budgets import as_epsilon
from delivery.kinds import KINDS
from delivery.models import ResultCertificate, Voucher
from delivery.monitoring import standing_stop
from delivery.results import held_against, signature_fits
from delivery.states import DeliveryStatus
from evidence.bundle import make_bundle
from evidence.canonical import canonical
from evidence.clock import MARKET_CLOCK
from evidence.envelope import key_id_of
from evidence.keys import public_bytes, signing_key
from evidence.models import Entry, Record, Seal
from evidence.queries import public_keys, timeline
from evidence.subscriptions import SealedFact
from evidence.verify import verify_bundle
from exchange.feed import public_kind
from exchange.templatetags.house import date_only, full_text, listed, said, short_hash
from kit.coverage import covers
from kit.ids import read_code
from listings.models import DataProduct, RegistrationCertificate
from listings.states import CertificateStatus
from participants.actors import acting_for
from participants.models import Admission, AdmissionStatus, Organization, SuccessionMove
from participants.queries import may
from participants.roles import CAPABILITY_WORDS
from participants.successions import passed_on
from settlement.receipt_models import Receipt
from settlement.receipts import receipt_held
from trading.models import Trade
from trading.secrecy import PUBLIC, shows
from trading.states import TradeStatus

__all__ = ["Answer", "Check", "Paper", "answer_for", "bundle_for", "history_of", "key_of", "paper_for", "paper_of", "result_held"]

Pair = tuple[str, str]


@dataclass(frozen=True)
class Check:
    """One thing looked at: whether it holds, the value shown beside it, and the detail below."""

    title: Pair
    good: bool
    value: Pair
    detail: str


@dataclass(frozen=True)
class Paper:
    """A certificate or trade as public paper: what is printed on it and the hash of its content."""

    code: str
    kind: Pair
    title: Pair
    content: dict[str, Any]
    content_hash: str
    first_fact: str
    current: bool
    state: Pair
    left: list[tuple[Pair, Any]]
    right: list[tuple[Pair, Any]]
    issued_at: datetime
    listing: str = ""
    signed: tuple[str, str] = ("", "")

    @property
    def opens(self) -> bool:
        """Whether a file can be held against it."""
        return self.code[:4] in {"RCT-", "DCT-", "RCP-"}

    @property
    def private(self) -> bool:
        """Whether what it says is its two sides': public is its hash, and the file they hold fits it or not."""
        return self.code.startswith("RCP-")

    @property
    def deletes(self) -> bool:
        """Whether it is of a deletion."""
        return self.code.startswith("DCT-")


@dataclass(frozen=True)
class Answer:
    """The verdict over a paper: genuine (all hashes and proofs hold), and current (in force today)."""

    paper: Paper
    checks: list[Check]
    sealed: bool
    position: int | None

    @property
    def genuine(self) -> bool:
        return all(check.good for check in self.checks[:-1])

    @property
    def good(self) -> bool:
        return self.genuine and self.paper.current


@covers("R30")
def paper_for(typed: str, user: Any) -> Paper | None:
    """This will find the paper of a typed code as ``paper_of`` does; what is closed has none for whoever is not admitted."""
    paper = paper_of(typed)
    if paper is None:
        return None
    rows = DataProduct.objects.withheld_from(user)
    hidden = (rows.filter(certificates__code=paper.code).exclude(certificates__organization_id=acting_for(user)) if paper.code[:3] == "CRT"
              else rows.filter(listings__trades__delivery__vouchers__code=paper.code) if paper.code[:3] == "VCH"
              else rows.filter(listings__trades__code=paper.code))
    return None if hidden.exists() else paper


def paper_of(typed: str) -> Paper | None:
    """This will find the paper of a typed code (spaces, case and O/0 forgiven); None where there is none."""
    try:
        code = read_code(typed)
    except ValueError:
        return None
    if code.startswith("CRT-"):
        certificate = (
            RegistrationCertificate.objects.select_related("organization", "product", "registration__venue").filter(code=code).first()
        )
        return _certificate(certificate) if certificate else None
    if code.startswith("ADM-"):
        admission = Admission.objects.select_related("organization__venue").filter(code=code).exclude(licence={}).first()
        return _licence(admission, MARKET_CLOCK.now()) if admission else None
    if code.startswith("TRD-"):
        trade = Trade.objects.select_related("seller", "state", "listing", "venue").filter(code=code).first()
        return _trade(trade) if trade else None
    if code.startswith("VCH-"):
        voucher = Voucher.objects.select_related("delivery__trade__venue", "delivery__seller", "delivery__version__listing").filter(
            code=code).first()
        return _voucher(voucher) if voucher else None
    if code[:4] in {"RCT-", "DCT-"}:
        result = ResultCertificate.objects.filter(code=code).first()
        return _result(result) if result else None
    if code.startswith("RCP-"):
        receipt = Receipt.objects.select_related("venue").filter(code=code).first()
        return _receipt(receipt) if receipt else None
    return None


@covers("F5", "R42")
def _voucher(one: Voucher) -> Paper:
    """The voucher of a delivery: who received it is the parties' own; in force while the delivery is neither failed nor undone."""
    delivery, said = one.delivery, one.content
    stop = standing_stop(delivery)
    gone = delivery.status in {DeliveryStatus.FAILED, DeliveryStatus.CANCELLED} or (stop is not None and stop.final)
    kind = KINDS[said["kind"]]
    return Paper(
        code=one.code,
        kind=("数据交付凭证", "Voucher of a delivery"),
        title=delivery.trade.titles,
        content=said,
        content_hash=one.content_hash,
        first_fact="delivery.voucher.issued",
        issued_at=one.issued_at,
        current=not gone,
        state=(str(delivery.get_status_display()), delivery.status),
        left=[
            (("交付方式", "Kind of delivery"), kind.name),
            (("卖方", "Seller"), _name(delivery.seller)),
            (("买方", "Buyer"), ("仅双方可见", "shown to the parties only")),
            (("成交", "Trade"), said["trade"]),
        ],
        right=[
            (("交付时间", "Delivered"), full_text(one.issued_at)),
            (("文件指纹", "File's hash"), short_hash(said["sha256"])),
            (("登记机构", "Recorded by"), (delivery.trade.venue.name_zh, delivery.trade.venue.name_en)),
            (("现状", "State now"), delivery.get_status_display()),
        ],
        listing=delivery.version.listing.code,
    )


def _certificate(one: RegistrationCertificate) -> Paper:
    registration, listing = one.registration, one.listings.first()
    rights = listed(dict.fromkeys(str(right.get_right_display()) for right in registration.rights.all()))
    notice = f"{date_only(registration.notice_from)} — {date_only(registration.notice_to)}" if registration.notice_from else "—"
    passed = passed_on("listings_registrationcertificate", "organization_id", one.pk)
    return Paper(
        code=one.code,
        kind=("数据产权登记凭证", "Certificate of data property registration"),
        title=(one.product.title_zh, one.product.title_en or one.product.title_zh),
        content=one.content,
        content_hash=one.content_hash,
        first_fact="listings.certificate.issued",
        issued_at=one.issued_at,
        current=one.status == CertificateStatus.VALID,
        state=(str(one.get_status_display()), one.status.replace("_", " ")),
        left=[
            (("权利人", "Holder"), _name(one.organization)),
            *([(("承继自", "Succeeds"), _succeeds(passed))] if passed else []),
            _number(one.organization),
            (("登记类型", "Kind"), registration.get_kind_display()),
            (("登记权利", "Rights"), rights or "—"),
            (("登记申请", "Application"), registration.code),
        ],
        right=[
            (("公示期", "Public notice"), notice),
            (("登记日期", "Registered"), full_text(one.issued_at)),
            (("有效期至", "Valid until"), full_text(one.effective_to)),
            (("登记机构", "Issued by"), (registration.venue.name_zh, registration.venue.name_en)),
            (("现状", "State now"), one.get_status_display()),
        ],
        listing=listing.code if listing else "",
    )


def _succeeds(passed: SuccessionMove) -> tuple[str, str]:
    """Whom the certificate was issued to, and the case by which its holder took over (R39)."""
    zh, en = _name(passed.before)
    return f"{zh}（{passed.succession.code}）", f"{en} ({passed.succession.code})"


def _trade(one: Trade) -> Paper:
    off = one.channel == "off_exchange"
    gone = one.state.status in {TradeStatus.CANCELLED, TradeStatus.DEFAULTED, TradeStatus.UNWOUND}
    return Paper(
        code=one.code,
        kind=("场外交易备案凭证", "Certificate of a filed off-exchange trade") if off else ("成交凭证", "Trade certificate"),
        title=one.titles,
        content=one.agreement,
        content_hash=one.agreement_hash,
        first_fact="trading.trade.executed",
        issued_at=one.executed_at,
        current=not gone,
        state=(str(one.state.get_status_display()), one.state.status.replace("_", " ")),
        left=[
            (("渠道", "Channel"), one.get_channel_display()),
            (("卖方", "Seller"), _name(one.seller)),
            (("买方", "Buyer"), _name(one.buyer) if shows("trade", "buyer", PUBLIC) else ("仅双方可见", "shown to the parties only")),
            (("依据", "Basis"), one.get_basis_display()),
        ],
        right=[
            (("成交价", "Price"), f"¥{one.price_fen // 100:,}.{one.price_fen % 100:02d}"),
            (("成交时间", "Executed"), full_text(one.executed_at)),
            (("登记机构", "Recorded by"), (one.venue.name_zh, one.venue.name_en)),
            (("现状", "State now"), one.state.get_status_display()),
        ],
        listing=one.listing.code if one.listing else "",
    )


@covers("F10")
def _result(one: ResultCertificate) -> Paper:
    """The certificate of an answer: whose it is, what was asked and what was answered stay with the two sides."""
    said = one.content
    if said["of"] == "deletion":
        return _deletion(one)
    asked = said["of"] == "question"
    return Paper(
        code=one.code,
        kind=("结果凭证", "Result certificate"),
        title=("数据密室的一份答案", "An answer of a clean room") if asked else ("一次计算任务的结果", "The result of a computing job"),
        content=said,
        content_hash=one.content_hash,
        first_fact="delivery.result.certified",
        issued_at=one.issued_at,
        current=True,
        state=("有效", "stands"),
        left=[
            (("结果的散列", "Hash of the answer"), said["output"]),
            (("问题的散列", "Hash of the question") if asked else ("算法的散列", "Hash of the algorithm"), said["algorithm"]),
            (("数据版本", "Data version"), said["data"]),
        ],
        right=[
            (("合同与规则的散列", "Hash of agreement and policy"), said["policy"]),
            (("用去的 ε", "Epsilon spent"), as_epsilon(said["epsilon_micro"]) if asked else "—"),
            (("签发", "Issued"), full_text(one.issued_at)),
            (("场所", "Venue"), said["venue"]),
        ],
        signed=(one.signature, one.key_id),
    )


@covers("F11")
def _deletion(one: ResultCertificate) -> Paper:
    """The certificate of a deletion at the end of a licence: whose it was and what the statement says stay with the two sides."""
    said = one.content
    return Paper(
        code=one.code,
        kind=("删除凭证", "Certificate of deletion"),
        title=("许可结束后的数据删除", "Data deleted at the end of a licence"),
        content=said,
        content_hash=one.content_hash,
        first_fact="delivery.result.certified",
        issued_at=one.issued_at,
        current=True,
        state=("有效", "stands"),
        left=[
            (("数据版本", "Data version"), said["data"]),
            (("合同的散列", "Hash of the agreement"), said["policy"]),
        ],
        right=[
            (("删除声明的散列", "Hash of the statement"), said["statement"]),
            (("签发", "Issued"), full_text(one.issued_at)),
            (("场所", "Venue"), said["venue"]),
        ],
        signed=(one.signature, one.key_id),
    )


@covers("R98")
def _receipt(one: Receipt) -> Paper:
    """A receipt of what was paid: who paid whom how much is its two sides', whose file is held against the hash."""
    return Paper(
        code=one.code,
        kind=("收付凭证", "Receipt"),
        title=(f"{one.numbered} 号", f"No. {one.numbered}"),
        content=one.content,
        content_hash=one.content_hash,
        first_fact="settlement.receipt.issued",
        issued_at=one.issued_at,
        current=True,
        state=("有效", "stands"),
        left=[
            (("编号", "Number"), one.numbered),
            (("付款方、收款方、金额", "Payer, payee and amount"), ("仅双方可见", "shown to the parties only")),
        ],
        right=[
            (("开具", "Issued"), full_text(one.issued_at)),
            (("场所", "Venue"), (one.venue.name_zh, one.venue.name_en)),
        ],
        signed=(one.signature, one.key_id),
    )


@covers("F10")
def result_held(paper: Paper, answer: Any) -> list[Check]:
    """This will hold an answer's or a receipt's file against its certificate, thing by thing."""
    found = receipt_held(paper.content_hash, answer) if paper.private else held_against(paper.content, answer)
    return [Check(title, good, _yes(good), "") for title, good in found]


def _number(one: Organization) -> tuple[Pair, str]:
    """The number a party is known by: at home its credit code, from abroad its LEI or its number in the register of its country."""
    if one.uscc or not one.identified:
        return ("统一社会信用代码", "Credit code"), one.uscc or "—"
    return ("全球法人识别编码", "LEI") if one.lei else ("境外登记号", "Number in its country's register"), one.identified


def _name(one: Organization) -> Pair:
    return one.name, one.name_en or one.name


def _licence(one: Admission, now: datetime) -> Paper:
    """The licence of an admitted organisation: what is printed, and what it opens at this moment."""
    printed, party = one.licence, one.organization
    assert one.effective_from is not None and one.effective_to is not None
    open_now = [CAPABILITY_WORDS[name] for name in one.capabilities if may(party, name, at=now) == ""]
    closed = [CAPABILITY_WORDS[name] for name in one.capabilities if may(party, name, at=now)]
    return Paper(
        code=one.code,
        kind=("准入许可", "Admission licence"),
        title=(party.name, party.name_en or party.name),
        content=printed,
        content_hash=one.licence_hash,
        first_fact="participants.admission.admitted",
        issued_at=one.effective_from,
        current=one.status == AdmissionStatus.ADMITTED and now < one.effective_to,
        state=(str(one.get_status_display()), one.status.replace("_", " ")),
        left=[
            (("机构", "Organisation"), party.name),
            _number(party),
            (("类别", "Class"), said((printed["class_zh"], printed["class_en"]))),
            (("准入方式", "Admitted on"), one.get_basis_display()),
            (("依据", "Rule"), printed["article"]),
        ],
        right=[
            (("准入日期", "Admitted"), full_text(one.effective_from)),
            (("有效期至", "Valid until"), full_text(one.effective_to)),
            (("现可办理", "Opens now"), _listed(open_now)),
            (("已停用", "Closed now"), _listed(closed)),
            (("场所", "Venue"), said((printed["venue_zh"], printed["venue_en"])) + f"（{printed['approval']}）"),
        ],
    )


def _listed(pairs: list[Pair]) -> str:
    return "、".join(str(said(pair)) for pair in pairs) or "—"


def _may_read(fact: SealedFact) -> bool:
    """What is public; of other facts the hash stands in the bundle and the proof holds all the same."""
    return public_kind(fact.kind)


def history_of(paper: Paper) -> list[Record]:
    """This will return what happened to a paper, oldest first; of an admission only what the public may know."""
    rows = timeline(paper.code)
    return [one for one in rows if public_kind(one.kind)] if paper.code.startswith("ADM-") else rows


def bundle_for(paper: Paper, *, whole: bool = False) -> dict[str, Any] | None:
    """This will make the offline bundle of a paper's facts (``whole``: with payloads, for a party); None while nothing is sealed."""
    try:
        made = make_bundle(subjects=[paper.code], may_read=(lambda fact: True) if whole or paper.opens else _may_read)
    except LookupError:
        return None
    if (paper.opens and not paper.private) or paper.code.startswith("CRT-"):  # public as a whole: it travels with its proof
        made["content"] = {"subject": paper.code, "document": paper.content}
    return made


def answer_for(paper: Paper, now: datetime) -> Answer:
    """This will run all checks now."""
    record = Record.objects.filter(subject=paper.code, kind=paper.first_fact).order_by("at").first()
    entry = Entry.objects.filter(record=record).first() if record else None
    bundle = bundle_for(paper) if entry else None
    return Answer(paper, list(_checks(paper, record, entry, bundle)), sealed=entry is not None, position=entry.position if entry else None)


def _checks(paper: Paper, record: Record | None, entry: Entry | None, bundle: dict[str, Any] | None) -> Iterator[Check]:
    computed = hashlib.sha256(canonical(paper.content)).hexdigest()
    told = record.payload.get("content_hash") or record.payload.get("agreement_hash") if record else None
    yield Check(
        ("凭证内容与指纹一致", "Content matches its hash"),
        computed == paper.content_hash == (told or computed),
        _yes(computed == paper.content_hash == (told or computed)),
        f"SHA-256 {short_hash(computed)} · {short_hash(paper.content_hash)}",
    )
    if paper.opens:
        signature, key_id = paper.signed
        signed = signature_fits(paper.content, signature, key_of(key_id))
        yield Check(("凭证由本所签名", "The certificate is signed by the house"), signed,
                    ("有效", "holds") if signed else ("无效", "does not hold"), f"Ed25519 {key_id}")
    if entry is None or record is None or bundle is None:
        yield Check(("已记录，待封存", "Recorded, waiting for its seal"), record is not None, ("稍候", "shortly"), "")
    else:
        yield from _proof(record, entry, bundle)
    yield Check(("未被注销、撤销或冻结", "Not cancelled, revoked or frozen"), paper.current, paper.state, full_text(paper.issued_at))


def key_of(key_id: str) -> bytes:
    """A key that sealed, or the one in use before its first seal; nothing for a key of somebody else."""
    ours = public_bytes(signing_key())
    return public_keys().get(key_id) or (ours if key_id_of(ours) == key_id else b"")


def _yes(good: bool) -> Pair:
    return ("一致", "same") if good else ("不符", "differs")


def _proof(record: Record, entry: Entry, bundle: dict[str, Any]) -> Iterator[Check]:
    verdict = verify_bundle(bundle)
    codes = {fault.code for fault in verdict.faults}
    path = next((len(one["path"]) for one in bundle["entries"] if one["position"] == entry.position), 0)
    head = bundle["checkpoint"]
    in_log = not codes & {"entry", "payload", "path", "gap", "leaf", "root"}
    yield Check(
        (f"指纹在总链第 {entry.position:,} 位", f"Entry {entry.position:,} of the log"),
        in_log,
        (f"{path} 层", f"{path} levels"),
        f"Merkle → {short_hash(head['root'])}",
    )
    signed = not codes & {"key", "signature", "checkpoint"}
    yield Check(
        ("总链根由登记机构签名", "The log's head is signed"),
        signed,
        ("有效", "holds") if signed else ("无效", "does not hold"),
        f"Ed25519 {head['key_id']} · {head['size']:,}",
    )
    seal = Seal.objects.filter(size__gt=entry.position).order_by("size").first()
    ordered = seal is not None and record.at <= seal.at
    yield Check(
        ("时间先后无矛盾", "Times are in order"), ordered, _yes(ordered), f"{full_text(record.at)} ≤ {full_text(seal.at if seal else None)}"
    )
