"""What participants keep and for how long, and how a person is erased (PIPL Art. 19 and 47, T60)."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from evidence.files import erase_deposit
from evidence.operations import operation, record
from evidence.vault import shred
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.admission_moves import ENDED
from participants.events import PersonErased
from participants.models import Admission, ApiToken, EmailChange, Membership, PartyProfile, Person, Proof, ProofStatus, SecondFactor, User
from participants.people import end_sessions
from participants.permissions import require
from participants.predicates import in_force
from participants.retention import erasers, erases, keeps

__all__ = ["erase_person"]

#: at most so many of a kind in one round; the next round takes the rest
_MOST = 500


@keeps("participants.application", "retention.application")
def forget_applications(before: datetime, at: datetime) -> int:
    """The answers of an application that ended: names and addresses of people go with their key; what was decided stays."""
    ended = Admission.objects.select_for_update(of=("self",), no_key=True).filter(status__in=ENDED, ended_at__lte=before)
    rows = list(ended.exclude(answers="")[:_MOST])
    for one in rows:
        shred(one.code, at=at)
        one.answers = {}
        one.save(update_fields=["answers"])
    return len(rows)


@keeps("participants.proof", "retention.proof")
def forget_proofs(before: datetime, at: datetime) -> int:
    """The files of documents that no longer count; their hashes and terms stay on record."""
    gone = [ProofStatus.REFUSED, ProofStatus.REPLACED, ProofStatus.EXPIRED, ProofStatus.WITHDRAWN]
    rows = Proof.objects.filter(status__in=gone, ended_at__lte=before, deposit__erasure__isnull=True).select_related("deposit")
    return len([erase_deposit(one.deposit, reason="retention.proof", at=at) for one in rows.order_by("pk")[:_MOST]])


@keeps("participants.person", "retention.person")
def forget_people(before: datetime, at: datetime) -> int:
    """People who have held no role for the whole term."""
    later = Membership.objects.filter(person=OuterRef("pk")).exclude(effective_to__lte=before)
    once = Membership.objects.filter(person=OuterRef("pk"))
    rows = Person.objects.filter(Exists(once), ~Exists(later), erased_at__isnull=True).order_by("pk")
    return len([_erase(person=one, reason="retention.person", actor=SYSTEM, at=at) for one in rows[:_MOST]])


@keeps("participants.signin", "retention.logs")
def forget_sign_ins(before: datetime, at: datetime) -> int:
    """Counts of tries that are over, sessions that have ended, addresses that were never confirmed; all on wall time."""
    wall = timezone.now()  # wall clock: sessions and sign-ins
    with connection.cursor() as cursor:
        cursor.execute("SELECT participants_forget_tries(%s)", [wall])
    ended = Session.objects.filter(expire_date__lt=wall).delete()[0]
    return ended + EmailChange.objects.filter(expires_at__lt=wall).delete()[0]


# ---- erasing a person --------------------------------------------------------------------------------------------------------


@covers("T60", "R105")
def erase_person(*, person: Person, reason: str, actor: Actor, clock: Clock) -> Person:
    """This will erase a person on request: values, sign-ins, keys; the record book keeps a code and commitments nobody can open.

    Whoever still holds a role is refused: the role is ended first. Erasing again changes nothing.
    """
    at = clock.now()
    person.refresh_from_db()
    if person.erased_at is not None:
        return person
    require(actor, "participants.person.erase", at=at)
    return _erase(person=person, reason=reason, actor=actor, at=at)


@operation("participants.person.erase")
def _erase(*, person: Person, reason: str, actor: Actor, at: datetime) -> Person:
    held = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if Membership.objects.filter(in_force(at), person=held).exists():
        raise Rejected("participants.person.active", person=held.code)
    tables = sorted({table for eraser in erasers() for table in eraser(held, at)})
    keys = shred(held.code, at=at)
    held.name = held.name_en = ""
    held.real_name_key, held.erased_at = f"erased:{secrets.token_hex(24)}", at
    held.save(update_fields=["name", "name_en", "real_name_key", "erased_at"])
    record(PersonErased(subject=held.code, reason=reason, tables=[*tables, "participants_person"], keys=keys), actor=actor, at=at)
    return held


@erases("participants")
def erase_own(person: Person, at: datetime) -> list[str]:
    """Sign-ins and keys of programs are closed and stripped; the person's name leaves profiles and applications of its organisations."""
    end_sessions(person)
    users = list(User.objects.filter(person=person).order_by("pk"))
    for user in users:
        user.username, user.email, user.is_active = f"erased-{secrets.token_hex(8)}", "", False
        user.first_name = user.last_name = ""
        user.set_unusable_password()
        user.save()
    SecondFactor.objects.filter(user__in=users).delete()
    EmailChange.objects.filter(user__in=users).delete()
    ApiToken.objects.filter(user__in=users, revoked_at__isnull=True).update(revoked_at=at)
    return ["participants_user", *_strike_name(person)]


def _strike_name(person: Person) -> list[str]:
    """Where the organisations of the person wrote the name down: sealed fields are opened, struck and sealed again."""
    names = {name for name in (person.name, person.name_en) if name}
    organizations = Membership.objects.filter(person=person).values("organization")
    touched = set()
    profiles = PartyProfile.objects.select_for_update(of=("self",), no_key=True).filter(organization__in=organizations)
    for profile in profiles.select_related("organization"):
        for field in ("chief_data_officer", "incident_contact"):
            if _names(getattr(profile, field), names):
                setattr(profile, field, "")
                profile.save(update_fields=[field])
                touched.add("participants_partyprofile")
    for admission in Admission.objects.select_for_update(of=("self",), no_key=True).filter(organization__in=organizations).exclude(
            answers=""):
        kept = {key: "" if _names(value, names) else value for key, value in admission.answers.items()}
        if kept != admission.answers:
            admission.answers = kept
            admission.save(update_fields=["answers"])
            touched.add("participants_admission")
    return sorted(touched)


def _names(value: Any, names: set[str]) -> bool:
    return isinstance(value, str) and any(name in value for name in names)
