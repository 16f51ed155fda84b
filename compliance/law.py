"""How the negative list changes: drafted, noticed for at least seven days, approved by another person, in force on a date.

The urgent path takes effect at once but only upwards in strictness, by two regulators, with the notice afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from compliance.deadlines import figure
from compliance.events import ListRevised, TermsImported, list_moved
from compliance.models import NegativeListEntry, NegativeListVersion, TermList
from compliance.moves import locked, step
from compliance.queries import list_version_at, rule_set_of
from compliance.rules.negative_list import Changes, ListFault, compare, document_hash, read_document
from compliance.rules.terms import read_terms
from compliance.states import NEGATIVE_LIST, ListStatus
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.permissions import require
from participants.timers import after

__all__ = ["approve_list", "cancel_list", "changes_of", "discard_list", "draft_list", "enact_urgently", "import_terms", "note",
           "propose_list", "refuse_unreadable", "return_list", "take_effect", "write_entries"]


@covers("R84")
@operation("compliance.negative_list.draft")
def draft_list(*, version: str, rules: Sequence[dict[str, Any]], summary: tuple[str, str], actor: Actor,
               clock: Clock) -> NegativeListVersion:
    """This will write a draft of the whole list; ``Rejected`` names the rule that cannot be read."""
    at = clock.now()
    require(actor, "compliance.negative_list.draft", at=at)
    refuse_unreadable(version, rules)
    if NegativeListVersion.objects.filter(version=version).exists():
        raise Rejected("compliance.negative_list.label_taken", version=version)
    draft = NegativeListVersion.objects.create(
        code=new_code("NLV"), version=version, content_hash=document_hash(list(rules)), summary_zh=summary[0], summary_en=summary[1],
        drafted_by=actor.code, hands=[actor.code], created_at=at, due_at=after("negative_list.draft", at))
    write_entries(draft, rules)
    note(draft, "draft", "", actor=actor, at=at)
    return draft


def refuse_unreadable(version: str, rules: Sequence[dict[str, Any]]) -> None:
    """This will refuse rules that are no list together, naming the one that cannot be read."""
    try:
        read_document({"schema": "negative-list/1", "meta": {"version": version, "effective_from": None}, "rules": list(rules)})
    except ListFault as fault:
        raise Rejected("compliance.negative_list.unreadable", fault=str(fault)) from fault


def write_entries(version: NegativeListVersion, rules: Sequence[dict[str, Any]]) -> None:
    """This will write the entries of a version's present edition."""
    NegativeListEntry.objects.bulk_create([
        NegativeListEntry(version=version, edition=version.edition, position=position, rule_id=rule["id"], tier=rule["tier"],
                          category=rule["category"], rule=rule)
        for position, rule in enumerate(rules)])


def note(version: NegativeListVersion, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """This will record one act upon a version, or an edit of its draft."""
    record(list_moved[act](subject=version.code, version_label=version.version, from_status=before, to_status=version.status,
                           content_hash=version.content_hash, reason=reason, effective_from=version.effective_from), actor=actor, at=at)


def _move(version: NegativeListVersion, act: str, *, actor: Actor, at: datetime, reason: str = "") -> NegativeListVersion:
    before = step(version, NEGATIVE_LIST, act, "negative_list")
    version.save()
    note(version, act, before, actor=actor, at=at, reason=reason)
    return version


def changes_of(version: NegativeListVersion, at: datetime) -> Changes:
    """This will compare a version with the one in force at ``at``, for the preview and the notice."""
    return compare(rule_set_of(list_version_at(at)), rule_set_of(version))


@covers("R51", "R84")
@operation("compliance.negative_list.propose")
def propose_list(*, version: NegativeListVersion, actor: Actor, clock: Clock) -> NegativeListVersion:
    """This will open the public notice (E-Commerce Law 34: at least 7 days); then it waits for approval."""
    at = clock.now()
    require(actor, "compliance.negative_list.propose", subject=version, at=at)
    held = locked(version)
    _refuse_unchanged(held, at)
    held.proposed_at, held.hands = at, sorted({*held.hands, actor.code})
    held.notice_until = at + timedelta(days=figure("rule_change.notice_days", at))
    held.due_at = after("negative_list.approval", held.notice_until)
    return _move(held, "propose", actor=actor, at=at)


def _refuse_unchanged(held: NegativeListVersion, at: datetime) -> None:
    if not changes_of(held, at).ids:
        raise Rejected("compliance.negative_list.no_changes", version=held.version)


def _refuse_hands(held: NegativeListVersion, actor: Actor) -> None:
    """Whoever drafted, edited or proposed a version does not decide it (the database refuses it too)."""
    if actor.person in {hand.rsplit("/", 1)[-1] for hand in (held.drafted_by, *held.hands)}:
        raise Rejected("compliance.person.already_took_part")


def _refuse_unreasoned(reason: str) -> None:
    if not reason.strip():
        raise Rejected("compliance.negative_list.reason_needed")


@operation("compliance.negative_list.return")
def return_list(*, version: NegativeListVersion, reason: str, actor: Actor, clock: Clock) -> NegativeListVersion:
    """This will send a proposal back to its drafters."""
    at = clock.now()
    if not actor.is_system:
        require(actor, "compliance.negative_list.approve", subject=version, at=at)
        _refuse_unreasoned(reason)
    held = locked(version)
    held.notice_until, held.due_at = None, after("negative_list.draft", at)
    return _move(held, "return", actor=actor, at=at, reason=reason)


@covers("R84", "I18")
@operation("compliance.negative_list.approve")
def approve_list(*, version: NegativeListVersion, effective_from: datetime, actor: Actor, clock: Clock) -> NegativeListVersion:
    """This will schedule a proposal for a date, after its notice, by another person than its drafter."""
    held = locked(version)
    at = clock.now()
    require(actor, "compliance.negative_list.approve", subject=held, at=at)
    _refuse_hands(held, actor)
    if held.notice_until is not None and (at < held.notice_until or effective_from < at):
        raise Rejected("compliance.negative_list.notice_running", until=held.notice_until)
    held.approved_by, held.effective_from, held.due_at = actor.code, effective_from, None
    return _move(held, "approve", actor=actor, at=at)


@operation("compliance.negative_list.cancel")
def cancel_list(*, version: NegativeListVersion, reason: str, actor: Actor, clock: Clock) -> NegativeListVersion:
    """This will take a scheduled version back to draft before its day."""
    held = locked(version)
    at = clock.now()
    require(actor, "compliance.negative_list.approve", subject=held, at=at)
    _refuse_unreasoned(reason)
    held.effective_from, held.approved_by, held.due_at = None, "", after("negative_list.draft", at)
    return _move(held, "cancel", actor=actor, at=at, reason=reason)


@operation("compliance.negative_list.discard")
def discard_list(*, version: NegativeListVersion, actor: Actor, clock: Clock) -> NegativeListVersion:
    """This will put a draft away; its rows stay."""
    at = clock.now()
    if not actor.is_system:
        require(actor, "compliance.negative_list.propose", subject=version, at=at)
    return _move(locked(version), "discard", actor=actor, at=at)


@covers("R84", "R4")
@operation("compliance.negative_list.enact_urgently")
def enact_urgently(*, version: NegativeListVersion, reason: str, actor: Actor, clock: Clock) -> NegativeListVersion:
    """This will put a stricter draft in force at once, by a second regulator; the public is told afterwards."""
    held = locked(version)
    at = clock.now()
    require(actor, "compliance.negative_list.enact_urgently", subject=held, at=at)
    _refuse_unreasoned(reason)
    _refuse_hands(held, actor)
    changes = changes_of(held, at)
    if not changes.ids or not changes.stricter:
        raise Rejected("compliance.negative_list.not_stricter", version=held.version)
    held.urgent, held.approved_by, held.effective_from, held.due_at = True, actor.code, at, None
    return _enter_into_force(held, "enact_urgently", actor=actor, at=at, reason=reason)


@covers("R4", "R100")
@operation("compliance.negative_list.take_effect")
def take_effect(*, version: NegativeListVersion, clock: Clock) -> NegativeListVersion:
    """This will put a scheduled version in force on its day; what was screened by the former one is screened again."""
    held = locked(version)
    at = clock.now()
    if held.effective_from is None or at < held.effective_from:
        raise Rejected("compliance.negative_list.not_yet", version=held.version)
    return _enter_into_force(held, "take_effect", actor=SYSTEM, at=at)


def _enter_into_force(held: NegativeListVersion, act: str, *, actor: Actor, at: datetime, reason: str = "") -> NegativeListVersion:
    former = NegativeListVersion.objects.select_for_update(no_key=True).filter(status=ListStatus.IN_FORCE).first()
    changes = compare(rule_set_of(former), rule_set_of(held)) if former else None
    if former:
        former.effective_to = held.effective_from
        _move(former, "supersede", actor=actor, at=at, reason=held.code)
    _move(held, act, actor=actor, at=at, reason=reason)
    assert held.effective_from is not None
    record(ListRevised(subject=held.code, version_label=held.version, former=former.version if former else "",
                       content_hash=held.content_hash, effective_from=held.effective_from, changed=list(changes.ids) if changes else [],
                       stricter=[*changes.added, *changes.changed] if changes else []), actor=actor, at=at)
    return held


@covers("R84")
@operation("compliance.terms.import")
def import_terms(*, name: str, lines: Sequence[str], source: str, actor: Actor, clock: Clock) -> TermList:
    """This will take a term list in use under ``name``; the former one of that name ends."""
    at = clock.now()
    require(actor, "compliance.terms.import", at=at)
    terms = [term.text for term in read_terms(lines, name)]
    if not terms or max(map(len, terms)) > 200:
        raise Rejected("compliance.terms.unreadable", name=name)
    TermList.objects.filter(name=name, effective_to__isnull=True).update(effective_to=at)
    digest = hashlib.sha256("\n".join(terms).encode()).hexdigest()
    made = TermList.objects.create(name=name, terms=terms, source=source, content_hash=digest, imported_by=actor.code, effective_from=at)
    record(TermsImported(subject=name[:20], count=len(terms), source=source, content_hash=digest), actor=actor, at=at)
    return made
