"""The edge of the API as every room uses it: strict JSON in, gates by permission name, keys of idempotency, pages by cursor.

Deny by default: a view that names no permission is refused (``exchange.api.Denied``). Rules stand in operations; an endpoint
reads the request, calls one operation or query, and writes the answer (lifecycles §4).
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from hmac import compare_digest
from typing import Any, ClassVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework import exceptions, serializers
from rest_framework.pagination import BasePagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evidence.clock import MARKET_CLOCK
from evidence.operations import Reply, fingerprint_of, once
from evidence.prepared import prepared
from kit.actors import Actor
from kit.coverage import covers
from kit.money import MAX_FEN, parse_fen
from kit.numerals import whole
from kit.permissions import permission_map
from kit.rejected import Rejected
from participants.actors import VISITOR, actor_of
from participants.models import ApiToken
from participants.permissions import allowed
from participants.predicates import anyone

__all__ = [
    "CursorPages", "FenField", "KeyAuthentication", "LineField", "Requires", "StrictJSONParser", "StrictSerializer", "actor_for",
    "idempotent", "json_list", "limit_in", "strict_json",
]

MAX_BODY = 1024 * 1024
MAX_DEPTH = 20
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_KEY = re.compile(r"[\x21-\x7e]{8,80}")
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


# ---- strict JSON -------------------------------------------------------------------------------------------------------------


class _Unreadable(ValueError):
    """Why a body is not taken."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unreadable(_("同一对象中有重复的名称"))
    return found


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_FEN or text == "-0":
        raise _Unreadable(_("数字须为绝对值小于 2^53 的整数"))
    return int(text)


def _no_fraction(text: str) -> Any:
    raise _Unreadable(_("数字须为整数：不得有小数、指数、NaN 或无穷"))


@covers("T52")
def strict_json(raw: bytes) -> Any:
    """This will read a JSON body or raise ``ValueError`` with the reason.

    Taken: UTF-8 without mark, at most 1 MB and 20 levels, names once per object, whole numbers below 2^53, no NUL and no
    lone surrogate. Not taken: what ``json.loads`` lets through besides (NaN, 1e400, repeated names).
    """
    if len(raw) > MAX_BODY:
        raise _Unreadable(_("内容超过 1 MB"))
    text = raw.decode("utf-8")
    depth = 0
    for token in _TOKENS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.group(), 0)
        if depth > MAX_DEPTH:
            raise _Unreadable(_("嵌套超过 20 层"))
    value = json.loads(text, object_pairs_hook=_pairs, parse_int=_whole, parse_float=_no_fraction, parse_constant=_no_fraction)
    for one in _strings(value):
        if "\x00" in one or any("\ud800" <= character <= "\udfff" for character in one):
            raise _Unreadable(_("文字中有 NUL 或孤立的代理码位"))
    return value


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


class StrictJSONParser(JSONParser):
    """JSON as ``strict_json`` takes it (M24, M27)."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return strict_json(stream.read(MAX_BODY + 1))
        except RecursionError:
            raise exceptions.ParseError(_("嵌套超过 20 层")) from None
        except ValueError as unreadable:
            raise exceptions.ParseError(_why(unreadable)) from unreadable


def _why(unreadable: ValueError) -> str:
    """This will say in the caller's language what the reader of JSON says in English."""
    if isinstance(unreadable, json.JSONDecodeError):
        return _("第 %(line)s 行第 %(column)s 列起不是 JSON") % {"line": unreadable.lineno, "column": unreadable.colno}
    return _("不是 UTF-8 文字") if isinstance(unreadable, UnicodeDecodeError) else str(unreadable)


# ---- fields ------------------------------------------------------------------------------------------------------------------


class FenField(serializers.Field):
    """An amount in whole fen: a JSON number, never a text, a fraction, or another script's digits."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": gettext_lazy("须为整数分"), "minimum": gettext_lazy("至少 {minimum} 分")}

    def __init__(self, *, minimum: int = 0, **named: Any) -> None:
        super().__init__(**named)
        self.minimum = minimum

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        try:
            amount = parse_fen(data)
        except ValueError:
            self.fail("invalid")
        if amount < self.minimum:
            self.fail("minimum", minimum=self.minimum)
        return amount

    def to_representation(self, value: int) -> int:
        return int(value)


class LineField(serializers.CharField):
    """A text without invisible or direction marks, which make one name look like another (M24)."""

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if not isinstance(data, str) or _INVISIBLE.search(text):
            raise serializers.ValidationError(_("含不可见字符"), code="invisible")
        return text


class StrictSerializer(serializers.Serializer):
    """Fields as named and no others: an unknown name is a fault, never silently dropped (T40)."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({name: [exceptions.ErrorDetail(_("未知字段"), code="unknown")] for name in unknown})
        return super().to_internal_value(data)


# ---- who acts, and may he ----------------------------------------------------------------------------------------------------


@prepared
def _keys(beginning: str) -> QuerySet[ApiToken]:
    """Keys that begin so, with their person and organisation."""
    return ApiToken.objects.filter(token_key=beginning)


class KeyAuthentication(TokenAuthentication):
    """A program's key: hashed, ending, revocable; it acts for the organisation it was made for (T46)."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, ApiToken]:
        """This will find the key by one statement whose plan is kept, with whom it speaks for."""
        text = token.decode("utf-8", "replace")
        with suppress(TypeError, binascii.Error):  # what is no key at all
            for one in _keys(text[:CONSTANTS.TOKEN_KEY_LENGTH]):
                if not self._cleanup_token(one) and compare_digest(hash_token(text), one.digest):
                    return self.validate_user(one)
        raise exceptions.AuthenticationFailed("no such key")

    def validate_user(self, auth_token: ApiToken) -> tuple[Any, ApiToken]:
        if auth_token.revoked_at is not None:
            raise exceptions.AuthenticationFailed("the key is revoked")
        found: tuple[Any, ApiToken] = super().validate_user(auth_token)
        found[0].acting_for_id = auth_token.organization_id  # for this request only: lists see with the key's eyes, not the session's
        return found

    def _cleanup_token(self, auth_token: ApiToken) -> bool:
        """An ended key is refused and kept on file (keys end on wall time)."""
        return auth_token.expiry is None or auth_token.expiry <= timezone.now()  # wall clock: sign-ins and keys


def actor_for(request: Request) -> Actor:
    """This will name the actor of an API request: the key's person and organisation, else those of the session."""
    if isinstance(request.auth, ApiToken):
        person = request.auth.user.person
        return Actor(user_id=request.auth.user_id, organization_id=request.auth.organization_id, person=person.code if person else "KEY",
                     organization=request.auth.organization.code)
    return actor_of(request.user) if request.user.is_authenticated else VISITOR


@covers("T39")
def Requires(name: str = "", **by_method: str) -> type[BasePermission]:
    """This will make the gate of a view: one permission name, or one for each method (``GET="…", POST="…"``).

    A key must carry the scope ``read`` for safe requests, else the room of the permission. A method without a name is denied.
    """

    class Gate(BasePermission):
        names: ClassVar[dict[str, str]] = {method.upper(): permission for method, permission in by_method.items()}
        every: ClassVar[str] = name

        def has_permission(self, request: Request, view: Any) -> bool:
            if request.method == "OPTIONS":
                return True
            permission = self.names.get(str(request.method), self.names.get("GET", "") if request.method == "HEAD" else "") or name
            return _passes(request, permission)

    return Gate


def _passes(request: Request, permission: str) -> bool:
    predicate = permission_map().get(permission)
    if predicate is None:
        return False
    if isinstance(request.auth, ApiToken):
        wanted = "read" if request.method in SAFE_METHODS else permission.partition(".")[0]
        if wanted not in request.auth.scopes:
            return False
    return predicate is anyone or allowed(actor_for(request), permission, at=MARKET_CLOCK.now())  # who asks anyone need not ask the clock


# ---- idempotency -------------------------------------------------------------------------------------------------------------


@covers("I22", "T4")
def idempotent(method: Callable[..., Response]) -> Callable[..., HttpResponse]:
    """This will run a mutating handler once per ``Idempotency-Key`` of the actor, in the act's own transaction.

    The second call gets the stored bytes; another body under the same key is 422, a first call still running is 409.
    """

    @wraps(method)
    def run(view: Any, request: Request, *args: Any, **named: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not _KEY.fullmatch(key):
            raise Rejected("exchange.request.key_missing")
        fingerprint = fingerprint_of(str(request.method), request.get_full_path(), request._request.body)

        def act() -> Reply:
            answer = method(view, request, *args, **named)
            return Reply(answer.status_code, JSONRenderer().render(answer.data))

        reply = once(actor=actor_for(request), key=key, fingerprint=fingerprint, act=act)
        answer = HttpResponse(reply.body, status=reply.status, content_type="application/json")
        if reply.replayed:
            answer["Idempotency-Replayed"] = "true"
        return answer

    return run


# ---- lists the database has written ---------------------------------------------------------------------------------------------


def json_list(texts: Sequence[str], following: str | None) -> HttpResponse:
    """This will answer ``{"items": […], "next": …}`` from rows that are JSON texts already; nothing is parsed to be written again."""
    body = f'{{"items":[{",".join(texts)}],"next":{json.dumps(following)}}}'
    return HttpResponse(body.encode(), content_type="application/json")


# ---- pages by cursor ---------------------------------------------------------------------------------------------------------


@covers("T46")
def limit_in(asked_for: Mapping[str, Any], *, size: int, largest: int) -> int:
    """This will read how many rows a page shall hold: ``size`` where nothing is said, never more than ``largest``."""
    found = whole(str(asked_for.get("limit", size)))
    if found is None or not 1 <= found <= largest:
        raise exceptions.ValidationError({"limit": [exceptions.ErrorDetail(_("须为 1 至 %(most)s") % {"most": largest}, code="range")]})
    return found


class CursorPages(BasePagination):
    """Lists answer ``{"items": […], "next": cursor or null}``, never a total (a total tells of rows one may not see).

    The view names ``ordering``: one field and the key, e.g. ``("-at", "-pk")``; a row may appear between pages, none is skipped
    or shown twice. The cursor is signed: it holds a position, not a query.
    """

    size = 50
    largest = 100

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        names: tuple[str, str] = getattr(view, "ordering", ("-pk", "-pk"))
        self.field, self.key = names
        after = request.query_params.get("after", "")
        limit = limit_in(request.query_params, size=self.size, largest=self.largest)
        rows = queryset.order_by(self.field, self.key)
        if after:
            rows = rows.filter(self._behind(after))
        found = list(rows[: limit + 1])
        self.next = self._cursor(found[limit - 1]) if len(found) > limit else None
        return found[:limit]


    def _behind(self, cursor: str) -> Q:
        name, key = self.field.lstrip("-"), self.key.lstrip("-")
        try:
            value, last = signing.loads(cursor, salt=f"cursor:{self.field}")
        except (signing.BadSignature, ValueError):
            raise exceptions.ValidationError({"after": [exceptions.ErrorDetail(_("游标无效：请用上一页的 next"), code="cursor")]}) from None
        step, tie = ("lt" if self.field.startswith("-") else "gt"), ("lt" if self.key.startswith("-") else "gt")
        if name == key:
            return Q(**{f"{key}__{tie}": last})
        # The first condition is one range of the index, so that the millionth page is found as the first is; the second drops the ties.
        return Q(**{f"{name}__{step}e": value}) & (Q(**{f"{name}__{step}": value}) | Q(**{f"{key}__{tie}": last}))

    def _cursor(self, row: Model) -> str:
        value = getattr(row, self.field.lstrip("-"))
        return signing.dumps([value.isoformat() if hasattr(value, "isoformat") else value, row.pk], salt=f"cursor:{self.field}")

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"items": data, "next": self.next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "required": ["items", "next"], "properties": {
            "items": schema, "next": {"type": "string", "nullable": True, "description": "cursor of the next page: ?after="}}}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": "after", "in": "query", "required": False, "schema": {"type": "string"}, "description": "cursor from `next`"},
            {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": self.largest}},
        ]
