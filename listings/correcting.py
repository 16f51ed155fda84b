"""Corrections of open data 更正建议: anyone signed in says what is wrong, the holder answers within the clock, both in public (R117).

An accepted one waits for the version that mends it: the next version submitted after the answer is noted in it once it is published.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from compliance.personal.kinds import Weight, kind
from compliance.personal.scan import scan_text
from compliance.rules.circulation import refuse_unless_admitted
from compliance.taxonomy import Channel
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.events import CorrectionMoved, named
from listings.models import Correction, Listing, ListingVersion
from listings.states import CORRECTION, CorrectionStatus
from listings.values import clean_text
from participants.models import Organization, User
from participants.notices import Note, notify_all
from participants.operations import notify
from participants.permissions import require
from participants.timers import after

__all__ = ["answer_correction", "lapse_correction", "mend_corrections", "suggest_correction", "withdraw_correction"]

_FAULT = "listings.correction.faulty"


def _page(one: Correction) -> str:
    return f"/open/{one.listing.code}/corrections/#{one.code}"


def _tell(word: str, one: Correction, *, actor: Actor, at: datetime) -> None:
    said = "\n".join((one.place, one.wrong, one.proposed, one.answer))
    record(named(CorrectionMoved, f"listings.correction.{word}")(
        subject=one.code, listing=one.listing.code, version_code=one.version.code, holder=one.organization.code,
        said_sha256=hashlib.sha256(said.encode()).hexdigest(), mended_in=one.mended_in.code if one.mended_in else ""), actor=actor, at=at)


def _say(one: Correction, to: Organization, text: tuple[str, str], *, tone: str, due_at: datetime | None = None, at: datetime) -> None:
    notify(organization=to, kind="listings.correction.moved", text=text, tone=tone, subject=one.code, href=_page(one), due_at=due_at, at=at)


def _refuse_personal(**texts: str) -> None:
    """What is suggested is shown to everyone: no number, name or address of a person stands in it."""
    found = {name: {which for which, _, _ in scan_text(text) if kind(which).weight != Weight.ORGANISATION} for name, text in texts.items()}
    if any(found.values()):
        kinds = [kind(one).text for one in sorted(set().union(*found.values()))]
        raise Rejected("listings.correction.personal", kinds=("、".join(zh for zh, _ in kinds), ", ".join(en for _, en in kinds)), errors=[
            FieldFault(name, "personal", ("像个人信息", "Looks like personal data")) for name, which in found.items() if which])


@covers("R117", "W10")
@operation("listings.correction.suggest")
def suggest_correction(*, listing: Listing, place: str, wrong: str, proposed: str, actor: Actor, clock: Clock) -> Correction:
    """This will put a correction of an open listing to its holder: where, what is wrong, what it should be. Public at once."""
    held = Listing.objects.select_for_update(no_key=True, of=("self",)).select_related("version", "organization").get(pk=listing.pk)
    at = clock.now()
    require(actor, "listings.correction.suggest", at=at)
    if held.version is None:
        raise Rejected("participants.object.absent")
    refuse_unless_admitted(held.version.circulation, Channel.ON_EXCHANGE, "suggest", listing=held.code)
    said = {"place": clean_text("place", place, 200, _FAULT), "wrong": clean_text("wrong", wrong, 2000, _FAULT),
            "proposed": clean_text("proposed", proposed, 2000, _FAULT)}
    if short := [name for name, least in (("place", 1), ("wrong", 5), ("proposed", 1)) if len(said[name]) < least]:
        raise Rejected(_FAULT, errors=[FieldFault(name, "missing", ("请填写", "Please fill in")) for name in short])
    _refuse_personal(**said)
    if held.organization_id == actor.organization_id:
        raise Rejected("listings.correction.own")
    assert actor.user_id is not None and actor.organization_id is not None, "who is signed in acts for an organisation"
    person = User.objects.select_related("person").get(pk=actor.user_id).person
    assert person is not None, "a signed-in member is a real person"
    known = Correction.objects.filter(listing=held, suggester=person, place=said["place"],
                                      status__in=[CorrectionStatus.OPEN, CorrectionStatus.OVERDUE]).first()
    if known is not None:
        raise Rejected("listings.correction.one_open", correction=known.code)
    one = Correction.objects.create(
        code=new_code("COR"), listing=held, version=held.version, organization=held.organization, suggested_by_id=actor.organization_id,
        suggester=person, filed_at=at, due_at=after("correction.answer", at), **said)
    _tell("suggested", one, actor=actor, at=at)
    _say(one, held.organization, (f"有人建议更正《{held.titles[0]}》：{one.place}",
                                 f"A correction of “{held.titles[1]}” is suggested: {one.place}"),
         tone="wait", due_at=one.due_at, at=at)
    return one


def _locked(correction: Correction) -> Correction:
    rows = Correction.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("listing", "version", "organization", "suggested_by").get(pk=correction.pk)


def _move(one: Correction, action: str) -> None:
    one.status = advance(CORRECTION, CorrectionStatus(one.status), action, subject=one.code, code="listings.correction.illegal_move")


@covers("R117", "W10")
@operation("listings.correction.answer")
def answer_correction(*, correction: Correction, accept: bool, answer: str, actor: Actor, clock: Clock) -> Correction:
    """This will answer a correction in public: how it will be mended, or why it will not."""
    held = _locked(correction)
    at = clock.now()
    require(actor, "listings.correction.answer", subject=held, at=at)
    _move(held, "accept" if accept else "decline")
    held.answer = clean_text("answer", answer, 2000, _FAULT)
    if len(held.answer) < 5:
        raise Rejected("listings.correction.answer_missing", errors=[FieldFault("answer", "missing", ("请填写", "Please fill in"))])
    _refuse_personal(answer=held.answer)
    held.due_at, held.answered_at = None, at
    held.save(update_fields=["status", "answer", "due_at", "answered_at"])
    _tell("accepted" if accept else "declined", held, actor=actor, at=at)
    said = ("已采纳", "accepted") if accept else ("未采纳", "declined")
    _say(held, held.suggested_by, (f"更正建议 {held.code} {said[0]}：{held.answer}", f"Correction {held.code} is {said[1]}: {held.answer}"),
         tone="ok" if accept else "info", at=at)
    return held


@operation("listings.correction.withdraw")
def withdraw_correction(*, correction: Correction, actor: Actor, clock: Clock) -> Correction:
    """This will take a correction back, by whoever suggested it; it stays readable as withdrawn."""
    held = _locked(correction)
    at = clock.now()
    require(actor, "listings.correction.withdraw", subject=held, at=at)
    _move(held, "withdraw")
    held.due_at = None
    held.save(update_fields=["status", "due_at"])
    _tell("withdrawn", held, actor=actor, at=at)
    return held


@covers("R117")
@operation("listings.correction.lapse")
def lapse_correction(*, correction: Correction, actor: Actor = SYSTEM, clock: Clock) -> Correction:
    """This will show publicly that nobody answered in time, and tell both sides; it can still be answered."""
    held = _locked(correction)
    at = clock.now()
    require(actor, "listings.correction.lapse", at=at)
    assert held.due_at is not None and held.due_at <= at, "a correction is late when its clock has run out"
    _move(held, "lapse")
    held.due_at = None
    held.save(update_fields=["status", "due_at"])
    _tell("overdue", held, actor=actor, at=at)
    late = (f"更正建议 {held.code} 逾期未答复，公开页已标明", f"Correction {held.code} was not answered in time; its public page says so")
    notify_all([Note(party, "listings.correction.moved", late, "bad", held.code, _page(held))
                for party in (held.organization, held.suggested_by)], at=at)
    return held


@covers("R117", "D5")
@operation("listings.correction.mend")
def mend_corrections(*, version: ListingVersion, actor: Actor = SYSTEM, clock: Clock) -> list[Correction]:
    """This will note a published version in every correction of its listing that was accepted before it was submitted."""
    at = clock.now()
    require(actor, "listings.correction.mend", at=at)
    rows = Correction.objects.select_for_update(of=("self",), no_key=True).filter(
        listing=version.listing_id, status=CorrectionStatus.ACCEPTED, version__number__lt=version.number,
        answered_at__lte=version.submitted_at)
    waiting = list(rows.select_related("listing", "version", "organization", "suggested_by").order_by("pk"))
    for one in waiting:
        _move(one, "mend")
        one.mended_in = version
        one.save(update_fields=["status", "mended_in"])
        _tell("mended", one, actor=actor, at=at)
    notify_all([Note(one.suggested_by, "listings.correction.moved", (
        f"您建议的更正 {one.code} 已在第 {version.number} 版中更正",
        f"Your correction {one.code} is made in version {version.number}"), "ok",
        one.code, _page(one)) for one in waiting], at=at)
    if not waiting:
        unchanged(at=at)
    return waiting
