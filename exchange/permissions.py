"""The hall's own rows of the permission map."""

from __future__ import annotations

from kit.permissions import register_permissions
from participants.predicates import anyone

__all__: list[str] = []

register_permissions({
    "exchange.api.see": anyone,
    "exchange.page.see": anyone,
})
