"""Problem documents (lifecycles §4): every refusal of the API has one shape, in the caller's language, with a steady code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import get_language
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer

import exchange.refusals  # noqa: F401  (registers the edge's own refusals)
from evidence.events import rfc3339
from exchange.logs import request_id
from exchange.outages import outage_of
from kit.rejected import FieldFault, Rejected

__all__ = ["document", "problem_response", "rejected_from"]

#: what a validator says -> (zh, en); any other code keeps the validator's own words, which name its bound in the caller's language
_FAULTS: dict[str, tuple[str, str]] = {
    "required": ("必填", "required"), "null": ("不可为空", "may not be null"), "blank": ("不可为空", "may not be blank"),
    "invalid_choice": ("不在可选项中", "not one of the choices"),
}


def rejected_from(error: Exception) -> Rejected | None:
    """This will translate the framework's errors into refusals; None for what nobody anticipated."""
    if isinstance(error, Rejected):
        return error
    if (outage := outage_of(error)) is not None:
        return outage
    if isinstance(error, exceptions.ValidationError):
        return Rejected("exchange.request.invalid", errors=list(_faults(error.detail)))
    if isinstance(error, exceptions.MethodNotAllowed):
        return Rejected("exchange.method.not_allowed", method=str(error.detail).split('"')[1] if '"' in str(error.detail) else "")
    if isinstance(error, exceptions.Throttled):
        return Rejected("exchange.limit.exceeded", seconds=int(getattr(error, "wait", None) or 1))
    if isinstance(error, exceptions.ParseError):
        return Rejected("exchange.request.unreadable", why=str(error.detail))
    plain: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
        ((exceptions.NotAuthenticated,), "participants.signin.required"), ((exceptions.AuthenticationFailed,), "exchange.signin.failed"),
        ((exceptions.UnsupportedMediaType,), "exchange.media.unsupported"), ((exceptions.NotAcceptable,), "exchange.media.not_acceptable"),
        ((Http404, exceptions.NotFound), "participants.object.absent"),
    )
    for kinds, code in plain:
        if isinstance(error, kinds):
            return Rejected(code)
    if isinstance(error, (PermissionDenied, exceptions.PermissionDenied)):
        return Rejected("exchange.request.forged" if "CSRF" in str(error) else "participants.permission.denied", act="-")
    return None


def _faults(detail: Any, path: str = "") -> Iterator[FieldFault]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _faults(inner, f"{path}.{name}" if path and name != "non_field_errors" else path or str(name))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            yield from _faults(inner, path if isinstance(inner, str) else f"{path}[{number}]")
    else:
        code = str(getattr(detail, "code", "invalid"))
        yield FieldFault(path, code, _FAULTS.get(code, (str(detail), str(detail))))


def document(rejected: Rejected, *, language: str = "") -> dict[str, Any]:
    """This will build the problem document of a refusal; ``code`` and ``params`` never change with the language."""
    language = language or get_language() or settings.LANGUAGE_CODE
    step = rejected.text("next_step", language)
    index = 0 if language.startswith("zh") else 1
    return {
        "type": f"{settings.PUBLIC_ADDRESS}/api/docs/problems/#{rejected.code}",
        "title": rejected.text("title", language),
        "status": rejected.status,
        "code": rejected.code,
        "detail": rejected.text("detail", language),
        "article": rejected.article or None,
        "next": {"text": step, "href": rejected.next_href or None} if step else None,
        "errors": [{"field": fault.field, "code": fault.code, "text": fault.text[index]} for fault in rejected.errors],
        "params": {name: _plain(value) for name, value in rejected.params.items()},
        "request": request_id.get(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, (str, int)) or value is None:
        return value
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else str(value)


def problem_response(rejected: Rejected, *, language: str = "") -> HttpResponse:
    """This will answer a refusal as ``application/problem+json``, with ``Retry-After`` where waiting helps."""
    answer = HttpResponse(JSONRenderer().render(document(rejected, language=language)), status=rejected.status,
                          content_type="application/problem+json")
    if rejected.status in {409, 429, 503}:
        answer["Retry-After"] = str(rejected.params.get("seconds", 1))
    if rejected.status == 401:
        answer["WWW-Authenticate"] = "Token"
    answer["Cache-Control"] = "no-store"
    return answer
