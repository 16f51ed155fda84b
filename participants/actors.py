"""From a sign-in to the actor that operations and evidence know: person and organisation by their codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from participants.models import Membership, User
from participants.predicates import in_force

__all__ = ["VISITOR", "acting_for", "actor_of"]

#: Nobody signed in. Never ``kit.actors.SYSTEM``: a visitor holds no role and no system right.
VISITOR = Actor(person="VISITOR")


@covers("T37", "T43")
def acting_for(user: Any) -> int:
    """This will return the key of the organisation a sign-in sees with now; 0 for a visitor, a shell and a former member.

    Every ``visible_to`` asks here, so that lists, pages and acts have one answer to whose eyes these are.
    """
    if not getattr(user, "is_authenticated", False):
        return 0
    return actor_of(user).organization_id or 0


@covers("T43")
def actor_of(user: User, *, at: datetime | None = None) -> Actor:
    """This will name the person and the organisation acted for: the chosen one, else that of the newest membership.

    Only an organisation where a membership is in force (``at``, else now by the market's clock) is named, so a former member
    acts for nobody. The answer carries no right: ``require`` reads the roles at the act.
    """
    if not user.is_authenticated:
        return VISITOR
    person = user.person
    running = Membership.objects.filter(in_force(at or MARKET_CLOCK.now()), person=person).select_related("organization")
    seats = [row.organization for row in running.order_by("-effective_from", "-id")] if person and user.is_active else []
    organization = next((one for one in seats if one.pk == user.acting_for_id), seats[0] if seats else None)
    return Actor(
        user_id=user.pk,
        organization_id=organization.pk if organization else None,
        person=person.code if person else f"USER-{user.pk}",
        organization=organization.code if organization else "",
    )
