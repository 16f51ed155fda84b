"""The two sides of a trade 买卖双方."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["Side"]


class Side(models.TextChoices):
    SELLER = "seller", _("卖方")
    BUYER = "buyer", _("买方")
