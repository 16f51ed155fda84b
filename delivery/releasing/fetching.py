"""Looking at an output's file: a reviewer while it is open, the buyer by a one-time token once it is released. Every look is on record."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from delivery.access import token_hash
from delivery.gates import times_used
from delivery.release_events import OutputLooked, OutputTokenIssued
from delivery.release_models import OUTPUT_OPEN, Output, OutputLook, OutputToken
from delivery.releasing.reviewing import refuse_reviewer
from delivery.states import OutputStatus
from delivery.using import of_using, under_stop
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.gates import pass_all
from participants.models import User
from participants.permissions import require
from participants.queries import parameter

__all__ = ["IssuedOutput", "fetch_output", "issue_output", "look_at_output"]

_MOST_TOKENS = 4


@dataclass(frozen=True)
class IssuedOutput:
    """A token, shown this once."""

    token: str
    row: OutputToken


def _held(output: Output) -> Output:
    return Output.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delivery__seller", "delivery__buyer", "delivery__version", "delivery__trade__venue", "organization", "deposit").get(pk=output.pk)


def _looked(held: Output, role: str, *, actor: Actor, clock: Clock) -> Deposit:
    at = clock.now()
    OutputLook.objects.create(output=held, user=User.objects.get(pk=actor.user_id or 0), role=role, at=at)
    record(OutputLooked(subject=held.code, delivery=held.delivery.code, role=role, sha256=held.sha256), actor=actor, at=at)
    assert held.deposit is not None, "what is reviewed was kept"
    return held.deposit


@covers("F9", "W14")
@operation("delivery.output.look")
def look_at_output(*, output: Output, actor: Actor, clock: Clock) -> Deposit:
    """This will give a reviewer the file, and put the look on record before the first byte leaves."""
    held = _held(output)
    at = clock.now()
    require(actor, "delivery.output.review", subject=held.delivery, at=at)
    if held.status not in OUTPUT_OPEN:
        raise Rejected("delivery.output.closed", output=held.code)
    refuse_reviewer(held, actor, at=at)
    return _looked(held, "review", actor=actor, clock=clock)


@covers("F9", "F5")
@operation("delivery.output.issue")
def issue_output(*, output: Output, actor: Actor, clock: Clock) -> IssuedOutput:
    """This will give the buyer a one-time token for a released output; one still unused ends by it."""
    held = _held(output)
    at = clock.now()
    require(actor, "delivery.grant.issue", subject=held.delivery, at=at)
    if held.status != OutputStatus.RELEASED:
        raise Rejected("delivery.output.not_released", output=held.code)
    one = held.delivery
    pass_all([under_stop(one), *of_using(one, at=at, calls=times_used(one) + 1)])
    if held.tokens.count() >= _MOST_TOKENS:
        raise Rejected("delivery.output.tokens_used", output=held.code)
    held.tokens.filter(used_at__isnull=True, replaced_at__isnull=True).update(replaced_at=at)
    token = secrets.token_urlsafe(32)
    hours = int(parameter("delivery.token_hours", venue=held.delivery.trade.venue, at=at))
    row = OutputToken.objects.create(output=held, token_hash=token_hash(token), issued_to=User.objects.get(pk=actor.user_id or 0),
                                     issued_at=at, expires_at=at + timedelta(hours=hours))
    record(OutputTokenIssued(subject=held.code, delivery=held.delivery.code, number=held.tokens.count(), expires_at=row.expires_at),
           actor=actor, at=at)
    return IssuedOutput(token, row)


@covers("F9", "T63")
@operation("delivery.output.fetch")
def fetch_output(*, output: Output, token: str, actor: Actor, clock: Clock) -> Deposit:
    """This will spend a token and give the file: once, in time, to the buyer alone."""
    held = _held(output)
    at = clock.now()
    require(actor, "delivery.grant.use", subject=held.delivery, at=at)
    found = OutputToken.objects.select_for_update(no_key=True).filter(output=held, token_hash=token_hash(token)).first()
    if found is None or found.used_at or found.replaced_at or found.expires_at <= at or held.status != OutputStatus.RELEASED:
        raise Rejected("delivery.output.token_spent", output=held.code)
    pass_all([under_stop(held.delivery), *of_using(held.delivery, at=at, calls=times_used(held.delivery) + 1)])
    found.used_at = at
    found.save(update_fields=["used_at"])
    return _looked(held, "fetch", actor=actor, clock=clock)
