"""Opting out of an anonymised product 退出匿名化数据 (W15, White Paper 4.2(8)): told in advance, listed, honoured before delivery.

The page of the product says so from its first listing on. What was not taken out of the file by the time of delivery is not delivered: an
answer is either that the person is not in the data, or that the records were taken out, and then files made before the demand stay here.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from compliance.cases import open_case
from compliance.models import CaseKind
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.consents import acts_for, person_of
from listings.events import OptOutMoved, named
from listings.models import DataProduct, ListingVersion, OptOut, Principal
from listings.states import OPT_OUT, OptOutStatus, VersionStatus
from listings.values import clean_text
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.timers import after

__all__ = ["answer_opt_out", "delivers_from", "from_persons", "miss_opt_out", "open_opt_out", "opted_out", "standing_opt_outs"]

_FAULT = "listings.opt_out.unsaid"
_PUBLIC = (VersionStatus.PUBLISHED, VersionStatus.SUPERSEDED)


def from_persons(version: ListingVersion) -> bool:
    """This will tell whether a version is made of persons' data said to be anonymised: they may opt out."""
    return version.facts.get("contains_pi") is True and version.facts.get("pi_anonymised") is True


@covers("W15")
def delivers_from(version: ListingVersion) -> datetime | None:
    """This will return when the first copy may leave: working days after the product's page began to tell of it; None where none need."""
    if not from_persons(version):
        return None
    told = ListingVersion.objects.filter(listing=version.listing_id, status__in=_PUBLIC, facts__pi_anonymised=True).order_by("published_at")
    first = told.values_list("published_at", flat=True).first()
    return after("opt_out.notice", first or version.submitted_at or version.updated_at)


@covers("W15")
def opted_out(version: ListingVersion) -> list[str]:
    """This will list the demands that stand in the way of delivering this version's file."""
    if not from_persons(version) or version.deposit is None:
        return []
    rows = OptOut.objects.filter(product=version.listing.product_id).exclude(status=OptOutStatus.ABSENT)
    open_ones = rows.filter(status__in=(OptOutStatus.OPEN, OptOutStatus.LATE))
    taken_out_since = rows.filter(status=OptOutStatus.REMOVED, opened_at__gt=version.deposit.at)
    return sorted({*open_ones.values_list("code", flat=True), *taken_out_since.values_list("code", flat=True)})


def standing_opt_outs(product: DataProduct) -> int:
    """This will count who opted out; the page tells the number, never who."""
    return OptOut.objects.filter(product=product).count()


def _tell(word: str, one: OptOut, *, actor: Actor, at: datetime) -> None:
    record(named(OptOutMoved, f"listings.opt_out.{word}")(subject=one.code, product=one.product.code, holder=one.organization.code,
                                                         state=one.status), actor=actor, at=at)


@covers("W15", "R34")
@operation("listings.opt_out.open")
def open_opt_out(*, product: DataProduct, reference: str, principal: Principal | None = None, actor: Actor, clock: Clock) -> OptOut:
    """This will put a person on a product's opt-out list; a trustee does so for its ``principal``.

    ``reference`` is how the holder knows the person (a customer number, a phone); it is kept under the person's own key.
    """
    at = clock.now()
    require(actor, "listings.opt_out.open", at=at)
    if principal is not None and not acts_for(principal, actor, at):
        raise Rejected("participants.object.absent")
    person = principal.subject if principal is not None else person_of(actor)
    version = ListingVersion.objects.filter(listing__product=product, status__in=_PUBLIC).order_by("-number").first()
    if version is None or not from_persons(version):
        raise Rejected("listings.opt_out.not_personal", product=product.code)
    said = clean_text("reference", reference, 200, _FAULT)
    if not said:
        raise Rejected(_FAULT)
    try:
        with transaction.atomic():
            one = OptOut.objects.create(code=new_code("OPT"), product=product, organization=product.organization, subject=person,
                                        trustee_id=principal.organization_id if principal else None, reference=said, opened_at=at,
                                        due_at=after("opt_out.answer", at))
    except IntegrityError as twice:  # pressed twice, or by the person and the trustee at once: the key has the last word
        raise Rejected("listings.opt_out.listed", product=product.code) from twice
    _tell("opened", one, actor=actor, at=at)
    text = ("有人要求退出您的匿名化产品：未处理前不能交付",
            "A person opted out of an anonymised product of yours: nothing is delivered before you answer")
    notify_all([Note(one.organization, "listings.opt_out.opened", text, "wait", one.code, "/desk/subject-requests/", one.due_at)], at=at)
    return one


def _locked(one: OptOut, act: str) -> OptOut:
    held = OptOut.objects.select_for_update(of=("self",), no_key=True).select_related("product", "organization", "trustee", "subject").get(
        pk=one.pk)
    held.status = advance(OPT_OUT, OptOutStatus(held.status), act, subject=held.code, code="listings.opt_out.illegal_move")
    return held


@covers("W15", "R34")
@operation("listings.opt_out.answer")
def answer_opt_out(*, opt_out: OptOut, removed: bool, answer: str, actor: Actor, clock: Clock) -> OptOut:
    """This will say that the person's records were taken out, or that there are none; by the holder, in words the person reads."""
    at = clock.now()
    require(actor, "listings.opt_out.answer", subject=opt_out, at=at)
    held = _locked(opt_out, "remove" if removed else "absent")
    held.answer = clean_text("answer", answer, 2000, _FAULT)
    if not held.answer:
        raise Rejected(_FAULT)
    held.answered_at, held.due_at = at, None
    held.save(update_fields=["status", "answer", "answered_at", "due_at"])
    _tell("removed" if removed else "absent", held, actor=actor, at=at)
    if held.trustee is not None:
        notify_all([Note(held.trustee, "listings.opt_out.answered", ("持有者答复了退出请求", "The holder answered an opt-out"), "info",
                         held.code, "/desk/principals/")], at=at)
    return held


@operation("listings.opt_out.miss")
def miss_opt_out(*, opt_out: OptOut, actor: Actor = SYSTEM, clock: Clock) -> OptOut:
    """This will mark a demand nobody answered in time and put it before the compliance desk; it goes on standing in the way."""
    at = clock.now()
    require(actor, "listings.opt_out.miss", at=at)
    held = _locked(opt_out, "miss")
    held.due_at = None
    held.save(update_fields=["status", "due_at"])
    _tell("missed", held, actor=actor, at=at)
    open_case(kind=CaseKind.OTHER, subject_kind="opt_out", subject_code=held.code, organization=held.organization,
              title=("退出请求逾期未答复", "An opt-out was not answered in time"), actor=actor, clock=clock)
    return held
