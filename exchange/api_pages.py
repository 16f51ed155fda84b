"""/api/: the root, the schema, the documentation (offline, its own policy), and every refusal with its text."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

import exchange.api_words
import exchange.refusals  # noqa: F401  (the list shows them too)
from exchange.apps import ROOMS
from kit.rejected import registered_refusals
from participants.edge import Requires

__all__ = ["Docs", "Root", "problems", "room_addresses"]

#: Swagger's own page writes style attributes; nothing else is opened, and nothing is fetched from elsewhere
_DOCS_POLICY = {
    "default-src": [SELF], "script-src": [SELF], "style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"], "connect-src": [SELF],
    "object-src": [NONE], "base-uri": [NONE], "frame-ancestors": [NONE], "form-action": [SELF],
}


def room_addresses() -> list[URLPattern | URLResolver]:
    """This will gather ``<room>/api.py`` of every room that has one, each under its own name."""
    found: list[URLPattern | URLResolver] = []
    for room in ROOMS:
        if find_spec(f"{room}.api"):
            found.append(path("", include((import_module(f"{room}.api").urlpatterns, f"{room}_api"))))
    return found


class Root(APIView):
    """Where the API begins: schema, documentation, the rooms' lists."""

    permission_classes = [Requires("exchange.api.see")]

    @extend_schema(responses={200: dict[str, str]}, operation_id="root")
    def get(self, request: Request) -> Response:
        lists = {pattern.name: request.build_absolute_uri(f"/api/{pattern.pattern}")
                 for resolver in room_addresses() for pattern in getattr(resolver, "url_patterns", [])
                 if pattern.name and "<" not in str(pattern.pattern)}
        return Response({"schema": reverse("exchange:schema", request=request), "docs": reverse("exchange:docs", request=request),
                         "changes": reverse("exchange:changes", request=request), **lists})


class Schema(SpectacularAPIView):
    """The OpenAPI document; made from the code, so it cannot fall behind it."""

    permission_classes = [Requires("exchange.api.see")]
    http_method_names = ["get", "head"]


@method_decorator(csp(_DOCS_POLICY), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """The documentation, readable without a network."""

    url_name = "exchange:schema"
    http_method_names = ["get", "head"]
    permission_classes = [Requires("exchange.api.see")]


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """Every refusal: code, status, what it says, its rule, and the way out."""
    rows: list[Any] = sorted(registered_refusals().values(), key=lambda one: one.code)
    return render(request, "exchange/problems.html", {"refusals": rows})
