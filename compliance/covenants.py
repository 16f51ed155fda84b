"""Covenants of associations 自律公约 (white paper 4.4(3), R93, R116): published by version, signed, breaches judged by the association.

An association may warn, criticise, lower or expel its own members, nothing else: no finding, no credit event, no capability and no listing
moves by it. Who is tied to a member by ownership or office does not judge it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import QuerySet
from django.utils.text import slugify

from compliance.catalogue import hash_of
from compliance.cooperation_events import CovenantPublished, breach_moved, signature_moved
from compliance.models import Covenant, CovenantBreach, CovenantSignature
from compliance.models.associations import MEASURES
from compliance.moves import locked, step
from compliance.states import COVENANT_BREACH, COVENANT_SIGNATURE, BreachStatus, SignatureStatus
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.queries import affiliated
from participants.roles import OrganizationKind
from participants.timers import after

__all__ = [
    "answer_breach",
    "decide_breach",
    "lapse_breach",
    "lapse_signature",
    "leave_covenant",
    "over_breaches",
    "over_signatures",
    "publish_covenant",
    "report_breach",
    "sign_covenant",
]

_PAGE = "/covenants/"
_FAULT = "compliance.covenant.faulty"


def _words(name: str, text: str, least: int = 4, most: int = 20_000) -> str:
    said = text.strip()
    if not least <= len(said) <= most:
        raise Rejected(_FAULT, errors=[FieldFault(name, "missing", (f"请填写，至少 {least} 字", f"At least {least} characters"))])
    return said


def _say(to: Organization, subject: str, text: tuple[str, str], *, at: datetime, due_at: datetime | None = None, tone: str = "wait"
         ) -> None:
    notify(organization=to, kind="compliance.covenant.moved", text=text, tone=tone, subject=subject, href=_PAGE, due_at=due_at, at=at)


@covers("R93", "R116")
@operation("compliance.covenant.publish")
def publish_covenant(*, association: Organization, key: str, title: tuple[str, str], text: str, actor: Actor, clock: Clock) -> Covenant:
    """This will publish a covenant, or its next version: signatories of the one before have a term to sign anew."""
    at = clock.now()
    require(actor, "compliance.covenant.publish", subject=association, at=at)
    if association.kind != OrganizationKind.ASSOCIATION:
        raise Rejected("compliance.covenant.no_association", organization=association.short_name)
    slug, said = slugify(key)[:30], _words("text", text, 20)
    named = (_words("title_zh", title[0], most=120), title[1].strip()[:160])
    if not slug:
        raise Rejected(_FAULT, errors=[FieldFault("key", "missing", ("请用字母和数字起一个代号", "A short name in letters and digits"))])
    Organization.objects.select_for_update(no_key=True).get(pk=association.pk)  # one version at a time
    last = Covenant.objects.filter(association=association, key=slug, superseded_at__isnull=True).first()
    sha256 = hashlib.sha256(said.encode()).hexdigest()
    if last is not None and last.sha256 == sha256:
        raise Rejected("compliance.covenant.unchanged", version=last.version)
    if last is not None:
        last.superseded_at = at
        last.save(update_fields=["superseded_at"])
        last.signatures.filter(status=SignatureStatus.SIGNED).update(due_at=after("covenant.sign_anew", at))
    assert actor.user_id is not None
    made = Covenant.objects.create(
        code=new_code("CVN"), association=association, key=slug, version=(last.version if last else 0) + 1, title_zh=named[0],
        title_en=named[1], text=said, sha256=sha256, published_by_id=actor.user_id, published_at=at)
    for one in last.signatures.filter(status=SignatureStatus.SIGNED).select_related("organization").order_by("pk") if last else ():
        _say(one.organization, one.code, (f"公约“{named[0]}”有了第 {made.version} 版，请重新签署",
                                          f"Covenant “{named[1] or named[0]}” has version {made.version}: sign it anew"),
             at=at, due_at=one.due_at)
    record(CovenantPublished(subject=made.code, association=association.code, key=slug, edition=made.version, sha256=sha256,
                             supersedes=last.code if last else ""), actor=actor, at=at)
    return made


def _note(held: CovenantSignature, word: str, before: str, *, actor: Actor, at: datetime) -> CovenantSignature:
    record(signature_moved[word](subject=held.code, covenant=held.covenant.code, organization=held.organization.code,
                                 edition=held.covenant.version, sha256=held.sha256, from_status=before, to_status=held.status),
           actor=actor, at=at)
    return held


@covers("R116")
@operation("compliance.covenant.sign")
def sign_covenant(*, covenant: Covenant, organization: Organization, actor: Actor, clock: Clock) -> CovenantSignature:
    """This will sign the version in force, by its hash; a signature of the version before ends with it."""
    held = locked(covenant)
    at = clock.now()
    require(actor, "compliance.covenant.sign", subject=organization, at=at)
    if held.superseded_at is not None:
        raise Rejected("compliance.covenant.superseded", version=held.version)
    if held.signatures.filter(organization=organization, status=SignatureStatus.SIGNED).exists():
        raise Rejected("compliance.covenant.signed", version=held.version)
    assert actor.user_id is not None
    before = CovenantSignature.objects.filter(covenant__association_id=held.association_id, covenant__key=held.key,
                                              organization=organization, status=SignatureStatus.SIGNED).first()
    if before is not None:
        _end(before, "leave", "left", actor=actor, at=at)
    made = CovenantSignature.objects.create(code=new_code("CVS"), covenant=held, organization=organization, sha256=held.sha256,
                                            signed_by_id=actor.user_id, signed_at=at)
    return _note(made, "signed", "", actor=actor, at=at)


def _end(held: CovenantSignature, act: str, word: str, *, actor: Actor, at: datetime) -> CovenantSignature:
    before = step(held, COVENANT_SIGNATURE, act, "covenant_signature")
    held.ended_at, held.due_at = at, None
    held.save()
    return _note(held, word, before, actor=actor, at=at)


@covers("R116")
@operation("compliance.covenant.leave")
def leave_covenant(*, signature: CovenantSignature, actor: Actor, clock: Clock) -> CovenantSignature:
    """This will end a signature from now on; a breach under way is still judged."""
    held = locked(signature)
    at = clock.now()
    require(actor, "compliance.covenant.sign", subject=held.organization, at=at)
    return _end(held, "leave", "left", actor=actor, at=at)


@covers("R116")
@operation("compliance.covenant.lapse")
def lapse_signature(*, signature: CovenantSignature, clock: Clock) -> CovenantSignature:
    """This will end a signature whose new version was not signed in time."""
    held = locked(signature)
    at = clock.now()
    if held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    return _end(held, "lapse", "lapsed", actor=SYSTEM, at=at)


def over_signatures(at: datetime) -> QuerySet[CovenantSignature]:
    """This will list signatures of superseded versions whose term to sign anew is over."""
    return CovenantSignature.objects.filter(status=SignatureStatus.SIGNED, due_at__lte=at).order_by("due_at")


# ---- breaches ------------------------------------------------------------------------------------------------------------------


def _told(held: CovenantBreach, word: str, before: str, *, actor: Actor, at: datetime, text: str = "") -> CovenantBreach:
    signature = held.signature
    record(breach_moved[word](subject=held.code, association=signature.covenant.association.code, organization=signature.organization.code,
                              from_status=before, to_status=held.status, measure=held.measure, text_hash=hash_of(text) if text else ""),
           actor=actor, at=at)
    return held


@covers("R116")
@operation("compliance.covenant.report")
def report_breach(*, signature: CovenantSignature, text: str, actor: Actor, clock: Clock) -> CovenantBreach:
    """This will bring a breach of what was signed to the association; the member answers first."""
    held = locked(signature)
    at = clock.now()
    require(actor, "compliance.covenant.report", at=at)
    said = _words("text", text, 4, 5000)
    if held.status != SignatureStatus.SIGNED:
        raise Rejected("compliance.covenant.not_signed", organization=held.organization.short_name)
    assert actor.organization_id is not None
    made = CovenantBreach.objects.create(code=new_code("CVB"), signature=held, reporter_id=actor.organization_id, text=said,
                                         reported_at=at, due_at=after("covenant.answer", at))
    _say(held.organization, made.code, (f"有人反映贵机构违反公约，请答复：{said[:200]}",
                                        f"A breach of a covenant is alleged: {said[:200]}"),
         at=at, due_at=made.due_at)
    return _told(made, "reported", "", actor=actor, at=at, text=said)


@covers("R116")
@operation("compliance.covenant.answer")
def answer_breach(*, breach: CovenantBreach, text: str, actor: Actor, clock: Clock) -> CovenantBreach:
    """This will put the member's own answer on file; the association decides after it."""
    held = locked(breach)
    at = clock.now()
    require(actor, "compliance.covenant.sign", subject=held.signature.organization, at=at)
    said = _words("text", text, 4, 5000)
    before = step(held, COVENANT_BREACH, "answer", "covenant_breach")
    held.answer, held.due_at = said, after("covenant.decide", at)
    held.save()
    _say(held.signature.covenant.association, held.code, ("当事成员已答复，请处理", "The member has answered: please decide"), at=at,
         due_at=held.due_at)
    return _told(held, "answered", before, actor=actor, at=at, text=said)


@covers("R93", "R116")
@operation("compliance.covenant.decide")
def decide_breach(*, breach: CovenantBreach, measure: str, reasons: str, actor: Actor, clock: Clock) -> CovenantBreach:
    """This will decide by the association alone: no breach, or one of its four measures with reasons; expelling ends the signature."""
    held = locked(breach)
    at = clock.now()
    signature = held.signature
    require(actor, "compliance.covenant.judge", subject=signature.covenant.association, at=at)
    if measure not in dict(MEASURES):
        raise Rejected("compliance.covenant.measure", measure=measure)
    if affiliated(signature.covenant.association, signature.organization, at=at):
        raise Rejected("compliance.covenant.conflict", organization=signature.organization.short_name)
    said = _words("reasons", reasons, 10, 5000)
    before = step(held, COVENANT_BREACH, "uphold" if measure != "none" else "dismiss", "covenant_breach")
    held.measure, held.reasons, held.decided_at, held.decided_by_id, held.due_at = measure, said, at, actor.user_id, None
    held.save()
    if measure == "expel" and signature.status == SignatureStatus.SIGNED:
        ended = locked(signature)
        ended.status, ended.ended_at, ended.due_at = SignatureStatus.EXPELLED, at, None
        ended.save()
        _note(ended, "expelled", SignatureStatus.SIGNED, actor=actor, at=at)
    _say(signature.organization, held.code, (f"公约事项已处理：{said[:200]}",
                                             f"The matter under the covenant is decided: {said[:200]}"), at=at,
         tone="bad" if measure != "none" else "ok")
    return _told(held, "upheld" if measure != "none" else "dismissed", before, actor=actor, at=at, text=said)


def over_breaches(at: datetime) -> QuerySet[CovenantBreach]:
    """This will list breaches whose member is silent or whose association is late."""
    return CovenantBreach.objects.filter(status__in=[BreachStatus.REPORTED, BreachStatus.DECIDING], due_at__lte=at, overdue=False).order_by(
        "due_at")


@covers("R116")
@operation("compliance.covenant.follow")
def lapse_breach(*, breach: CovenantBreach, clock: Clock) -> CovenantBreach:
    """This will go on without a silent member's answer, and flag an association that is late; nothing is decided by a deadline."""
    held = locked(breach)
    at = clock.now()
    if held.due_at is None or at < held.due_at or held.overdue:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    association = held.signature.covenant.association
    if held.status == BreachStatus.REPORTED:
        before = step(held, COVENANT_BREACH, "stay_silent", "covenant_breach")
        held.due_at = after("covenant.decide", at)
        held.save()
        _say(association, held.code, ("当事成员期限内没有答复，请处理", "The member did not answer in time: please decide"), at=at,
             due_at=held.due_at)
        return _told(held, "unanswered", before, actor=SYSTEM, at=at)
    held.overdue = True
    held.save(update_fields=["overdue"])
    _say(association, held.code, ("公约事项逾期未处理", "A matter under the covenant is overdue"), at=at)
    return _told(held, "late", held.status, actor=SYSTEM, at=at)
