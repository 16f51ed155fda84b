"""Sign-ins of people: a new e-mail address confirmed from its own mailbox, a sign-in switched off, a lost second factor taken away.

Facts tell the person's code and what was done, never an address (I30).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from evidence.clock import MARKET_CLOCK
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.events import LoginAlarm, SignInChanged
from participants.models import EmailChange, SecondFactor, User
from participants.people import close_sockets, end_sessions
from participants.permissions import require

__all__ = ["ask_email_change", "confirm_email_change", "disable_sign_in", "enable_sign_in", "raise_login_alarm", "reset_second_factor"]

log = logging.getLogger(__name__)
#: A link to confirm an address holds so long, in seconds of wall time.
_LINK_SECONDS = 24 * 3600


def _person_code(user: User) -> str:
    return user.person.code if user.person else f"USER-{user.pk}"


def _note(user: User, change: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    record(SignInChanged(subject=_person_code(user), change=change, reason=reason), actor=actor, at=at)


# ---- e-mail ------------------------------------------------------------------------------------------------------------------


@covers("T46")
@operation("participants.signin.ask_email")
def ask_email_change(*, user: User, email: str, actor: Actor, clock: Clock) -> str:
    """This will keep a new address until it is confirmed and return the token of its link; the old address holds until then."""
    at = clock.now()
    if actor.user_id != user.pk:
        raise Rejected("participants.object.absent")
    token = secrets.token_urlsafe(32)
    EmailChange.objects.filter(user=user, used_at__isnull=True).delete()
    EmailChange.objects.create(user=user, email=email, digest=hashlib.sha256(token.encode()).hexdigest(),
                               expires_at=timezone.now() + timedelta(seconds=_LINK_SECONDS))  # wall clock: sign-ins
    _note(user, "email_asked", actor=actor, at=at)
    return token


@covers("T46")
@operation("participants.signin.confirm_email")
def confirm_email_change(*, user: User, token: str, actor: Actor, clock: Clock) -> User:
    """This will put the confirmed address in place, once, for the sign-in that asked; its other sessions end."""
    at, wall = clock.now(), timezone.now()  # wall clock: sign-ins
    rows = EmailChange.objects.select_for_update(of=("self",), no_key=True).filter(digest=hashlib.sha256(token.encode()).hexdigest())
    held = rows.filter(used_at__isnull=True, expires_at__gt=wall).first()
    if held is None or held.user_id != user.pk or actor.user_id != user.pk:
        raise Rejected("participants.signin.link_ended")
    held.used_at = wall
    held.save(update_fields=["used_at"])
    locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    locked.email, locked.session_epoch = held.email, locked.session_epoch + 1
    locked.save(update_fields=["email", "session_epoch"])
    close_sockets(locked)
    _note(locked, "email", actor=actor, at=at)
    return locked


# ---- the security administrator's acts ---------------------------------------------------------------------------------------


def _managed(user: User, reason: str, actor: Actor, at: datetime) -> User:
    require(actor, "participants.signin.manage", at=at)
    if not reason.strip():
        raise Rejected("participants.admission.reason_needed")
    held = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    own = User.objects.filter(pk=actor.user_id).values_list("person_id", flat=True).first() if actor.user_id else None
    if held.person_id is not None and held.person_id == own:
        raise Rejected("participants.signin.own")
    return held


@covers("T43", "T47")
@operation("participants.signin.disable")
def disable_sign_in(*, user: User, reason: str, actor: Actor, clock: Clock) -> User:
    """This will switch a sign-in off: every session ends at once, every socket within a moment, its programs' keys too."""
    at = clock.now()
    held = _managed(user, reason, actor, at)
    held.is_active = False
    held.save(update_fields=["is_active"])
    if held.person is not None:
        end_sessions(held.person)
    held.auth_token_set.filter(revoked_at__isnull=True).update(revoked_at=at)
    _note(held, "disabled", actor=actor, at=at, reason=reason)
    return held


@operation("participants.signin.enable")
def enable_sign_in(*, user: User, reason: str, actor: Actor, clock: Clock) -> User:
    """This will switch a sign-in on again; an erased person's stays off."""
    at = clock.now()
    held = _managed(user, reason, actor, at)
    if held.person is not None and held.person.erased_at is not None:
        raise Rejected("participants.object.absent")
    held.is_active = True
    held.save(update_fields=["is_active"])
    _note(held, "enabled", actor=actor, at=at, reason=reason)
    return held


@covers("T46", "T47")
@operation("participants.signin.reset_factor")
def reset_second_factor(*, user: User, reason: str, actor: Actor, clock: Clock) -> User:
    """This will take a lost second factor away; it is set up anew at the next sign-in, and every session ends."""
    at = clock.now()
    held = _managed(user, reason, actor, at)
    SecondFactor.objects.filter(user=held).delete()
    if held.person is not None:
        end_sessions(held.person)
    _note(held, "second_factor_reset", actor=actor, at=at, reason=reason)
    return held


# ---- alarms ------------------------------------------------------------------------------------------------------------------


@operation("participants.signin.alarm")
def raise_login_alarm(*, user: User, alarm: str, actor: Actor = SYSTEM, clock: Clock) -> None:
    """This will put on record that a sign-in was used that nobody should use; compliance makes an incident of it."""
    record(LoginAlarm(subject=_person_code(user), alarm=alarm), actor=actor, at=clock.now())


@covers("T47")
@receiver(user_logged_in)
def watch_sign_ins(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """In production nobody signs in as a superuser, nor as somebody who is no real person."""
    if not settings.PRODUCTION or not isinstance(user, User):
        return
    if user.is_superuser or user.person_id is None:
        log.critical("a sign-in that nobody should use in production was used: user %s", user.pk)
        raise_login_alarm(user=user, alarm="superuser" if user.is_superuser else "no_person", clock=MARKET_CLOCK)
