"""From a sign-in to the actor that operations and evidence know: person and organisation by their codes."""

from __future__ import annotations

from kit.actors import Actor
from participants.models import Membership, User

__all__ = ["VISITOR", "actor_of"]

#: Nobody signed in. Never ``kit.actors.SYSTEM``: a visitor holds no role and no system right.
VISITOR = Actor(person="VISITOR")


def actor_of(user: User) -> Actor:
    """This will name the person and the organisation acted for: the chosen one, else that of the newest membership.

    The answer carries no right: ``require`` reads the memberships in force at the act.
    """
    if not user.is_authenticated:
        return VISITOR
    person, organization = user.person, user.acting_for
    if person is not None and organization is None:
        newest = Membership.objects.filter(person=person).select_related("organization").order_by("-effective_from", "-id").first()
        organization = newest.organization if newest else None
    return Actor(
        user_id=user.pk,
        organization_id=organization.pk if organization else None,
        person=person.code if person else f"USER-{user.pk}",
        organization=organization.code if organization else "",
    )
