"""Other exchanges recognised here 互联互通 (CAP-I5, R56): recognised by two of the authority, read page by signed page, ended for a reason.

What is recognised is what their registers say: a certificate of theirs is known at our place of verification, and who is restricted
there is looked at here by a person before a listing goes on sale. Nobody is punished here for what was decided elsewhere.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from evidence.canonical import canonical
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.outbound import Unreachable, target_of
from kit.rejected import FieldFault, Rejected
from listings.events import PeerMoved, PeerPageTaken, named
from listings.models import Peer, PeerCertificate, PeerStanding
from listings.peer_pages import CERTIFICATES, PageFault, PeerPage, read_page
from listings.values import clean_text
from participants.approvals import ask_approval, decide_approval
from participants.models import Approval
from participants.notices import notify
from participants.permissions import require
from participants.queries import house_venue, venue_organization
from participants.timers import after

__all__ = ["decide_peer", "end_peer", "mark_silent", "mark_speaking", "propose_peer", "take_page"]

_DECIDE = "listings.peer.decide"
_FAULT = "listings.peer.faulty"
_LEAST = 4


def _asked(name: tuple[str, str], address: str, origin: str, key: str) -> dict[str, str]:
    said = {"name_zh": clean_text("name_zh", name[0], 120, _FAULT), "name_en": clean_text("name_en", name[1], 120, _FAULT),
            "origin": clean_text("origin", origin, 120, _FAULT), "address": address.strip().rstrip("/"), "key": key.strip().lower()}
    faults = [FieldFault(field, "missing", ("请填写", "Please fill in")) for field, text in said.items() if not text]
    if said["key"] and (len(said["key"]) != 64 or set(said["key"]) - set("0123456789abcdef")):
        faults.append(FieldFault("key", "wrong_value", ("应为 64 位十六进制公钥", "It is a public key of 64 hexadecimal digits")))
    if said["address"]:
        try:
            target_of(said["address"], private=settings.WEBHOOKS_REACH_PRIVATE)
            if len(said["address"]) > 200 or urlsplit(said["address"]).path or urlsplit(said["address"]).query:
                raise Unreachable("address", "a path")
        except Unreachable:
            faults.append(FieldFault("address", "wrong_value", ("应为可公开访问的 https 地址，不带路径",
                                                                "It is a public https address without a path")))
    if faults:
        raise Rejected(_FAULT, errors=faults)
    return said


@covers("CAP-I5", "R56")
@operation("listings.peer.propose")
def propose_peer(*, name: tuple[str, str], address: str, origin: str, key: str, actor: Actor, clock: Clock) -> Approval:
    """This will put another exchange before a second person of the authority: its address, and the key its pages are signed with."""
    said = _asked(name, address, origin, key)  # a name is asked before anything is locked
    at = clock.now()
    require(actor, "listings.peer.propose", at=at)
    if said["origin"] == settings.EVIDENCE_ORIGIN or Peer.objects.filter(origin=said["origin"], ended_at__isnull=True).exists():
        raise Rejected("listings.peer.known", origin=said["origin"])
    return ask_approval(act=_DECIDE, subject=new_code("PEX"), payload=said, actor=actor, at=at)


@covers("CAP-I5", "R56", "I18")
@operation("listings.peer.decide")
def decide_peer(*, approval: Approval, agree: bool, reason: str, actor: Actor, clock: Clock) -> Peer | None:
    """This will recognise the exchange as it was proposed, or not, by the second person; it is asked from now on."""
    at = clock.now()
    require(actor, _DECIDE, at=at)
    decided = decide_approval(approval=approval, approve=agree, reason=reason.strip()[:400], actor=actor, at=at)
    if not agree:
        return None
    try:
        with transaction.atomic():
            made = Peer.objects.create(code=decided.subject, recognised_at=at, due_at=at, **decided.payload)
    except IntegrityError as twice:
        raise Rejected("listings.peer.known", origin=decided.payload["origin"]) from twice
    _tell("recognised", made, actor=actor, at=at)
    return made


def _held(peer: Peer) -> Peer:
    held = Peer.objects.select_for_update(no_key=True).get(pk=peer.pk)
    if held.ended_at is not None:
        raise Rejected("listings.peer.ended", peer=held.code)
    return held


def _tell(word: str, peer: Peer, *, reason: str = "", actor: Actor, at: datetime) -> None:
    record(named(PeerMoved, f"listings.peer.{word}")(subject=peer.code, origin=peer.origin, address=peer.address, key=peer.key,
                                                     reason=reason), actor=actor, at=at)


@covers("CAP-I5", "R56")
@operation("listings.peer.end")
def end_peer(*, peer: Peer, reason: str, actor: Actor, clock: Clock) -> Peer:
    """This will end a recognition at once, by one person: nothing of that exchange counts here any more. A new one takes two again."""
    at = clock.now()
    require(actor, _DECIDE, at=at)
    held = _held(peer)
    held.end_reason = clean_text("reason", reason, 400, _FAULT)
    if len(held.end_reason) < _LEAST:
        raise Rejected(_FAULT, errors=[FieldFault("reason", "missing", ("请写明原因", "State the reason"))])
    held.ended_at = at
    held.save(update_fields=["ended_at", "end_reason"])
    _tell("ended", held, reason=held.end_reason, actor=actor, at=at)
    return held


# ---- taking in -----------------------------------------------------------------------------------------------------------------


@covers("CAP-I5", "R56")
@operation("listings.peer.take")
def take_page(*, peer: Peer, form: str, page: Any, clock: Clock) -> PeerPage:
    """This will take one signed page in, whole or not at all, once: a page that was taken in before changes nothing."""
    at = clock.now()
    held = _held(peer)
    column = "certificates_to" if form == CERTIFICATES else "standings_to"
    place: int = getattr(held, column)
    try:
        told = read_page(page, key=held.key, origin=held.origin, form=form, after=_follows(page, place))
    except PageFault as wrong:
        raise Rejected("listings.peer.page_faulty", peer=held.code, why=str(wrong)) from wrong
    fresh = tuple(one for one in told.moves if one["position"] > place)
    if told.next <= place:
        unchanged(at=at)
        return told
    newest = {one["code" if form == CERTIFICATES else "uscc"]: one for one in fresh}
    if form == CERTIFICATES:
        _write(PeerCertificate, held, newest, "code")
    else:
        _write(PeerStanding, held, newest, "uscc")
    setattr(held, column, told.next)
    held.save(update_fields=[column])
    record(PeerPageTaken(subject=held.code, register=form, after=place, next=told.next, moves=len(fresh),
                         page_sha256=hashlib.sha256(canonical(page["content"])).hexdigest()), actor=SYSTEM, at=at)
    return told


def _follows(page: Any, place: int) -> int:
    """The place a page follows: the one asked for, or an earlier one where the same page comes again."""
    content = page.get("content") if isinstance(page, dict) else None
    after = content.get("after") if isinstance(content, dict) else None
    return after if isinstance(after, int) and not isinstance(after, bool) and -1 <= after <= place else place


def _write(model: type[PeerCertificate] | type[PeerStanding], peer: Peer, newest: dict[str, dict[str, Any]], key: str) -> None:
    rows: list[Any] = [model(peer=peer, **one) for _, one in sorted(newest.items())]
    rest = sorted({name for one in newest.values() for name in one} - {key})
    manager: Any = model.objects
    manager.bulk_create(rows, update_conflicts=True, unique_fields=["peer", key], update_fields=rest, batch_size=500)


@covers("CAP-I5")
@operation("listings.peer.silence")
def mark_silent(*, peer: Peer, clock: Clock) -> Peer:
    """This will call an exchange silent that has not answered for a day: the venue's desk is told, its entries say since when."""
    at = clock.now()
    held = _held(peer)
    since = held.heard_at or held.recognised_at
    if held.silent_at is not None or at < after("peer.silent", since):
        unchanged(at=at)
        return held
    held.silent_at = at
    held.save(update_fields=["silent_at"])
    _tell("silent", held, reason=held.fault, actor=SYSTEM, at=at)
    notify(organization=venue_organization(house_venue()), kind="listings.peer.silent", tone="bad", subject=held.code,
           text=(f"{held.name_zh} 已一天没有应答（{held.fault}）；请与对方联系，其凭证与信用仍按最后一次同步显示",
                 f"{held.name_en} has not answered for a day ({held.fault}); get in touch, its entries stand as they were last read"),
           href="/interconnect/", at=at)
    return held


@covers("CAP-I5")
@operation("listings.peer.speak")
def mark_speaking(*, peer: Peer, clock: Clock) -> Peer:
    """This will note that a silent exchange answers again."""
    at = clock.now()
    held = _held(peer)
    if held.silent_at is None:
        unchanged(at=at)
        return held
    held.silent_at = None
    held.save(update_fields=["silent_at"])
    _tell("speaking", held, actor=SYSTEM, at=at)
    return held
