"""Handing a file out: as it was registered, or as a marked copy whose own hash is registered with how it was made (F5, F13).

What was delivered stays the registered file: its hash is compared at the delivery. A copy is derived from those very bytes, written before
the token is spent and registered in the same breath; where it cannot be written nothing is handed out.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.db import transaction

from delivery.access import Shown, handed, show_token, token_hash
from delivery.marking.marks import Marker
from delivery.marking.plans import latin, plan_of, tolerances_of
from delivery.models import AccessGrant, Copy, Delivery, MarkPlan
from delivery.proof_events import CopyHandedOut
from delivery.ranges import HandedOut
from delivery.states import GrantStatus
from evidence.files import open_deposit
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.permissions import require

__all__ = ["copy_key", "hand_on", "hand_out", "write_copy"]


@dataclass(frozen=True)
class Written:
    """A copy on disk that nobody has got yet."""

    file: IO[bytes]
    nonce: str
    sha256: str
    size: int
    marks: int


def copy_key(nonce: str) -> bytes:
    """This will derive a copy's key: from its nonce, under a key of the house, so that the database alone reads no marks."""
    return hashlib.blake2b(b"copy-mark/1\n" + nonce.encode(), key=settings.REAL_NAME_KEY.encode()[:64], digest_size=32).digest()


@covers("F13")
def write_copy(held: Deposit, plan: MarkPlan, nonce: str) -> Written:
    """This will write a copy beside the store, in bounded memory; the same nonce writes the same bytes."""
    sink: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - handed on open
    digest, size, marker = hashlib.sha256(), 0, Marker(tolerances_of(plan), copy_key(nonce))
    with latin(held) as lines:
        for piece in _pieces(marker.written(lines)):
            digest.update(piece)
            size += len(piece)
            sink.write(piece)
    sink.seek(0)
    return Written(sink, nonce, digest.hexdigest(), size, marker.marks)


def _pieces(texts: Iterable[str]) -> Iterable[bytes]:
    held: list[str] = []
    length = 0
    for text in texts:
        held.append(text)
        length += len(text)
        if length > 1 << 16:
            yield "".join(held).encode("latin-1")
            held, length = [], 0
    yield "".join(held).encode("latin-1")


@operation("delivery.copy.register")
@covers("F13", "F5")
def register_copy(*, plan: MarkPlan, grant: AccessGrant, written: Written, actor: Actor, clock: Clock) -> Copy:
    """This will keep a copy's hash and how it was made; part of handing it out."""
    at = clock.now()
    require(actor, "delivery.grant.use", subject=grant, at=at)
    made = Copy.objects.create(code=new_code("CPY"), plan=plan, grant=grant, buyer=grant.buyer.code, nonce=written.nonce,
                               sha256=written.sha256, registered_sha256=plan.file_sha256, size=written.size, marks=written.marks, at=at)
    record(CopyHandedOut(subject=made.code, delivery=grant.delivery.code, grant=grant.code, sha256=made.sha256,
                         registered_sha256=made.registered_sha256, marks=made.marks), actor=actor, at=at)
    return made


@covers("F5", "F13")
def hand_out(*, delivery: Delivery, token: str, purpose: str = "", actor: Actor, clock: Clock) -> HandedOut:
    """This will spend the token and return what goes to its buyer: the registered file, or a copy marked for this token alone.

    Every way a delivered file leaves the house begins here.
    """
    plan, grant, written = plan_of(delivery.version), None, None
    if plan is not None:
        grant = AccessGrant.objects.select_related("delivery__deposit", "buyer").filter(
            delivery=delivery, token_hash=token_hash(token), status=GrantStatus.ACTIVE).first()
        written = _written(plan, grant)
    shown = show_token(delivery=delivery, token=token, purpose=purpose, copy=(written.sha256, written.size) if written else None,
                       actor=actor, clock=clock)
    held = handed(shown)
    if plan is None:
        return _registered(held, shown)
    if grant is None or written is None or held.sha256 != plan.file_sha256:
        raise Rejected("delivery.copy.not_written", delivery=delivery.code)
    with transaction.atomic():
        register_copy(plan=plan, grant=grant, written=written, actor=actor, clock=clock)
    return _copied(held, written, shown)


@covers("F5", "F13")
def hand_on(shown: Shown) -> HandedOut:
    """This will return what a resumed fetch goes on with: the very bytes it began with, a marked copy written anew from its nonce."""
    held = handed(shown)
    assert shown.fetch is not None, "what is resumed is being fetched"
    if shown.fetch.sha256 == held.sha256:
        return _registered(held, shown)
    made = Copy.objects.select_related("plan").filter(grant=shown.grant, sha256=shown.fetch.sha256).first()
    written = write_copy(held, made.plan, made.nonce) if made else None
    if written is None or written.sha256 != shown.fetch.sha256:
        raise Rejected("delivery.copy.not_written", delivery=shown.grant.delivery.code)
    return _copied(held, written, shown)


def _registered(held: Deposit, shown: Shown) -> HandedOut:
    assert shown.fetch is not None, "what is handed over is being fetched"
    return HandedOut(open_deposit(held), held.name, held.media_type, held.sha256, held.size, held.sha256, shown.fetch)


def _copied(held: Deposit, written: Written, shown: Shown) -> HandedOut:
    assert shown.fetch is not None, "what is handed over is being fetched"
    return HandedOut(written.file, held.name, held.media_type, written.sha256, written.size, held.sha256, shown.fetch)


def _written(plan: MarkPlan, grant: AccessGrant | None) -> Written | None:
    """The copy for a token that may be good; whether it is the fetch decides, which an empty one reaches too."""
    held = grant.delivery.deposit if grant else None
    if held is None or held.sha256 != plan.file_sha256:
        return None
    try:
        written = write_copy(held, plan, secrets.token_hex(16))
    except (OSError, Rejected) as fault:
        raise Rejected("delivery.copy.not_written", delivery=grant.delivery.code if grant else "") from fault
    if not written.marks:
        raise Rejected("delivery.copy.not_written", delivery=grant.delivery.code if grant else "")
    return written
