"""Two opinions that do not see each other, a third where they differ: who may speak is decided by who made it and who is tied to whom.

The holder's eyes know the data, the venue's have no part in it. Where the holder made the file itself, or is tied to who did, the venue
gives both, by two people. The database holds it too: ``sql/outputs.sql``.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from delivery.release_models import OUTPUT_OPEN, Output, OutputOpinion, ReviewSeat, Verdict
from delivery.releasing.handing_in import note_output, step_output, tell_output
from delivery.states import OUTPUT, OutputStatus
from evidence.operations import operation
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.models import Membership, Organization, User
from participants.permissions import require
from participants.predicates import in_force, standpoint
from participants.queries import affiliated
from participants.roles import Role
from participants.timers import after

__all__ = ["decide_output", "give_opinion", "lapse_output", "opinions_seen", "refuse_reviewer", "seat_for", "waiting_for"]

_PERMISSION = "delivery.output.review"
_DESKS = {str(Role.COMPLIANCE_OFFICER), str(Role.REGULATOR)}


def _of_the_venue(actor: Actor, *, at: datetime) -> bool:
    return bool(standpoint(actor, at).roles & _DESKS)


def _tied_holder(output: Output, *, at: datetime) -> bool:
    """Whether the holder may not judge: it made the file, or is tied to who did or to the buyer."""
    holder = output.delivery.seller
    return any(affiliated(holder, one, at=at) for one in (output.organization, output.delivery.buyer))


@covers("F9", "R53")
def refuse_reviewer(output: Output, actor: Actor, *, at: datetime) -> User:
    """This will refuse the author, everybody who acts for its side or the buyer, and whoever is tied to them; it returns who speaks."""
    me = User.objects.select_related("person", "acting_for").get(pk=actor.user_id or 0)
    author = User.objects.get(pk=output.author_id)
    sides = {output.organization_id, output.delivery.buyer_id}
    if me.pk == author.pk or me.person_id == author.person_id:
        raise Rejected("delivery.output.own", output=output.code)
    if actor.organization_id in sides or Membership.objects.filter(
            in_force(at), person=me.person, organization_id__in=sides).exists():
        raise Rejected("delivery.output.own_side", output=output.code)
    mine = Organization.objects.get(pk=actor.organization_id or 0)
    tied_to = sides if mine.pk == output.delivery.seller_id else sides | {output.delivery.seller_id}
    if any(affiliated(mine, one, at=at) for one in Organization.objects.filter(pk__in=tied_to).order_by("pk")):
        raise Rejected("delivery.output.tied", output=output.code)
    return me


def seat_for(output: Output, actor: Actor, *, at: datetime) -> ReviewSeat | None:
    """This will say whose eyes an actor would be: the holder's, the venue's first or, where the holder may not or did not, its second."""
    taken = set(OutputOpinion.objects.filter(output=output).values_list("seat", flat=True))
    if actor.organization_id == output.delivery.seller_id:
        free = ReviewSeat.HOLDER not in taken and not _tied_holder(output, at=at)
        return ReviewSeat.HOLDER if free else None
    if not _of_the_venue(actor, at=at):
        return None
    if ReviewSeat.VENUE not in taken:
        return ReviewSeat.VENUE
    open_to_us = output.status == OutputStatus.ESCALATED or _tied_holder(output, at=at)
    return ReviewSeat.HOLDER if open_to_us and ReviewSeat.HOLDER not in taken else None


def _words(verdict: str, reason: str) -> str:
    said, faults = reason.strip()[:2000], []
    if verdict not in Verdict.values:
        faults.append(FieldFault("verdict", "unknown", ("选择放行或不予放行", "Choose to release or to withhold")))
    if len(said) < 4:
        faults.append(FieldFault("reason", "missing", ("写明理由", "Say why")))
    if faults:
        raise Rejected("delivery.output.opinion_faulty", errors=faults)
    return said


@covers("F9", "I18")
@operation("delivery.output.opine")
def give_opinion(*, output: Output, verdict: str, reason: str, actor: Actor, clock: Clock) -> Output:
    """This will give one of the two opinions; the first changes nothing anybody sees, the second decides or calls a third."""
    held = Output.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delivery__seller", "delivery__buyer", "organization__venue").get(pk=output.pk)
    at = clock.now()
    require(actor, _PERMISSION, subject=held.delivery, at=at)
    said = _words(verdict, reason)
    if held.status not in (OutputStatus.IN_REVIEW, OutputStatus.ESCALATED):
        if held.status == OutputStatus.DIFFERING:
            raise Rejected("delivery.output.third_decides", output=held.code)
        advance(OUTPUT, OutputStatus(held.status), verdict, subject=held.code, code="delivery.output.illegal_move")
    me = refuse_reviewer(held, actor, at=at)
    if OutputOpinion.objects.filter(output=held, person=me.person).exists():
        raise Rejected("delivery.output.spoken", output=held.code)
    seat = seat_for(held, actor, at=at)
    if seat is None:
        raise Rejected("delivery.output.seat_taken", output=held.code)
    assert me.person is not None, "who acts for an organisation is a person"
    OutputOpinion.objects.create(output=held, seat=seat, reviewer=me, person=me.person, verdict=verdict, reason=said, at=at,
                                 organization=Organization.objects.get(pk=actor.organization_id or 0))
    both = list(OutputOpinion.objects.filter(output=held).order_by("seat"))
    if len(both) < 2:
        return note_output(held, "opined", actor=actor, at=at)
    verdicts = [one.verdict for one in both]
    return _concluded(held, verdicts[0] if verdicts[0] == verdicts[1] else "differ", both, actor=actor, clock=clock)


def _concluded(output: Output, act: str, both: list[OutputOpinion], *, actor: Actor, clock: Clock) -> Output:
    held, at = step_output(output, act, "delivery.output.conclude", actor=SYSTEM, clock=clock)
    if act == "differ":
        held.due_at = after("output.third", at)
    elif act == "withhold":
        held.reason = "\n".join(one.reason for one in both)[:4000]
    held.save()
    note_output(held, {"differ": "differed", "release": "released", "withhold": "withheld"}[act], actor=actor, at=at,
                verdicts=[one.verdict for one in both])
    _told(held, at=at)
    return held


def _told(held: Output, *, at: datetime) -> None:
    tone, text = {
        OutputStatus.RELEASED: ("ok", (f"输出“{held.title}”已放行", f"The output “{held.title}” is released")),
        OutputStatus.WITHHELD: ("bad", (f"输出“{held.title}”不予放行：{held.reason[:200]}",
                                        f"The output “{held.title}” is withheld: {held.reason[:200]}")),
        OutputStatus.DIFFERING: ("wait", (f"输出“{held.title}”的两份意见不一，由第三人决定",
                                          f"The two opinions on “{held.title}” differ; a third decides")),
        OutputStatus.ESCALATED: ("wait", (f"输出“{held.title}”逾期未审，由本所补审",
                                          f"The review of “{held.title}” is late; the venue takes the empty place")),
    }[OutputStatus(held.status)]
    sides = {one.pk: one for one in (held.organization, held.delivery.buyer, held.delivery.seller)}
    for key in sorted(sides):
        tell_output(held, sides[key], tone, text, at=at)


@covers("F9", "I18")
@operation("delivery.output.decide")
def decide_output(*, output: Output, verdict: str, reason: str, actor: Actor, clock: Clock) -> Output:
    """This will decide as the third where two differed: by somebody of the venue's desks who gave neither opinion."""
    said = _words(verdict, reason)
    held, at = step_output(output, verdict, "delivery.output.decide", actor=actor, clock=clock, only_from=OutputStatus.DIFFERING)
    me = refuse_reviewer(held, actor, at=at)
    both = list(OutputOpinion.objects.filter(output=held).order_by("seat"))
    if me.person_id in {one.person_id for one in both}:
        raise Rejected("delivery.output.spoken", output=held.code)
    held.decided_by = me
    held.reason = said if verdict == Verdict.WITHHOLD else ""
    held.save()
    note_output(held, "released" if verdict == Verdict.RELEASE else "withheld", actor=actor, at=at,
                verdicts=[*(one.verdict for one in both), verdict])
    _told(held, at=at)
    return held


@covers("F9")
@operation("delivery.output.lapse")
def lapse_output(*, output: Output, clock: Clock) -> Output:
    """This will act on silence: first it opens the empty place to the venue's people, then it withholds; it releases nothing."""
    act = "escalate" if output.status == OutputStatus.IN_REVIEW else "lapse"
    held, at = step_output(output, act, "delivery.output.conclude", actor=SYSTEM, clock=clock)
    if act == "escalate":
        held.due_at = after("output.third", at)
    else:
        held.reason = "逾期无人作出结论，不予放行 / Nobody concluded in time: it is not released"
    held.save()
    note_output(held, "escalated" if act == "escalate" else "withheld", actor=SYSTEM, at=at)
    _told(held, at=at)
    return held


def opinions_seen(output: Output) -> list[OutputOpinion]:
    """This will list the opinions for whoever reads the page: none before both are in, not even one's own to another's eyes."""
    both = list(OutputOpinion.objects.filter(output=output).select_related("organization").order_by("seat"))
    return both if len(both) == 2 else []


def waiting_for(actor: Actor, *, at: datetime) -> QuerySet[Output]:
    """This will list what this person might speak on, the first due first; the act asks the rest again."""
    rows = Output.objects.filter(status__in=OUTPUT_OPEN).exclude(organization_id=actor.organization_id or 0)
    rows = rows.exclude(author_id=actor.user_id or 0).exclude(opinions__reviewer_id=actor.user_id or 0)
    ours = Q(delivery__seller_id=actor.organization_id or 0) & ~Q(status=OutputStatus.DIFFERING)
    if not _of_the_venue(actor, at=at):
        rows = rows.filter(ours)
    return rows.select_related("delivery__version", "delivery__seller", "delivery__buyer", "organization").order_by("due_at", "pk")
