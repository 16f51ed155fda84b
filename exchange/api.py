"""The API's wiring: deny by default, problem documents, the rooms' endpoints under /api/ (lifecycles §4).

Rooms take their tools from ``participants.edge``; the settings name the classes here.
"""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpResponse
from rest_framework.permissions import BasePermission

from exchange.logs import request_id
from exchange.problems import problem_response, rejected_from
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import KeyAuthentication, StrictJSONParser

__all__ = ["Denied", "KeyAuthentication", "StrictJSONParser", "problem"]

log = logging.getLogger(__name__)


@covers("T39")
class Denied(BasePermission):
    """Whatever does not name its permission is refused."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


def problem(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """This will answer any error of an API view with a problem document; the unforeseen is logged and told by its number only."""
    rejected = rejected_from(error)
    if rejected is None:
        log.exception("an API view broke", exc_info=error)
        rejected = Rejected("exchange.fault", request=request_id.get())
    return problem_response(rejected)
