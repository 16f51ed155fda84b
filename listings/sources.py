"""Sources 来源 of products: put on file, taken as an input, ended with everything that was made of them (R7, R37, R113, B2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from evidence.models import Deposit
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.events import InputTaken, SourceMoved, named
from listings.models import DataProduct, DataResource, ProductInput, PropertyRight, Source, SourceKind
from listings.rights import why_refused
from listings.states import SOURCE, SourceStatus
from listings.stopping import alone, stop_below
from listings.values import clean_text
from participants.models import Organization
from participants.permissions import require

__all__ = ["add_source", "expire_source", "make_of", "revoke_source"]

_FAULT = "listings.source.faulty"


def _tell(word: str, one: Source, *, stopped: list[PropertyRight] | None = None, actor: Actor, at: datetime) -> None:
    record(named(SourceMoved, f"listings.source.{word}")(
        subject=one.code, source_kind=one.kind, holder=one.organization.code, reason=one.reason,
        stopped=[right.code for right in stopped or []]), actor=actor, at=at)


@covers("R7", "R113")
@operation("listings.source.add")
def add_source(*, organization: Organization, kind: str, title: str, provider: str = "", generator: str = "", reference: str = "",
               resource: DataResource | None = None, proof: Deposit | None = None, effective_to: datetime | None = None, actor: Actor,
               clock: Clock) -> Source:
    """This will put a source on file: who gave the data, whose device or conduct produced it, on which deed it is processed here."""
    at = clock.now()
    require(actor, "listings.source.add", subject=organization, at=at)
    texts: dict[str, Any] = {name: clean_text(name, value, 200, _FAULT) for name, value in (
        ("title", title), ("provider", provider), ("generator", generator), ("reference", reference))}
    known = SourceKind(kind)
    if resource is not None and (held := Source.objects.filter(resource=resource, status=SourceStatus.ACTIVE).first()):
        raise Rejected("listings.source.known", source=held.code)
    if not texts["title"] or (known != SourceKind.RESOURCE and not texts["provider"]) \
            or (known == SourceKind.DEVICE and proof is None) or (known == SourceKind.RESOURCE) != (resource is not None) \
            or (effective_to is not None and effective_to <= at):
        raise Rejected(_FAULT)
    one = Source.objects.create(code=new_code("SRC"), organization=organization, kind=known, resource=resource, proof=proof,
                                effective_from=at, effective_to=effective_to, created_at=at, **texts)
    _tell("added", one, actor=actor, at=at)
    return one


@covers("R7", "R37", "B2")
@operation("listings.source.use")
def make_of(*, product: DataProduct, source: Source | None = None, right: PropertyRight | None = None, actor: Actor,
            clock: Clock) -> ProductInput:
    """This will write into the lineage what a product is made of; its rights must fit into what that allows (database)."""
    at = clock.now()
    require(actor, "listings.source.use", subject=product, at=at)
    taken = source or right
    assert taken is not None and not (source and right), "an input is one thing"
    alone()
    if known := ProductInput.objects.filter(product=product, source=source, right=right).first():
        unchanged(at=at)
        return known
    try:
        with transaction.atomic():
            row = ProductInput.objects.create(product=product, source=source, right=right, at=at)
    except IntegrityError as refused:
        if "owner" in str(refused):
            raise Rejected("listings.right.not_held", source=taken.code) from refused
        raise why_refused(refused) from refused
    record(InputTaken(subject=product.code, source=taken.code), actor=actor, at=at)
    return row


def _end(source: Source, action: str, word: str, *, reason: str, actor: Actor, at: datetime) -> Source:
    held = Source.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=source.pk)
    held.status = advance(SOURCE, SourceStatus(held.status), action, subject=held.code, code="listings.source.illegal_move")
    held.reason = reason
    held.save(update_fields=["status", "reason"])
    _tell(word, held, stopped=stop_below(held, actor=actor, at=at), actor=actor, at=at)
    return held


@covers("R37", "B2", "R4")
@operation("listings.source.revoke")
def revoke_source(*, source: Source, reason: str, actor: Actor, clock: Clock) -> Source:
    """This will end a source for good, and stop in the same transaction every right, certificate and listing that was made of it."""
    at = clock.now()
    require(actor, "listings.source.revoke", subject=source, at=at)
    text = clean_text("reason", reason, 400, "listings.source.reason_missing")
    if not text:
        raise Rejected("listings.source.reason_missing")
    alone()
    return _end(source, "revoke", "revoked", reason=text, actor=actor, at=at)


@operation("listings.source.expire")
def expire_source(*, source: Source, actor: Actor = SYSTEM, clock: Clock) -> Source:
    """This will end a source whose term is over; the clock's act."""
    at = clock.now()
    require(actor, "listings.source.expire", at=at)
    assert source.effective_to is not None and source.effective_to <= at, "a source expires at the end of its term"
    alone()
    return _end(source, "expire", "expired", reason="", actor=actor, at=at)
