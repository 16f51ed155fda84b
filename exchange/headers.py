"""Headers that every answer carries beside Django's own (quality/reliability §4.1); /admin/ and /api/docs/ have their own policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER, NONE, SELF
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

__all__ = ["HeadersMiddleware", "PolicyMiddleware"]

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone",
                    "midi", "payment", "usb", "xr-spatial-tracking")
)
#: The supervision desk's theme needs eval and inline style; the API's docs inline style. Neither shows a stranger's code.
OWN_POLICIES: dict[str, dict[str, Any]] = {
    "/admin/": {"script-src": [SELF, "'unsafe-eval'"], "style-src": [SELF, "'unsafe-inline'"], "object-src": [NONE]},
    "/api/docs/": {"style-src": [SELF, "'unsafe-inline'"]},
}


#: What a view or another step may have said of an answer's policy.
_SAID = frozenset(f"_csp_{word}{ro}" for word in ("config", "update", "replace", "exempt") for ro in ("", "_ro"))


class PolicyMiddleware(CSPMiddleware):
    """Writes the house's own policy once and puts it on every answer that says nothing else of it; else the library builds one."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        policy = settings.CONTENT_SECURITY_POLICY
        if (HEADER in response or hasattr(request, "_csp_nonce") or not _SAID.isdisjoint(vars(response))
                or policy["EXCLUDE_URL_PREFIXES"] or hasattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY")):
            return super().process_response(request, response)
        if getattr(self, "_written", (None,))[0] is not policy:
            self._written = policy, build_policy()
        response[HEADER] = self._written[1]
        return response


class HeadersMiddleware:
    """Turns device features off, keeps answers on this origin, and keeps signed-in pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.setdefault("Cache-Control", "no-store")
        for prefix, changes in OWN_POLICIES.items():
            if request.path.startswith(prefix) and not hasattr(response, "_csp_update"):
                response._csp_update = changes  # type: ignore[attr-defined]
        return response
