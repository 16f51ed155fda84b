"""Step-up 再次确认: sensitive acts ask for the password (or the second factor) again unless it was given a short while ago (T46).

A form that is stopped comes back as a page with its fields kept, so that nothing typed is lost; the answer is posted to the same address.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import SecondFactor, User
from participants.second_factor import verify
from participants.signin_limits import count_try, forgive

__all__ = ["FIELD", "MARK", "confirm_again", "fresh", "sensitive"]

#: the session's mark of when the password was last given, and the field in which it is given again
MARK, FIELD = "confirmed_at", "confirm_password"

View = Callable[..., HttpResponseBase]


@receiver(user_logged_in)
def note_confirmation(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """A sign-in is a confirmation."""
    request.session[MARK] = int(time.time())  # wall clock: sign-ins


def fresh(request: HttpRequest) -> bool:
    """This will tell whether this session gave its password a short while ago."""
    given = request.session.get(MARK, 0)
    return isinstance(given, int) and 0 <= time.time() - given < settings.STEP_UP_SECONDS  # wall clock: sign-ins


def confirm_again(request: HttpRequest, answer: str) -> bool:
    """This will take the password, or where a second factor is set up its code, and mark the session; False when it is wrong."""
    user: Any = request.user
    tried = count_try("step_up", str(user.pk), request)
    if tried.wait:
        raise Rejected("participants.signin.locked", minutes=(tried.wait + 59) // 60)
    held = User.objects.get(pk=user.pk)
    factored = SecondFactor.objects.filter(user=held, confirmed_at__isnull=False).exists()
    if not (verify(held, answer) if factored else check_password(answer, held.password)):
        return False
    forgive(tried)
    request.session[MARK] = int(time.time())  # wall clock: sign-ins
    request.session.cycle_key()
    return True


@covers("T46")
def sensitive(view: View) -> View:
    """This will let a form through only in a session that confirmed lately; else it asks, keeping what was typed."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if request.method != "POST" or not request.user.is_authenticated or fresh(request):
            return view(request, *args, **named)
        answer, wrong = request.POST.get(FIELD, ""), False
        if answer:
            if confirm_again(request, answer):
                return view(request, *args, **named)
            wrong = True
        kept = [(name, value) for name, values in request.POST.lists() for value in values if name not in {FIELD, "csrfmiddlewaretoken"}]
        factored = SecondFactor.objects.filter(user_id=request.user.pk, confirmed_at__isnull=False).exists()
        reply = render(request, "participants/step_up.html", {"kept": kept, "field": FIELD, "wrong": wrong, "factored": factored},
                       status=428)
        reply["X-Refusal"] = "participants.signin.confirm"
        return reply

    return run
