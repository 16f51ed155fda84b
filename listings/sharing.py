"""Share agreements 收益分配协议 (R9, R71): proposed by the seller, signed or disputed by each party, in force before a sale.

The text of an agreement never changes: whoever mends it proposes a new one that replaces it. What stands between an unsigned or disputed
agreement and a sale is the database (``sql/shares.sql``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from evidence.canonical import canonical
from evidence.operations import operation, record
from evidence.prepared import ask
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.drafting import locked_draft
from listings.events import ShareAgreementMoved, named
from listings.models import Beneficiary, Contributor, ListingVersion, Part, ShareAgreement, ShareDispute, ShareParty
from listings.partners import Parties
from listings.share_terms import SHORTAGES, CostPlus, TermsFault, read, read_rest, written
from listings.states import SHARE_AGREEMENT, ShareStatus, VersionStatus
from listings.values import clean_text
from participants.models import Organization
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.predicates import roles_of
from participants.queries import add_working_days, parameter
from participants.roles import OrganizationKind, Role
from participants.timers import value

__all__ = ["OPEN", "Line", "agreement_of", "agreements_by_version", "answer_share_dispute", "beneficiary_of", "creators_least",
           "dispute_shares", "lapse_shares", "parties_signed", "propose_shares", "sign_shares", "withdraw_shares"]

OPEN = (ShareStatus.PROPOSED, ShareStatus.DISPUTED, ShareStatus.ANSWERED)
_FAULT = "listings.share.faulty"
_MOST = 50
PAGE = "/desk/share-agreements/"


@dataclass(frozen=True)
class Line:
    """One party's place in an agreement: in which link it contributes and with what weight of what is left."""

    organization: Organization
    part: str
    weight: int
    beneficiary: str = ""


def beneficiary_of(organization: Organization) -> str:
    """This will tell for whom an organisation receives: a public body for the treasury, a trustee for people, others for themselves."""
    if organization.kind in {OrganizationKind.PUBLIC_BODY, OrganizationKind.AUTHORITY}:
        return Beneficiary.TREASURY
    trustee = organization.admissions.filter(role=Role.TRUSTEE, status="admitted").exists()
    return Beneficiary.PERSON if trustee else Beneficiary.ENTERPRISE


def agreement_of(version: ListingVersion) -> ShareAgreement | None:
    """This will return the agreement a version is shared by, signed by all; None where the seller alone earns."""
    (found,) = ask("SELECT listings_share_agreement(%s)", [version.pk])[0]
    return ShareAgreement.objects.get(pk=found) if found is not None else None


def parties_signed(one: ShareAgreement) -> Parties:
    """This will list code, key and weight of whoever shares by an agreement today: who signed may have passed its share on since."""
    parties: dict[str, tuple[str, int, int]] = {}
    for line in one.parties.select_related("organization").order_by("number"):
        code, key = line.organization.code, line.organization_id
        parties[code] = (code, key, parties.get(code, ("", 0, 0))[2] + line.weight)
    return list(parties.values())


def agreements_by_version(versions: Iterable[int]) -> dict[int, int]:
    """This will name, by version, the key of the agreement it is shared by; versions of the seller alone are left out."""
    rows = ask("SELECT v, listings_share_agreement(v) FROM unnest(%s::bigint[]) v", [sorted(set(versions))])
    return {version: found for version, found in rows if found is not None}


# ---- proposing -------------------------------------------------------------------------------------------------------------

#: Who creates the value of data and of its use (Data Twenty item 12).
CREATORS = frozenset({Part.SOURCE, Part.PROCESSING, Part.LABOUR})


@covers("R70", "G4")
def creators_least(version: ListingVersion, at: datetime) -> int:
    """This will return the least share, in basis points of all weights, that those who created the value have together."""
    return int(parameter("share.creators_least_bps", venue=version.listing.venue, at=at))


def _faults_of_creators(version: ListingVersion, lines: Sequence[Line], due: set[str], at: datetime) -> list[FieldFault]:
    """The creators together have their least share, where any is in it and none is paid first: that is no part of a whole."""
    made = [one for one in lines if one.part in CREATORS]
    if not made or any(one.organization.code in due for one in made):
        return []
    least, have, whole = creators_least(version, at), sum(one.weight for one in made), sum(one.weight for one in lines)
    if have * 10_000 >= whole * least:
        return []
    said = f"{least / 100:g}%"
    return [FieldFault("weight", "creators_too_little", (f"数据来源、加工与劳动合计须不低于 {said}",
                                                         f"Source, processing and labour together have {said} at least"))]


def _checked(version: ListingVersion, lines: Sequence[Line], links: Iterable[str], first: Sequence[Mapping[str, Any]],
             rest: Mapping[str, Any], at: datetime) -> list[str]:
    """The links in their order; every fault of the proposal at once."""
    faults: list[FieldFault] = []
    try:
        read_rest(rest)
    except TermsFault as fault:
        faults.append(FieldFault("rest", fault.code.rpartition(".")[2], ("余额随每笔成交分配，或按 1、3、6、12 个月为一期分配",
                                                                         f"Not carried out: {fault}")))
    sellers = [one for one in lines if one.organization == version.organization]
    if not 2 <= len(lines) <= _MOST or not sellers or len({one.organization for one in lines}) < 2:
        faults.append(FieldFault("parties", "too_few", ("至少写明本机构和另一方，至多 50 行",
                                                        "Name yourself and another party, at most 50 lines")))
    if len({(one.organization.pk, one.part) for one in lines}) != len(lines):
        faults.append(FieldFault("parties", "twice", ("同一机构在同一环节只写一行", "One line a party and link")))
    if any(isinstance(one.weight, bool) or not isinstance(one.weight, int) or not 0 <= one.weight < 2**40 for one in lines) or not any(
            one.weight for one in lines):
        faults.append(FieldFault("weight", "unreadable", ("权重为整数，且至少一方大于零",
                                                          "Weights are whole numbers and one is above zero")))
    if any(one.part not in Part.values for one in lines):
        faults.append(FieldFault("part", "unknown", ("请选择环节", "Choose the link")))
    if any(one.organization.closed_at is not None for one in lines):
        faults.append(FieldFault("parties", "closed", ("有一方已终止", "A party has ended")))
    try:
        terms = read(first)
        due = {one.party for one in terms}
        faults += _faults_of_cost(version, lines, [one for one in terms if isinstance(one, CostPlus)])
    except TermsFault as fault:
        due = set()
        faults.append(FieldFault("first", fault.code.rpartition(".")[2], ("先付条款无法执行：检查金额、比例和分档",
                                                                          f"Not carried out: {fault}")))
    if unknown := due - {one.organization.code for one in lines}:
        faults.append(FieldFault("first", "unknown", (f"先付条款中的 {'、'.join(sorted(unknown))} 不在各方之中",
                                                      "Names a party that is not in it")))
    wanted = [part for part in Part.values if part in set(links)] or [part for part in Part.values if part in {one.part for one in lines}]
    if not any(fault.field == "weight" for fault in faults):
        faults += _faults_of_creators(version, lines, due, at)
    bare = [part for part in wanted if not any(one.part == part and (one.weight or one.organization.code in due) for one in lines)]
    faults += [FieldFault("links", "no_share", (f"“{Part(part).label}”环节有投入，须有不为零的份额",
                                                f"The link {part} contributed and needs a share"))
               for part in bare]
    if faults:
        raise Rejected(_FAULT, errors=faults, listing=version.listing.code)
    return wanted


def _faults_of_cost(version: ListingVersion, lines: Sequence[Line], terms: Sequence[CostPlus]) -> list[FieldFault]:
    """A permitted revenue is for authorised public data alone, and what comes in beyond it is the public's (R76)."""
    if not terms:
        return []
    faults = []
    if version.authorisation is None:
        faults.append(FieldFault("first", "not_public", ("成本加成只用于授权运营的公共数据：请先在版本中选定授权",
                                                         "Cost plus is for authorised public data: name the authorisation first")))
    if any(one.weight and (one.beneficiary or beneficiary_of(one.organization)) != Beneficiary.TREASURY for one in lines):
        faults.append(FieldFault("weight", "not_treasury", ("成本加成以外的收入归公共财政：权重大于零的一方须为公共财政受益人",
                                                            "Beyond cost plus all is the treasury's: only who receives for it has weight")))
    return faults


def _text(version: ListingVersion, lines: Sequence[Line], links: Sequence[str], first: Sequence[Mapping[str, Any]],
          shortage: str, rest: Mapping[str, Any]) -> dict[str, Any]:
    return {"listing": version.listing.code, "version": version.code, "links": list(links), "first": list(first), "shortage": shortage,
            **({"rest": dict(rest)} if rest else {}),
            "parties": [{"party": one.organization.code, "part": str(one.part), "weight": one.weight,
                         "beneficiary": str(one.beneficiary or beneficiary_of(one.organization))} for one in lines]}


def _sign_by(version: ListingVersion, at: datetime, timer: str = "share.sign") -> datetime:
    return add_working_days(version.listing.venue, at, value(timer, at=at))


@covers("R9", "R23", "R69", "R70", "R71", "R72", "R73", "R74", "R76")
@operation("listings.share.propose")
def propose_shares(*, version: ListingVersion, lines: Sequence[Line], links: Iterable[str] = (), first: Sequence[Mapping[str, Any]] = (),
                   rest: Mapping[str, Any] | None = None, shortage: str = "proportional", words: str = "", actor: Actor,
                   clock: Clock) -> ShareAgreement:
    """This will propose who gets what of a draft's price, sign it for the seller and invite the others; it replaces what was proposed.

    Where the one before is disputed, ``words`` answer the dispute (it is mended).
    """
    held = locked_draft(version)
    at = clock.now()
    require(actor, "listings.share.propose", subject=held, at=at)
    if actor.user_id is None:
        raise Rejected("listings.share.no_person")
    wanted = _checked(held, lines, links, first, rest or {}, at)
    due, left = written(read(first)), read_rest(rest or {})
    before = ShareAgreement.objects.select_for_update(no_key=True).filter(version=held, status__in=OPEN).first()
    if before is not None:
        _mend(before, words or "已按意见修改并重新提出。", at)
    text = _text(held, lines, wanted, due, shortage, left)
    if shortage not in SHORTAGES:
        raise Rejected(_FAULT, errors=[FieldFault("shortage", "unknown", ("请选择不足时的规则", "Choose the rule for too little"))],
                       listing=held.listing.code)
    number = ShareAgreement.objects.filter(version__listing=held.listing).aggregate(last=Max("number"))["last"] or 0
    made = ShareAgreement.objects.create(
        code=new_code("SHR"), version=held, replaces=before, number=number + 1, links=wanted, first=due, rest=left, shortage=shortage,
        content_hash=hashlib.sha256(canonical(text)).hexdigest(), proposed_at=at, due_at=_sign_by(held, at))
    ShareParty.objects.bulk_create([
        ShareParty(agreement=made, number=n, organization=one.organization, party=one.organization.code, part=one.part, weight=one.weight,
                   beneficiary=one.beneficiary or beneficiary_of(one.organization),
                   **({"signed_at": at, "signed_by_id": actor.user_id} if one.organization == held.organization else {}))
        for n, one in enumerate(lines, 1)])
    _contributes(held, lines)
    _tell("proposed", made, actor=actor, at=at, replaces=before.code if before else "")
    zh, en = held.titles
    notify_all([_note(made, party, (f"请签署《{zh}》的收益分配协议，或提出异议", f"Sign the share agreement of “{en}”, or dispute it"),
                      "wait")
                for party in _others(made)], at=at)
    return made


def _contributes(version: ListingVersion, lines: Sequence[Line]) -> None:
    """The version's contributors say what the agreement says: one weight a party, in its largest link."""
    weights: dict[Organization, int] = {}
    parts: dict[Organization, str] = {}
    for one in sorted(lines, key=lambda each: each.weight):
        weights[one.organization] = weights.get(one.organization, 0) + one.weight
        parts[one.organization] = one.part
    version.contributors.all().delete()
    Contributor.objects.bulk_create([Contributor(version=version, organization=party, weight=weight, part=parts[party])
                                     for party, weight in weights.items() if weight])


def _mend(before: ShareAgreement, words: str, at: datetime) -> None:
    open_dispute = before.disputes.filter(answered_at__isnull=True).first()
    if open_dispute is not None:
        open_dispute.answer, open_dispute.answered_at = _words(words, "answer"), at
        open_dispute.save(update_fields=["answer", "answered_at"])
    _move(before, "replace", at)


def _words(text: str, field: str) -> str:
    said = clean_text(field, text, 2000, _FAULT)
    if len(said) < 4:
        raise Rejected(_FAULT, listing="", errors=[FieldFault(field, "missing", ("请填写，至少四个字", "At least four characters"))])
    return said


# ---- what every act shares -------------------------------------------------------------------------------------------------

def _locked(agreement: ShareAgreement) -> ShareAgreement:
    """The agreement after its version, as every act takes them."""
    version = (ListingVersion.objects.select_for_update(of=("self",), no_key=True)
               .select_related("listing__venue", "listing__product", "organization")
               .get(pk=agreement.version_id))
    held = ShareAgreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    held.version = version
    return held


def _move(held: ShareAgreement, action: str, at: datetime, due_at: datetime | None = None) -> None:
    held.status = advance(SHARE_AGREEMENT, ShareStatus(held.status), action, subject=held.code, code="listings.share.illegal_move")
    held.due_at = due_at
    if held.status == ShareStatus.IN_FORCE:
        held.in_force_at = at
    elif held.status not in OPEN:
        held.ended_at = at
    held.save(update_fields=["status", "due_at", "in_force_at", "ended_at"])


def _tell(word: str, held: ShareAgreement, *, actor: Actor, at: datetime, party: str = "", replaces: str = "", words: str = "") -> None:
    record(named(ShareAgreementMoved, f"listings.share_agreement.{word}")(
        subject=held.code, listing=held.version.listing.code, version_code=held.version.code, state=held.status,
        content_hash=held.content_hash, party=party, replaces=replaces,
        words_sha256=hashlib.sha256(words.encode()).hexdigest() if words else ""), actor=actor, at=at)


def _note(held: ShareAgreement, to: Organization, text: tuple[str, str], tone: str) -> Note:
    return Note(to, "listings.share.moved", text, tone, held.code, f"{PAGE}#{held.code}", due_at=held.due_at if tone == "wait" else None)


def _others(held: ShareAgreement) -> list[Organization]:
    rows = Organization.objects.filter(share_lines__agreement=held).exclude(pk=held.version.organization_id)
    return list(rows.distinct().order_by("pk"))


def _lines_of(held: ShareAgreement, actor: Actor) -> list[ShareParty]:
    """The actor's own lines, unsigned or not; a stranger's agreement is absent."""
    lines = list(held.parties.filter(organization_id=actor.organization_id or 0).order_by("number"))
    if not lines:
        raise Rejected("participants.object.absent")
    return lines


def _refuse_moot(held: ShareAgreement) -> None:
    if held.version.status != VersionStatus.DRAFT:
        raise Rejected("listings.share.moot", agreement=held.code, state=str(held.version.get_status_display()))


# ---- signing, disputing, answering -----------------------------------------------------------------------------------------

@covers("R9", "R71")
@operation("listings.share.sign")
def sign_shares(*, agreement: ShareAgreement, content_hash: str, actor: Actor, clock: Clock) -> ShareAgreement:
    """This will sign for one party exactly the text it was shown (its hash); with the last signature the agreement is in force."""
    held = _locked(agreement)
    at = clock.now()
    lines = _lines_of(held, actor)
    require(actor, "listings.share.sign", subject=lines[0], at=at)
    if actor.user_id is None or not roles_of(actor, at):
        raise Rejected("listings.share.no_person")
    _refuse_moot(held)
    if held.status not in (ShareStatus.PROPOSED, ShareStatus.ANSWERED) or (held.due_at is not None and at >= held.due_at):
        raise Rejected("listings.share.not_open", agreement=held.code, state=str(held.get_status_display()))
    if content_hash != held.content_hash:
        raise Rejected("listings.share.other_text", agreement=held.code)
    if all(one.signed_at is not None for one in lines):
        raise Rejected("listings.share.signed", agreement=held.code)
    held.parties.filter(organization_id=lines[0].organization_id, signed_at__isnull=True).update(signed_at=at, signed_by_id=actor.user_id)
    if held.parties.filter(signed_at__isnull=True).exists():
        _tell("signed", held, actor=actor, at=at, party=lines[0].party)
        return held
    for other in ShareAgreement.objects.select_for_update(no_key=True).filter(
            version__listing=held.version.listing, status=ShareStatus.IN_FORCE):
        _move(other, "replace", at)
    _move(held, "enter", at)
    _tell("agreed", held, actor=actor, at=at, party=lines[0].party)
    zh, en = held.version.titles
    notify_all([_note(held, party, (f"《{zh}》的收益分配协议已由各方签署，现已生效",
                                    f"The share agreement of “{en}” is signed by all and in force"), "ok")
                for party in [held.version.organization, *_others(held)]], at=at)
    return held


@covers("R9", "R69")
@operation("listings.share.dispute")
def dispute_shares(*, agreement: ShareAgreement, text: str, counter: Mapping[str, int] | None = None, actor: Actor,
                   clock: Clock) -> ShareDispute:
    """This will dispute an agreement before it is in force: why, and the weights the party would agree to."""
    held = _locked(agreement)
    at = clock.now()
    lines = _lines_of(held, actor)
    require(actor, "listings.share.dispute", subject=lines[0], at=at)
    _refuse_moot(held)
    if held.version.organization_id == actor.organization_id:
        raise Rejected("listings.share.own", agreement=held.code)
    said, offered = _words(text, "text"), dict(counter or {})
    known_parties = {one.party for one in held.parties.all()}
    if set(offered) - known_parties or any(
            isinstance(one, bool) or not isinstance(one, int) or not 0 <= one < 2**40 for one in offered.values()):
        raise Rejected(_FAULT, listing=held.version.listing.code, errors=[
            FieldFault("counter", "unreadable", ("反提案为各方的整数权重",
                                                 "A counter-proposal is a whole weight for parties of the agreement"))])
    _move(held, "dispute", at, _sign_by(held.version, at, "share.answer"))
    made = ShareDispute.objects.create(code=new_code("SHD"), agreement=held, organization_id=lines[0].organization_id, text=said,
                                       counter=offered, at=at)
    _tell("disputed", held, actor=actor, at=at, party=lines[0].party, words=said)
    zh, en = held.version.titles
    notify_all([_note(held, held.version.organization, (f"有一方对《{zh}》的收益分配提出异议，请答复或修改",
                                                        f"A party disputes the shares of “{en}”: answer or mend them"), "wait")], at=at)
    return made


@covers("R9")
@operation("listings.share.answer")
def answer_share_dispute(*, agreement: ShareAgreement, text: str, actor: Actor, clock: Clock) -> ShareAgreement:
    """This will answer a dispute and leave the shares as they are: the party signs after all, disputes again, or it lapses."""
    held = _locked(agreement)
    at = clock.now()
    require(actor, "listings.share.answer", subject=held.version, at=at)
    said = _words(text, "answer")
    _move(held, "answer", at, _sign_by(held.version, at))
    held.disputes.filter(answered_at__isnull=True).update(answer=said, answered_at=at)
    _tell("answered", held, actor=actor, at=at, words=said)
    zh, en = held.version.titles
    notify_all([_note(held, party, (f"《{zh}》收益分配的争议已答复，请签署或再次提出异议",
                                    f"The dispute over “{en}” is answered: sign, or dispute again"),
                      "wait") for party in _others(held)], at=at)
    return held


@operation("listings.share.withdraw")
def withdraw_shares(*, agreement: ShareAgreement, actor: Actor, clock: Clock) -> ShareAgreement:
    """This will take a proposal back before it is in force; nothing is shared by it, and the draft waits for another."""
    held = _locked(agreement)
    at = clock.now()
    require(actor, "listings.share.propose", subject=held.version, at=at)
    return _end(held, "withdraw", "withdrawn", ("已由卖方撤回", "was taken back by its seller"), actor=actor, at=at)


@covers("T17")
@operation("listings.share.lapse")
def lapse_shares(*, agreement: ShareAgreement, actor: Actor = SYSTEM, clock: Clock) -> ShareAgreement:
    """This will end an agreement that was not signed, or whose dispute was not answered, in its time. Silence signs nothing."""
    held = _locked(agreement)
    at = clock.now()
    require(actor, "listings.share.lapse", at=at)
    assert held.due_at is not None and held.due_at <= at, "an agreement lapses when its time is over"
    return _end(held, "lapse", "lapsed", ("逾期未办理，已失效", "has lapsed: nobody acted in time"), actor=actor, at=at)


def _end(held: ShareAgreement, action: str, word: str, why: tuple[str, str], *, actor: Actor, at: datetime) -> ShareAgreement:
    held.disputes.filter(answered_at__isnull=True).update(answer=why[0], answered_at=at)
    _move(held, action, at)
    _tell(word, held, actor=actor, at=at)
    zh, en = held.version.titles
    notify_all([_note(held, party, (f"《{zh}》的收益分配协议{why[0]}", f"The share agreement of “{en}” {why[1]}"), "info")
                for party in [held.version.organization, *_others(held)]], at=at)
    return held
