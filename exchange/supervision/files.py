"""What each case page shows: the file behind a decision, gathered from the rooms' queries. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from compliance.catalogue import conduct_catalogue
from compliance.models import Case, Filing
from compliance.papers import papers_of
from compliance.queries import declaration_in_force
from compliance.rules.equal_terms import EXCEPTIONS
from compliance.states import CaseStatus, FilingStatus
from evidence import queries as evidence
from evidence.models import Record
from exchange import offers
from exchange.facts import reason_words
from exchange.papers import answer_for, paper_of
from exchange.people import named, who
from exchange.supervision.joint_files import joint_file
from exchange.words import tone_of
from kit.actors import Actor
from ledger.models import Transfer
from listings import queries as listings
from listings.anonymity import TEST
from listings.certificates import GROUNDS
from listings.classifying import suggestion_of
from listings.condition_views import rule_names, tasks_of
from listings.depth import REASONS
from listings.models import (
    Condition,
    Depth,
    ListingVersion,
    OriginClass,
    Registration,
    RegistrationCertificate,
    RegistrationObjection,
    Source,
)
from listings.objections import UPHOLD
from listings.said import FIELDS, field_words, value_words
from listings.sampling import preview_of
from listings.states import CertificateStatus, RegistrationStatus, ReviewStatus, RightStatus, SourceStatus
from participants.models import Approval, ApprovalStatus, Organization
from participants.permissions import allowed
from participants.predicates import standpoint
from participants.roles import Role
from trading.books import ending_of
from trading.models import Bid, Trade, TradeReport

__all__ = ["case_file", "condition_file", "filing_file", "registration_file", "review_file", "trade_file"]

Pair = tuple[str, str]


@dataclass(frozen=True)
class Line:
    """One line of a case's timeline: the fact, who acted by name, and the reason in words."""

    record: Record
    who: str
    reason: str


def history(codes: Iterable[str], limit: int = 40) -> list[Line]:
    """This will return what happened to several objects as one timeline, newest first, its actors by name."""
    rows = list(reversed(evidence.timeline(*dict.fromkeys(filter(None, codes)))))[:limit]
    names = named(record.actor for record in rows)
    return [Line(record, who(record.actor, names), reason_words(str(record.payload.get("reason") or ""))) for record in rows]


def _entries(case: Case) -> list[dict[str, Any]]:
    """What was done in a case, newest first, by name."""
    rows = list(case.entries.order_by("-id"))
    names = named(line.actor for line in rows)
    return [
        {"at": line.at, "act": line.act, "text": reason_words(line.text), "to_party": line.to_party, "who": who(line.actor, names)}
        for line in rows
    ]


# ---- review of a version ---------------------------------------------------------------------------------------------

def review_file(version: ListingVersion, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather a version's file: verdicts, difference, rights, declaration, opinions, the seller's record."""
    found = listings.review_file(version, reader_id=actor.user_id, at=now)
    fired = [one for one in found.rules if one.fired]
    hinted = [one for one in found.rules if not one.fired and one.term_hits]
    order = list(FIELDS)
    changes = [
        {"name": field_words(one.field), "was": value_words(one.field, one.before), "is": value_words(one.field, one.after)}
        for one in sorted(found.changes, key=lambda one: order.index(one.field) if one.field in order else len(order))
    ]
    seller = found.seller
    past = ListingVersion.objects.filter(organization=seller).exclude(pk=version.pk)
    return {
        "file": found,
        "fired": fired,
        "hinted": hinted,
        "silent": len(found.rules) - len(fired) - len(hinted),
        "changes": changes,
        "history": _opinions_unsaid(history([version.listing.code, version.code]), found, actor),
        "depth_reasons": [REASONS.get(one, (one, one)) for one in version.depth_reasons],
        "columns": offers.sample_columns(preview_of(version)),
        "quality": offers.quality(version),
        "version_tone": tone_of(version.status),
        "rows": list(version.reviews.select_related("reviewer__person").order_by("order", "id")),
        "suggestion": suggestion_of(version),
        "tasks": tasks_of(version, at=now),
        "suggested": [one.rule.id for one in (*fired, *hinted)],
        "seller_past": {
            "all": past.count(),
            "refused": past.filter(status="refused").count(),
            "returned": past.filter(status="returned").count(),
        },
    }


def condition_file(one: Condition, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather a condition: what it asks and by which rules, its proof, the others of the same version."""
    names = rule_names(set(one.rules))
    return {
        "rules": [(rule, names.get(rule, (rule, rule))) for rule in one.rules],
        "is_test": one.condition == TEST,
        "tasks": [task for task in tasks_of(one.version, at=now) if task.one.pk != one.pk],
        "history": history([one.code]),
    }


def _opinions_unsaid(lines: list[Line], found: listings.ReviewFile, actor: Actor) -> list[Line]:
    """While a red version waits for another opinion, its timeline says that one was given, not which: whoever is to give the next
    would read it there before writing his own. What the reader said himself, and everything once he wrote, stays.
    """
    version, row = found.version, found.row
    is_open = version.reviews.filter(status__in=[ReviewStatus.WAITING, ReviewStatus.ASSIGNED]).exists()
    if version.depth != Depth.RED or not is_open or (row is not None and row.drafted_at is not None):
        return lines
    return [
        replace(line, reason="") if line.record.payload.get("version_code") == version.code and line.record.actor != actor.code else line
        for line in lines
    ]


# ---- registration, filing, conduct, case -----------------------------------------------------------------------------


def registration_file(one: Registration, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather an application: rights, source, what is missing, objections, and which acts are open."""
    objections = list(one.objections.select_related("objector", "deposit").order_by("at"))
    asked = Approval.objects.filter(act=UPHOLD, subject=one.code, status=ApprovalStatus.PENDING).select_related("maker__person").first()
    certificate = RegistrationCertificate.objects.filter(registration=one).first()
    waits = any(objection.decided_at is None for objection in objections)
    strongest = max((right.origin_class for right in one.rights.all()), key=lambda found: found.strength, default=None)
    return {
        "rights": list(one.rights.select_related("organization", "parent__organization")),
        "open_acts": _registration_acts(one, certificate, waits, asked is not None),
        **_stoppable(one, actor, now),
        "objections": [(objection, _stronger(objection, strongest)) for objection in objections],
        "asked": asked,
        "certificate": certificate,
        "grounds": GROUNDS,
        "history": history([one.code, certificate.code if certificate else ""]),
    }


def _stoppable(one: Registration, actor: Actor, now: datetime) -> dict[str, Any]:
    """The rights over the product that run or stand still, and its sources, for who may order them stopped (R8, R37)."""
    running = one.product.rights.filter(status__in=[RightStatus.ACTIVE, RightStatus.SUSPENDED])
    may = allowed(actor, "listings.right.suspend", at=now) and standpoint(actor, now).oversees
    return {
        "may_stop": may, "may_end": Role.REGULATOR in standpoint(actor, now).roles,
        "running": list(running.select_related("organization", "parent").order_by("pk")),
        "sources": list(Source.objects.filter(outputs__product=one.product, status=SourceStatus.ACTIVE).distinct().order_by("pk")),
    }


#: What is open where nothing is objected to, by the application's state.
_REGISTRATION_ACTS: dict[RegistrationStatus, tuple[str, ...]] = {
    RegistrationStatus.APPLIED: ("accept", "return"),
    RegistrationStatus.IN_REVIEW: ("pass", "refuse"),
}


def _registration_acts(one: Registration, certificate: RegistrationCertificate | None, waits: bool, asked: bool) -> tuple[str, ...]:
    if waits:
        return ("agree", "differ") if asked else ("reject_objection", "propose_uphold")
    if certificate is not None and one.status == RegistrationStatus.CERTIFIED:
        return {CertificateStatus.VALID: ("freeze", "revoke"), CertificateStatus.FROZEN: ("thaw", "revoke")}.get(
            CertificateStatus(certificate.status), ()
        )
    return _REGISTRATION_ACTS.get(RegistrationStatus(one.status), ())


def _stronger(objection: RegistrationObjection, registered: OriginClass | None) -> str:
    """Which ground stands before the other (W21): law, agreement, declaration; '' where nothing is claimed."""
    if not objection.claim or registered is None:
        return ""
    claimed = OriginClass(objection.claim)
    if claimed.strength == registered.strength:
        return "equal"
    return "objector" if claimed.strength > registered.strength else "applicant"


def filing_file(one: Filing, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather a filing: the report as stated, the screening, both parties, the first opinion where two decide."""
    report = TradeReport.objects.filter(filing=one.code).select_related("seller", "buyer", "listing").order_by("-pk").first()
    first = Approval.objects.filter(subject=one.code, status=ApprovalStatus.PENDING).select_related("maker__person").first()
    ready = one.status == FilingStatus.CONFIRMED
    return {
        "report": report,
        "first": first,
        "open_acts": (("agree", "differ") if first else ("verify", "ask", "reject")) if ready else (),
        "history": history([one.code, one.subject, *([report.code] if report else [])]),
    }


def case_file(one: Case, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather a case: its object, its lines, and which acts are open to this person."""
    mine = one.assignee_id == actor.user_id
    by_status = {CaseStatus.OPEN: ("claim",), CaseStatus.ASSIGNED: ("note", "ask", "close") if mine else ()}
    return {
        "open_acts": by_status.get(CaseStatus(one.status), ()),
        "entries": _entries(one),
        "papers": papers_of([one.code]),
        "mine": mine,
        "exceptions": EXCEPTIONS if "unequal_terms" in one.flags else {},
        "subject_href": subject_href(one.subject_code),
        "history": history([one.code, one.subject_code]),
        **joint_file(one, actor, now),
    }


def subject_href(code: str) -> str:
    """This will return the desk's page of an object named by its code, or ''."""
    from exchange.templatetags.house import href

    prefix = code.split("-")[0]
    if prefix == "TRD":
        return href("admin:trade_review", code)
    if prefix in {"LSV", "REG", "FIL", "CND", "CASE", "RST", "CMP", "DSP"}:
        return href("admin:case", code)
    return href("exchange:listing", code) if prefix == "LST" else href("trading:room", code) if prefix in {"LOT", "AUC"} else ""


# ---- trade review ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One check of the trade review: what was looked at, whether it is in order, and the fact."""

    title: Pair
    good: bool
    fact: Pair


def _replayed(trade: Trade) -> tuple[Finding, list[Bid]]:
    """The price computed anew from the bids that stand, by the pure function that is the oracle of the SQL."""
    award = trade.award
    if award is None:
        return Finding(("价格", "Price"), True, ("没有竞价：定价或场外成交", "no auction: posted price or off exchange")), []
    lot = award.auction
    bids = list(Bid.objects.filter(auction=lot).select_related("bidder__organization", "void").order_by("seq"))
    ending = ending_of(lot)
    same = (ending.winner, ending.price_fen) == (str(award.bidder.paddle), trade.price_fen)
    yuan, count = f"¥{(ending.price_fen or 0) // 100:,}", len(bids) or lot.sealed_bids.count()
    return Finding(
        ("价格由出价重放", "Price replayed from the bids"),
        same,
        (
            f"{count} 次出价重算得 {yuan}，胜者 {ending.winner} 号；成交 ¥{trade.price_fen // 100:,}，{award.bidder.paddle} 号",
            f"{count} bids give {yuan} for paddle {ending.winner}; executed ¥{trade.price_fen // 100:,}, paddle {award.bidder.paddle}",
        ),
    ), bids


def _party(one: Organization, role: Pair) -> Finding:
    good = one.standing in {"good", "watch"}
    return Finding(
        role,
        good,
        (
            f"{one.short_name}，信用 {one.band}，{one.get_standing_display()}",
            f"{one.short_name_en or one.short_name}, band {one.band}, {one.standing}",
        ),
    )


def _declared(trade: Trade) -> Finding:
    if trade.listing is None:
        return Finding(("声明承诺", "Declaration"), True, ("场外成交由备案声明覆盖", "covered by the filing"))
    found = declaration_in_force(trade.seller, trade.listing.code, trade.executed_at)
    return Finding(
        ("卖方声明承诺", "Seller's declaration"),
        found is not None,
        (found.code if found else "成交时没有有效声明", found.code if found else "none in force at the trade"),
    )


def _screened(trade: Trade) -> Finding:
    screening = trade.version.screening if trade.version else trade.report.screening if trade.report else {}
    verdict = str(screening.get("verdict", ""))
    words = {
        "pass": ("通过", "pass"),
        "restricted": ("受限", "restricted"),
        "prohibited": ("禁止", "prohibited"),
        "needs_info": ("缺事实", "facts missing"),
    }
    said = words.get(verdict, ("没有判定", "no verdict"))
    return Finding(
        ("负面清单判定", "Negative list"),
        verdict in {"pass", "restricted"},
        (f"{said[0]}，{screening.get('rule_set', '—')}", f"{said[1]}, {screening.get('rule_set', '—')}"),
    )


def _money(trade: Trade) -> tuple[Finding, list[Transfer]]:
    codes = [trade.code, *([trade.award.auction.code] if trade.award else [])]
    legs = Transfer.objects.filter(subject__in=codes, postings__account__owner__in=[trade.buyer.code, trade.seller.code, trade.code])
    transfers = list(legs.distinct().prefetch_related("postings__account").order_by("at", "id"))
    off = not trade.served_here
    paid = trade.state.funded_at is not None
    fact = (
        ("场外结清，本所不经手款项", "settled off the exchange")
        if off
        else (f"{len(transfers)} 笔转账，{trade.state.get_status_display()}", f"{len(transfers)} transfers, {trade.state.status}")
    )
    return Finding(("款项", "Money"), off or paid, fact), transfers


def _delivery(trade: Trade) -> Finding:
    from delivery.models import Delivery

    found = Delivery.objects.filter(trade=trade).first()
    if found is None:
        return Finding(("交付", "Delivery"), trade.channel == "off_exchange", ("尚无交付", "no delivery yet"))
    return Finding(("交付", "Delivery"), True, (f"{found.code}，{found.get_status_display()}", f"{found.code}, {found.status}"))


def trade_file(trade: Trade, now: datetime) -> dict[str, Any]:
    """This will put everything a regulator asks of a trade on one page (R57): price, parties, promise, policy, money, goods, proof."""
    price, bids = _replayed(trade)
    money, transfers = _money(trade)
    paper = paper_of(trade.code)
    answer = answer_for(paper, now) if paper else None
    proof = Finding(
        ("存证", "Evidence"),
        bool(answer and answer.genuine),
        (f"总链第 {answer.position:,} 位，逐项一致", f"entry {answer.position:,}, all checks hold")
        if answer and answer.position is not None
        else ("待封存", "waiting for its seal"),
    )
    case = Case.objects.filter(kind="trade_review", subject_code=trade.code).order_by("-id").first()
    codes = [trade.code, trade.award.auction.code if trade.award else "", trade.listing.code if trade.listing else ""]
    return {
        "findings": [
            price,
            _party(trade.seller, ("卖方现状", "Seller now")),
            _party(trade.buyer, ("买方现状", "Buyer now")),
            _declared(trade),
            _screened(trade),
            money,
            _delivery(trade),
            proof,
        ],
        "bids": bids,
        "transfers": transfers,
        "answer": answer,
        "case": case,
        "entries": _entries(case) if case else [],
        "open": case is None or case.status != CaseStatus.CLOSED,
        "conducts": [(key, words) for key, (_s, words) in conduct_catalogue().items()],
        "history": history(codes),
        "lot": trade.award.auction if trade.award else None,
    }
