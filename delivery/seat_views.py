"""Naming and releasing the people who may use what was bought, on the delivery's page (R121)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from delivery.models import Delivery, Seat
from delivery.seats import end_seat, name_seat
from delivery.views import act_on
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.numerals import whole
from kit.rejected import Rejected
from participants.models import Person

__all__ = ["name", "release"]


@login_required
@require_POST
def name(request: HttpRequest, code: str) -> HttpResponse:
    """One of the buyer's people is named."""

    def act(one: Delivery, actor: Actor) -> None:
        person = Person.objects.filter(code=request.POST.get("person", "")[:16]).first()
        name_seat(delivery=one, person=person, actor=actor, clock=MARKET_CLOCK)

    return act_on(request, code, act, _("已指定，此人可以取用。"))


@login_required
@require_POST
def release(request: HttpRequest, code: str) -> HttpResponse:
    """A person named is released; the seat is free again."""

    def act(one: Delivery, actor: Actor) -> None:
        key = request.POST.get("seat", "")
        seat = Seat.objects.filter(delivery=one, pk=whole(key, digits=17) or 0).first()
        if seat is None:
            raise Rejected("participants.object.absent")
        end_seat(seat=seat, reason=request.POST.get("reason", ""), actor=actor, clock=MARKET_CLOCK)

    return act_on(request, code, act, _("已撤下，名额空出。"))
