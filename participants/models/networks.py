"""From where an organisation's people and programs use what was delivered to it 使用网络: networks it put on record itself."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from participants.models.parties import Organization, User

__all__ = ["UseNetworks"]


class UseNetworksQuerySet(models.QuerySet["UseNetworks"]):
    def visible_to(self, user: Any) -> UseNetworksQuerySet:
        """One's own organisation's: how somebody's network is built is nobody else's business."""
        from participants.actors import acting_for

        return self.filter(organization_id=acting_for(user))


class UseNetworks(models.Model):
    """The networks of one organisation; none: it may use what it has from anywhere. The database takes nothing that is no network."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="use_networks")
    cidrs = ArrayField(models.CharField(max_length=43), default=list)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects = UseNetworksQuerySet.as_manager()
