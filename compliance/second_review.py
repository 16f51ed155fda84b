"""The second review of a conduct case is worth its name (I18, R53): nobody tied to the accused decides, whoever is biased stands back,
and where two regulators differ a third, named, decides between them within a term.

Ties are read from memberships and the ownership graph at the act itself, so that a tie formed after assignment counts too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from compliance.deadlines import figure, working_days_from
from compliance.models import ConductCase, Disagreement, Recusal
from compliance.moves import locked, real_person
from compliance.review_events import StoodBack, disagreement_moved
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.deputies import principals_of
from participants.models import Membership, Organization, User
from participants.permissions import require
from participants.predicates import in_force
from participants.queries import affiliated
from participants.roles import Role

__all__ = ["end_disagreement", "lapse_disagreement", "name_third", "open_disagreement", "recuse_conduct", "refuse_barred",
           "refuse_settled", "thirds_for"]


@covers("I18", "R53")
def refuse_barred(case: ConductCase, actor: Actor, at: datetime) -> None:
    """This will bar who is tied to the accused by office or ownership, and who stood back from the case."""
    if actor.is_system or actor.user_id is None:
        return
    person = real_person(actor.user_id)
    # a deputy stands in for somebody: what bars the one bars the other
    both = {key for key in (person, *principals_of(person, at)) if key}
    if Recusal.objects.filter(case=case).filter(Q(user_id=actor.user_id) | Q(user__person_id__in=both)).exists():
        raise Rejected("compliance.conduct.recused", case=case.code)
    if any(_tied(case.organization, key, actor.organization_id, at) for key in (both or {0})):
        raise Rejected("compliance.conduct.conflict", case=case.code, organization=case.organization.short_name)


def _tied(accused: Organization, person: int | None, desk: int | None, at: datetime) -> bool:
    if person and Membership.objects.filter(in_force(at), person_id=person, organization=accused).exists():
        return True
    mine = Organization.objects.filter(pk=desk or 0).first()
    return mine is not None and affiliated(mine, accused, at=at)


@covers("I18", "R53")
@operation("compliance.conduct.recuse")
def recuse_conduct(*, case: ConductCase, reason: str, actor: Actor, clock: Clock) -> Recusal:
    """This will stand back from a case for a stated reason: its file stays open to read, nothing in it is decided by this person."""
    held = locked(case)
    at = clock.now()
    require(actor, "compliance.conduct.recuse", subject=held, at=at)
    assert actor.user_id is not None
    if len(reason.strip()) < 4:
        raise Rejected("compliance.conduct.reason_missing", case=held.code)
    if held.closed_at is not None or Recusal.objects.filter(case=held, user_id=actor.user_id).exists():
        raise Rejected("compliance.conduct.recused", case=held.code)
    made = Recusal.objects.create(case=held, user_id=actor.user_id, reason=reason.strip()[:2000], at=at)
    record(StoodBack(subject=held.code, organization=held.organization.code), actor=actor, at=at)
    return made


# ---- disagreement --------------------------------------------------------------------------------------------------------


def thirds_for(case: ConductCase, taken: Iterable[int | None], at: datetime) -> list[User]:
    """This will list the regulators who may decide between two: neither of them, not the accuser, untied, the least burdened first."""
    people = {real_person(key) for key in (*taken, case.opened_by_id) if key}
    stood = set(Recusal.objects.filter(case=case).values_list("user__person_id", flat=True))
    rows = Membership.objects.filter(in_force(at), role=Role.REGULATOR, person__users__is_active=True).exclude(
        person_id__in=[key for key in people | stood if key])
    free: list[tuple[int, User]] = []
    for row in rows.order_by("pk").distinct():
        if not _tied(case.organization, row.person_id, row.organization_id, at):
            free.extend((row.organization_id, user) for user in User.objects.filter(person_id=row.person_id, is_active=True).order_by("pk"))
    load = dict(Disagreement.objects.filter(sided="").values_list("third_id").annotate(n=Count("pk")))
    known: dict[int, User] = {}
    for _desk, user in sorted(free, key=lambda one: (load.get(one[1].pk, 0), one[1].pk)):
        known.setdefault(user.person_id or -user.pk, user)
    return list(known.values())


def open_disagreement(case: ConductCase) -> Disagreement | None:
    """This will return the difference that waits for its third regulator."""
    return Disagreement.objects.filter(case=case, sided="").select_related("third__person", "first__person", "second__person").first()


@covers("I18")
def name_third(case: ConductCase, *, first: int, second: int, asked: dict[str, Any], reason: str, third: User | None, actor: Actor,
               at: datetime, passed: Iterable[int] = ()) -> Disagreement | None:
    """This will name who decides between two regulators: the one proposed, else the least burdened; None where nobody is free.

    Called within the act of whoever differs. The named one has five working days, then the next is named.
    """
    free = thirds_for(case, [first, second, *passed], at)
    if third is not None and third.pk not in {user.pk for user in free}:
        raise Rejected("compliance.conduct.no_such_third", case=case.code)
    chosen = third or next(iter(free), None)
    if chosen is None:
        return None
    made = Disagreement.objects.create(case=case, first_id=first, second_id=second, third=chosen, asked=asked, reason=reason, named_at=at,
                                       due_at=working_days_from(at, figure("conduct.objection_days", at)))
    _tell(made, "named", actor=actor, at=at)
    return made


def _tell(held: Disagreement, word: str, *, actor: Actor, at: datetime) -> None:
    person = held.third.person
    record(disagreement_moved[word](subject=held.case.code, organization=held.case.organization.code, third=person.code if person else "",
                                   due_at=held.due_at, sided=held.sided), actor=actor, at=at)


@covers("I18")
def end_disagreement(case: ConductCase, *, sided: str, reasons: str, actor: Actor, at: datetime) -> Disagreement:
    """This will write which side the third took, in the caller's act; by the one named and nobody else."""
    held = Disagreement.objects.select_for_update(of=("self",), no_key=True).filter(case=case, sided="").first()
    if held is None:
        raise Rejected("compliance.conduct.no_first_opinion", case=case.code)
    if actor.user_id != held.third_id:
        raise Rejected("compliance.conduct.with_the_third", case=case.code)
    if len(reasons.strip()) < 4:
        raise Rejected("compliance.conduct.reason_missing", case=case.code)
    held.sided, held.reasons, held.decided_at = sided, reasons.strip()[:5000], at
    held.save(update_fields=["sided", "reasons", "decided_at"])
    _tell(held, "settled", actor=actor, at=at)
    return held


@covers("I18")
def refuse_settled(case: ConductCase, severity: str) -> None:
    """This will refuse to decide while a third is named, and to find serious again what the third did not find serious."""
    if open_disagreement(case) is not None:
        raise Rejected("compliance.conduct.with_the_third", case=case.code)
    if severity == "serious" and Disagreement.objects.filter(case=case, sided="second").exists():
        raise Rejected("compliance.conduct.settled_milder", case=case.code)


@operation("compliance.conduct.lapse_third")
def lapse_disagreement(*, disagreement: Disagreement, clock: Clock) -> Disagreement | None:
    """This will pass a difference on to the next regulator when the one named did not decide in time; where nobody is free it stays."""
    case = locked(disagreement.case)
    held = locked(disagreement)
    at = clock.now()
    if held.sided or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=case.code)
    passed = list(Disagreement.objects.filter(case=case).values_list("third_id", flat=True))
    if not thirds_for(case, [held.first_id, held.second_id, *passed], at):
        held.due_at = working_days_from(at, figure("conduct.objection_days", at))
        held.save(update_fields=["due_at"])
        _tell(held, "late", actor=SYSTEM, at=at)
        return None
    held.sided, held.decided_at = "lapsed", at
    held.save(update_fields=["sided", "decided_at"])
    return name_third(case, first=held.first_id, second=held.second_id, asked=held.asked, reason=held.reason, third=None, actor=SYSTEM,
                      at=at, passed=passed)
