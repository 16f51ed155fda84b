"""What the supervision desk may do with a table: look. Acts are operations on pages of their own, never a change form (T41)."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from evidence.clock import MARKET_CLOCK
from participants.permissions import allowed

__all__ = ["DeskAdmin"]


class DeskAdmin(ModelAdmin):  # type: ignore[misc]
    """Base of every table at the desk: read-only, no bulk actions, seen by whoever holds a desk's role now.

    A room may narrow who looks by naming a permission in ``seen_by``.
    """

    actions = None
    list_per_page = 50
    show_full_result_count = False
    seen_by = "exchange.desk.enter"

    def _seen(self, request: HttpRequest) -> bool:
        return allowed(request.actor, self.seen_by, at=MARKET_CLOCK.now())  # type: ignore[attr-defined]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._seen(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._seen(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
