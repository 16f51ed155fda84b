"""Proofs 证明材料: documents of an organisation, looked at by the desk, each with its own term (A5, R48, DSL 33).

At the end of its term a proof stops counting by the clock alone (``participants_may``); the periodic task only says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from evidence.files import deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.checklists import Item, checklist_at
from participants.events import proof_moved
from participants.models import Admission, AdmissionBasis, AdmissionStatus, Organization, Proof, ProofNeed, ProofStatus
from participants.notices import notify
from participants.objection_events import ProofLacking
from participants.permissions import require
from participants.roles import CAPABILITY_WORDS
from participants.states import PROOF

__all__ = ["PAPERS", "accept_proof", "certificates_in_force", "hand_in_proof", "lapse_proofs", "level_of", "listing_limit",
           "look_for_proofs", "proofs_of", "refuse_proof", "withdraw_proof"]

#: What a document may be.
PAPERS = frozenset({"application/pdf", "image/png", "image/jpeg"})
#: Days before its end at which the holder is reminded.
REMINDERS = (60, 30, 7, 1)
#: States in which a proof stands in the file.
_STANDING = (ProofStatus.HANDED_IN, ProofStatus.ACCEPTED)


def proofs_of(organization: Organization, *, at: datetime) -> dict[str, Proof]:
    """This will return, by kind, the proof that counts for an application now: accepted and in force, else handed in."""
    rows = Proof.objects.filter(organization=organization, status__in=_STANDING).select_related("deposit").order_by("handed_in_at", "pk")
    found: dict[str, Proof] = {}
    for one in rows:
        if one.effective_to is not None and one.effective_to <= at:
            continue
        if one.status == ProofStatus.ACCEPTED or one.item not in found or found[one.item].status != ProofStatus.ACCEPTED:
            found[one.item] = one
    return found


def certificates_in_force(organization: Organization, *, at: datetime) -> dict[str, Proof]:
    """This will return, by kind, the certificates that raise limits while they are in force (R48)."""
    raising = [item.key for item in checklist_at(at).items.values() if item.raises]
    rows = Proof.objects.filter(organization=organization, item__in=raising, status__in=[ProofStatus.ACCEPTED, ProofStatus.EXPIRED])
    return {one.item: one for one in rows.order_by("pk") if one.in_force(at)}


def level_of(organization: Organization, item: str, *, at: datetime) -> int | None:
    """This will return the level of a graded certificate in force (DCMM, multi-level protection), or None (R86, R96)."""
    found = certificates_in_force(organization, at=at).get(item)
    return found.level if found else None


@covers("R48")
def listing_limit(organization: Organization, *, at: datetime) -> int:
    """This will return how many listings the organisation may have on sale: more with each certificate in force."""
    from participants.queries import parameter

    table: dict[str, int] = parameter("limit.listings", venue=organization.venue, at=at)
    held = min(len(certificates_in_force(organization, at=at)), max(int(key) for key in table))
    return int(table[str(held)])


def _item(item: str, at: datetime) -> Item:
    found = checklist_at(at).items.get(item)
    if found is None:
        raise Rejected("participants.proof.unknown", item=item)
    return found


def _refuse_faulty(item: Item, number: str, level: int | None, begins: datetime, ends: datetime | None, at: datetime) -> None:
    faults = []
    if item.term == "required" and ends is None:
        faults.append(FieldFault("effective_to", "required", ("请填写到期日", "Give the day it ends")))
    if ends is not None and (ends <= at or ends <= begins):
        faults.append(FieldFault("effective_to", "past", ("到期日须晚于今天", "The day it ends lies in the future")))
    if item.levels is not None and (level is None or not item.levels[0] <= level <= item.levels[1]):
        faults.append(FieldFault("level", "range", (f"等级为 {item.levels[0]} 至 {item.levels[1]}",
                                                    f"The level is {item.levels[0]} to {item.levels[1]}")))
    if item.term == "required" and not number.strip():
        faults.append(FieldFault("number", "required", ("请填写证书编号", "Give the document's number")))
    if faults:
        raise Rejected("participants.proof.faulty", item=item.text, errors=faults)


@covers("A5", "R48")
@operation("participants.proof.hand_in")
def hand_in_proof(*, organization: Organization, item: str, stream: Any, name: str, number: str = "", level: int | None = None,
                  effective_from: datetime | None = None, effective_to: datetime | None = None, actor: Actor, clock: Clock) -> Proof:
    """This will take in a document; a waiting one of the same kind is replaced, an accepted one counts until this is accepted."""
    at = clock.now()
    require(actor, "participants.proof.hand_in", subject=organization, at=at)
    kind = _item(item, at)
    begins = effective_from or at
    _refuse_faulty(kind, number, level, begins, effective_to, at)
    kept = deposit(stream, name=item + PurePosixPath(name.lower()).suffix[:8], owner=organization.code, at=at, allowed=PAPERS)
    for earlier in Proof.objects.select_for_update(of=("self",), no_key=True).filter(
            organization=organization, item=item, status=ProofStatus.HANDED_IN):
        _move(earlier, "replace", actor=actor, at=at)
    made = Proof.objects.create(
        code=new_code("PRF"), organization=organization, item=item, deposit=kept, number=number.strip()[:80],
        level=level if kind.levels else None, effective_from=begins, effective_to=effective_to, handed_in_at=at)
    return _note(made, "hand_in", "", actor=actor, at=at)


def _note(held: Proof, act: str, before: str, *, actor: Actor, at: datetime) -> Proof:
    record(proof_moved(act)(subject=held.code, organization=held.organization.code, item=held.item, sha256=held.deposit.sha256,
                            level=held.level, from_status=before, to_status=held.status, reason=held.reason,
                            effective_to=held.effective_to), actor=actor, at=at)
    return held


def _move(held: Proof, act: str, *, actor: Actor, at: datetime, reason: str = "") -> Proof:
    before = ProofStatus(held.status)
    held.status = advance(PROOF, before, act, subject=held.code, code="participants.proof.illegal_move")
    held.reason, held.ended_at = reason, None if held.status in _STANDING else at
    if act in {"accept", "refuse"}:
        held.decided_at, held.decided_by = at, actor.code
    held.save()
    return _note(held, act, before, actor=actor, at=at)


def _held(proof: Proof) -> Proof:
    rows = Proof.objects.select_for_update(of=("self",), no_key=True).select_related("organization__venue", "deposit")
    return rows.get(pk=proof.pk)


def take_proof(held: Proof, *, actor: Actor, at: datetime) -> Proof:
    """This will accept a document in the caller's act; the accepted one of its kind gives way."""
    if held.effective_to is not None and held.effective_to <= at:
        raise Rejected("participants.proof.ended", item=_item(held.item, at).text)
    rows = Proof.objects.select_for_update(of=("self",), no_key=True).select_related("organization", "deposit")
    for earlier in rows.filter(organization=held.organization, item=held.item, status=ProofStatus.ACCEPTED).exclude(pk=held.pk):
        _move(earlier, "replace", actor=actor, at=at)
    return _move(held, "accept", actor=actor, at=at)


@covers("A5")
@operation("participants.proof.accept")
def accept_proof(*, proof: Proof, actor: Actor, clock: Clock) -> Proof:
    """This will accept a document; what it stands for opens at once."""
    at = clock.now()
    held = _held(proof)
    require(actor, "participants.proof.decide", subject=held, at=at)
    taken = take_proof(held, actor=actor, at=at)
    text = _item(held.item, at).text
    notify(organization=held.organization, kind="participants.proof.accepted", tone="ok", subject=held.code,
           href="/desk/organisation/proofs/",
           at=at, text=(f"“{text[0]}”已核实，有效。", f"“{text[1]}” was checked and is valid."))
    return taken


@operation("participants.proof.refuse")
def refuse_proof(*, proof: Proof, reason: str, actor: Actor, clock: Clock) -> Proof:
    """This will refuse a document with the reason, also an accepted one that turns out false; what it stood for closes at once."""
    at = clock.now()
    held = _held(proof)
    require(actor, "participants.proof.decide", subject=held, at=at)
    if not reason.strip():
        raise Rejected("participants.admission.reason_needed")
    refused = _move(held, "refuse", actor=actor, at=at, reason=reason.strip())
    text = _item(held.item, at).text
    notify(organization=held.organization, kind="participants.proof.refused", tone="bad", subject=held.code,
           href="/desk/organisation/proofs/", at=at,
           text=(f"“{text[0]}”不予采信：{reason}。请重新提交。", f"“{text[1]}” was not accepted: {reason}. Please hand in another."))
    return refused


@operation("participants.proof.withdraw")
def withdraw_proof(*, proof: Proof, actor: Actor, clock: Clock) -> Proof:
    """This will take back a document the desk has not looked at."""
    at = clock.now()
    held = _held(proof)
    require(actor, "participants.proof.hand_in", subject=held, at=at)
    return _move(held, "withdraw", actor=actor, at=at)


# ---- terms -------------------------------------------------------------------------------------------------------------------


def closes(organization: Organization, item: str) -> tuple[str, str]:
    """This will name, in both languages, the capabilities that close without this kind of document ('' where none does)."""
    rows = ProofNeed.objects.filter(admission__organization=organization, admission__status=AdmissionStatus.ADMITTED, item=item)
    cut = sorted({one for named in rows.values_list("capabilities", flat=True) for one in named})
    return "、".join(CAPABILITY_WORDS[one][0] for one in cut), ", ".join(CAPABILITY_WORDS[one][1] for one in cut)


@covers("A5", "R48")
def lapse_proofs(*, clock: Clock) -> int:
    """This will say of every proof whose term is over that it has ended, and remind of those that end soon; returns how many."""
    at = clock.now()
    rows = Proof.objects.filter(status=ProofStatus.ACCEPTED, effective_to__isnull=False)
    ended = list(rows.filter(effective_to__lte=at).order_by("pk").values_list("pk", flat=True)[:200])
    soon = rows.filter(effective_to__gt=at, effective_to__lte=at + timedelta(days=max(REMINDERS))).order_by("pk")[:500]
    due = [one.pk for one in soon if _due(one, at) is not None]
    return sum(_one(key, at) for key in [*ended, *due])


@covers("A5", "R87")
def look_for_proofs(*, clock: Clock) -> int:
    """This will look, on the day by which documents were promised, whether they are there, and say which are not; returns how many.

    Whoever was admitted by promise hears on that day what closed and why; what follows capabilities hears it too.
    """
    at = clock.now()
    due = ProofNeed.objects.filter(admission=OuterRef("pk"), needed_from__lte=at)
    waiting = Admission.objects.filter(Exists(due), status=AdmissionStatus.ADMITTED, basis=AdmissionBasis.DECLARATION,
                                       looked_at__isnull=True)
    return sum(_look(key, at) for key in list(waiting.order_by("pk").values_list("pk", flat=True)[:200]))


def _look(key: int, at: datetime) -> int:
    with transaction.atomic():
        held = Admission.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related(
            "organization__venue").filter(pk=key, status=AdmissionStatus.ADMITTED, looked_at__isnull=True).first()
        if held is None:
            return 0
        held.looked_at = at
        held.save(update_fields=["looked_at"])
        there = {one.item for one in Proof.objects.filter(organization=held.organization) if one.in_force(at)}
        lacking = [one for one in held.needs.filter(needed_from__lte=at).order_by("item") if one.capabilities and one.item not in there]
        for need in lacking:
            _say_lacking(need=need, held=held, actor=SYSTEM, at=at)
        return len(lacking)


@operation("participants.proof.lack")
def _say_lacking(*, need: ProofNeed, held: Admission, actor: Actor, at: datetime) -> None:
    require(actor, "participants.admission.lapse", at=at)
    text, cut = _item(need.item, at).text, [CAPABILITY_WORDS[one] for one in sorted(need.capabilities)]
    record(ProofLacking(subject=held.code, organization=held.organization.code, item=need.item, capabilities=sorted(need.capabilities)),
           actor=actor, at=at)
    notify(organization=held.organization, kind="participants.proof.lacking", tone="bad", subject=held.code,
           href="/desk/organisation/proofs/", at=at,
           text=(f"“{text[0]}”未在期限内提交并核实，下列权能已停用：{'、'.join(one[0] for one in cut)}。提交材料并经核实后恢复。",
                 f"“{text[1]}” was not handed in and accepted in time; closed until it is: {', '.join(one[1] for one in cut)}."))


def _due(one: Proof, at: datetime) -> int | None:
    """The reminder that is due now, if it was not given yet."""
    assert one.effective_to is not None
    days = min(day for day in REMINDERS if one.effective_to - at <= timedelta(days=day))
    return days if one.reminded_days is None or days < one.reminded_days else None


def _one(key: int, at: datetime) -> int:
    with transaction.atomic():
        rows = Proof.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related("organization__venue", "deposit")
        held = rows.filter(pk=key, status=ProofStatus.ACCEPTED).first()
        if held is None or held.effective_to is None:
            return 0
        if held.effective_to <= at:
            _expire(held=held, actor=SYSTEM, at=at)
        elif (days := _due(held, at)) is not None:
            _remind(held=held, days=days, actor=SYSTEM, at=at)
        return 1


@operation("participants.proof.expire")
def _expire(*, held: Proof, actor: Actor, at: datetime) -> None:
    require(actor, "participants.admission.lapse", at=at)
    _move(held, "expire", actor=actor, at=at)
    text, cut = _item(held.item, at).text, closes(held.organization, held.item)
    notify(organization=held.organization, kind="participants.proof.expired", tone="bad" if cut[0] else "wait", subject=held.code,
           href="/desk/organisation/proofs/", at=at,
           text=(f"“{text[0]}”已到期" + (f"，下列权能已停用：{cut[0]}。" if cut[0] else "，其提升的额度与审核便利同时失效。")
                 + "提交新的材料并经核实后恢复。",
                 f"“{text[1]}” has ended" + (f"; closed until a new one is accepted: {cut[1]}." if cut[0] else
                                             "; the limits it raised are lowered again. Hand in a new one to restore them.")))


@operation("participants.proof.remind")
def _remind(*, held: Proof, days: int, actor: Actor, at: datetime) -> None:
    require(actor, "participants.admission.lapse", at=at)
    held.reminded_days = days
    held.save(update_fields=["reminded_days"])
    _note(held, "remind", held.status, actor=actor, at=at)
    text, cut = _item(held.item, at).text, closes(held.organization, held.item)
    notify(organization=held.organization, kind="participants.proof.reminded", tone="wait", subject=held.code,
           href="/desk/organisation/proofs/", due_at=held.effective_to, at=at,
           text=(f"“{text[0]}”将在 {days} 天内到期，请更新。" + (f"到期后停用：{cut[0]}。" if cut[0] else ""),
                 f"“{text[1]}” ends within {days} days; please renew it." + (f" At its end closes: {cut[1]}." if cut[0] else "")))
