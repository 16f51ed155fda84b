"""The edge of the API: strict JSON, problem documents, deny by default, idempotency keys, cursors, exact limits."""

from __future__ import annotations

import contextlib
import json
import uuid
from typing import ClassVar

import pytest
from django.test import Client, override_settings
from django.urls import path
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from exchange import limits
from exchange.limits import Rate, take
from kit.coverage import covers
from kit.permissions import register_permissions
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.edge import CursorPages, FenField, LineField, Requires, StrictSerializer, actor_for, idempotent, strict_json
from participants.models import Organization
from participants.operations import issue_token, register_organization, revoke_token
from participants.predicates import anyone, holds
from participants.roles import Role
from tests.factories import clock, make_organization, make_user
from tests.threads import in_threads

register_permissions({"test.bid.place": (BID := holds(Role.BUYER)), "test.board.see": (SEE := anyone)})


class BidBody(StrictSerializer):
    amount_fen = FenField(minimum=100)
    name = LineField(max_length=20, required=False)


class Bids(APIView):
    permission_classes = [Requires(GET="test.board.see", POST="test.bid.place")]

    def get(self, request):
        return Response({"who": actor_for(request).code})

    @idempotent
    def post(self, request):
        body = BidBody(data=request.data)
        body.is_valid(raise_exception=True)
        if body.validated_data["amount_fen"] == 666:
            raise Rejected("participants.standing.suspended")
        made = register_organization(name=f"机构{body.validated_data['amount_fen']}", actor=actor_for(request), clock=clock())
        return Response({"code": made.code, "amount_fen": body.validated_data["amount_fen"]}, status=201)


class EveryField(serializers.ModelSerializer):
    """The naive body: the model's own fields, whichever a caller names."""

    class Meta:
        model = Organization
        fields = "__all__"


class Naive(APIView):
    """The naive endpoint of T40: it writes what was sent."""

    permission_classes = [Requires(GET="test.board.see", POST="test.bid.place")]

    def post(self, request):
        body = EveryField(request.user.acting_for, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        body.save()
        return Response({}, status=201)


class Unnamed(APIView):
    def get(self, request):
        return Response({})


class Broken(APIView):
    permission_classes = [Requires("test.board.see")]

    def get(self, request):
        raise ZeroDivisionError("secret detail")


class Row(serializers.ModelSerializer):
    class Meta:
        model = Organization
        fields: ClassVar[list[str]] = ["code"]


class Listed(APIView):
    permission_classes = [Requires("test.board.see")]
    ordering = ("-created_at", "-pk")

    def get(self, request):
        pages = CursorPages()
        rows = pages.paginate_queryset(Organization.objects.all(), request, self)
        return pages.get_paginated_response(Row(rows, many=True).data)


urlpatterns = [path("api/t/bids/", Bids.as_view()), path("api/t/unnamed/", Unnamed.as_view()), path("api/t/broken/", Broken.as_view()),
               path("api/t/listed/", Listed.as_view()), path("api/t/naive/", Naive.as_view())]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.exchange.test_edge")]


def caller(role=Role.BUYER, scopes=("read", "test")) -> tuple[Client, object]:
    user = make_user(role)
    import participants.people as people

    known = people.TOKEN_SCOPES
    people.TOKEN_SCOPES = (*known, "test")
    try:
        token, clear = issue_token(user=user, organization=user.acting_for, name="t", scopes=scopes, days=1, actor=actor_of(user),
                                   clock=clock())
    finally:
        people.TOKEN_SCOPES = known
    return Client(headers={"Authorization": f"Token {clear}"}, raise_request_exception=False), token


def post(client: Client, body: str | bytes, key: str = "key-00000001", **headers: str):
    return client.post("/api/t/bids/", body, content_type="application/json", headers={"Idempotency-Key": key, **headers})


# ---- strict JSON -------------------------------------------------------------------------------------------------------------

BAD = ['{"a": NaN}', '{"a": Infinity}', '{"a": -Infinity}', '{"a": 1e400}', '{"a": 1.5}', '{"a": 1e3}', '{"a": 1, "a": 2}',
       '{"a": -0}',
       '{"a": 9007199254740992}', '{"a": ' + "9" * 5000 + "}", "[" * 21 + "]" * 21, '{"a": "\\ud800"}', '{"a": "x\\u0000"}',
       "{", "", "{'a': 1}",
       '{"a": 1} {"b": 2}', '\ufeff{"a": 1}', '{"a": ' + '{"a": ' * 5000 + "1" + "}" * 5001]


@covers("T52")
@pytest.mark.parametrize("text", BAD)
def test_json_that_lies_is_refused_where_the_naive_reader_takes_some(text: str) -> None:
    with pytest.raises(ValueError):
        strict_json(text.encode("utf-8", "surrogatepass"))


@covers("T52")
def test_the_naive_reader_takes_what_the_strict_one_refuses() -> None:
    taken = [text for text in BAD[:8] if json.loads(text) is not None]
    assert len(taken) == 8


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1)
                    | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(
                        st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5), inner, max_size=4), max_leaves=20))
def test_what_the_log_can_hold_is_read_as_it_is(value) -> None:
    assert strict_json(json.dumps(value).encode()) == value
    assert strict_json(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        strict_json(raw)


# ---- problem documents and gates ---------------------------------------------------------------------------------------------


@covers("T39")
def test_a_view_without_a_named_permission_is_denied() -> None:
    client, _ = caller()
    assert client.get("/api/t/unnamed/").status_code == 403
    assert Client().get("/api/t/unnamed/").status_code == 401
    assert client.put("/api/t/bids/", "{}", content_type="application/json").status_code == 403  # no name for PUT


def test_a_problem_has_one_shape_and_the_callers_language() -> None:
    buyer, _ = caller()
    for language, title in (("zh-Hans", "已停权"), ("en", "Suspended")):
        answer = post(buyer, '{"amount_fen": 666}', **{"Accept-Language": language})
        body = answer.json()
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
        assert body["title"] == title and body["code"] == "participants.standing.suspended"
        assert set(body) == {"type", "title", "status", "code", "detail", "article", "next", "errors", "params", "request"}
        assert body["next"]["href"] == "/desk/credit/"


@covers("T40")
@pytest.mark.parametrize(("body", "field", "code"), [
    ('{"amount_fen": 1000, "state": "won"}', "state", "unknown"), ('{"amount_fen": 1000, "is_staff": true}', "is_staff", "unknown"),
    ('{"amount_fen": "1000"}', "amount_fen", "invalid"), ('{"amount_fen": true}', "amount_fen", "invalid"),
    ('{"amount_fen": "１２００"}', "amount_fen", "invalid"), ('{"amount_fen": "1e3"}', "amount_fen", "invalid"),
    ('{"amount_fen": -1}', "amount_fen", "invalid"), ('{"amount_fen": 99}', "amount_fen", "minimum"), ("{}", "amount_fen", "required"),
    ('{"amount_fen": 1000, "name": "a\\u202eb"}', "name", "invisible"), ('{"amount_fen": 1000, "name": 5}', "name", "invisible"),
])
def test_a_wrong_or_unknown_field_is_named(body: str, field: str, code: str) -> None:
    buyer, _ = caller()
    answer = post(buyer, body)
    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]
    assert not Organization.objects.filter(name__startswith="机构").exists()


@covers("T40")
def test_a_body_of_the_models_own_fields_lets_a_caller_write_what_is_not_its_own() -> None:
    """The mutant of T40: the words that the strict body names and refuses are taken and saved; of these fields only standing and
    band are kept by the database itself."""
    buyer, token = caller()
    body = {"uscc_warning": True, "short_name": "别家", "unheard": 1}
    strict = post(buyer, json.dumps({"amount_fen": 1000} | body))
    assert sorted(one["field"] for one in strict.json()["errors"]) == sorted(body)
    assert buyer.post("/api/t/naive/", json.dumps(body), content_type="application/json").status_code == 201
    written = Organization.objects.get(pk=token.user.acting_for.pk)
    assert (written.uscc_warning, written.short_name) == (True, "别家")


def test_an_unreadable_body_and_the_unforeseen_are_problems_too() -> None:
    buyer, _ = caller()
    assert post(buyer, '{"a": NaN}').json()["code"] == "exchange.request.unreadable"
    answer = buyer.get("/api/t/broken/")
    assert answer.status_code == 500 and answer.json()["code"] == "exchange.fault" and b"secret" not in answer.content
    assert buyer.post("/api/t/bids/", "a=1", content_type="application/x-www-form-urlencoded",
                      headers={"Idempotency-Key": "key-00000009"}).status_code == 415


@covers("T46")
def test_a_key_is_scoped_revoked_and_its_owner_may_lose_the_role() -> None:
    reader, token = caller(scopes=("read",))
    assert reader.get("/api/t/bids/").json()["who"].startswith("ORG-")
    assert post(reader, '{"amount_fen": 1000}').status_code == 403
    revoke_token(token=token, actor=actor_of(token.user), clock=clock())
    assert reader.get("/api/t/bids/").status_code == 401
    assert Client(headers={"Authorization": "Token dxt_nonsense"}).get("/api/t/bids/").status_code == 401
    merchant, _ = caller(Role.DATA_MERCHANT)
    assert post(merchant, '{"amount_fen": 1000}').status_code == 403
    writer, token = caller()
    token.user.is_active = False
    token.user.save()
    assert writer.get("/api/t/bids/").status_code == 401


@covers("T45")
def test_a_session_must_prove_its_origin_on_unsafe_calls() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user(Role.BUYER), backend="django.contrib.auth.backends.ModelBackend")
    answer = post(browser, '{"amount_fen": 1000}')
    assert answer.status_code == 403 and answer.json()["code"] == "exchange.request.forged"


# ---- idempotency -------------------------------------------------------------------------------------------------------------


@covers("I22", "T4")
def test_the_second_call_gets_the_first_bytes_and_changes_nothing() -> None:
    buyer, _ = caller()
    first = post(buyer, '{"amount_fen": 1000}')
    again = post(buyer, '{"amount_fen": 1000}')
    assert (first.status_code, again.status_code) == (201, 201) and first.content == again.content
    assert again["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first
    assert Organization.objects.filter(name="机构1000").count() == 1
    other = post(buyer, '{"amount_fen": 1001}')
    assert (other.status_code, other.json()["code"]) == (422, "evidence.command.key_reused")
    assert post(buyer, '{"amount_fen": 1000}', key="short").json()["code"] == "exchange.request.key_missing"
    stranger, _ = caller()
    assert post(stranger, '{"amount_fen": 1001}').status_code == 201, "a key belongs to its actor"


def test_a_refused_call_leaves_its_key_free() -> None:
    buyer, _ = caller()
    assert post(buyer, '{"amount_fen": 666}').status_code == 403
    assert post(buyer, '{"amount_fen": 1000}').status_code == 201


# ---- cursors -----------------------------------------------------------------------------------------------------------------


def test_pages_show_every_row_once_and_no_total() -> None:
    made = {make_organization().code for _ in range(23)} | set(Organization.objects.values_list("code", flat=True))
    client, seen, after = Client(), [], ""
    while True:
        body = client.get("/api/t/listed/", {"limit": "7", **({"after": after} if after else {})}).json()
        assert set(body) == {"items", "next"}
        seen += [row["code"] for row in body["items"]]
        if not (after := body["next"]):
            break
    assert len(seen) == len(set(seen)) and set(seen) == made
    assert client.get("/api/t/listed/", {"after": "forged"}).status_code == 400
    for wrong in ("0", "101", "x", "٣", "²", "0100000", "9" * 5_000):
        assert client.get("/api/t/listed/", {"limit": wrong}).status_code == 400


# ---- limits ------------------------------------------------------------------------------------------------------------------


def _many(key: str, rate: Rate, calls: int) -> int:
    return in_threads(calls, lambda _: take(key, rate)).count(0)


@covers("T46")
@pytest.mark.django_db(transaction=True)
def test_forty_calls_at_once_pass_exactly_five_with_redis_and_without(monkeypatch) -> None:
    assert _many(f"redis {uuid.uuid4()}", Rate(5, 3600), 40) == 5
    monkeypatch.setattr(limits, "_in_redis", lambda *_: (_ for _ in ()).throw(OSError("down")))
    assert _many(f"postgres {uuid.uuid4()}", Rate(5, 3600), 20) == 5


def test_where_nothing_counts_the_call_is_refused(monkeypatch) -> None:
    from django.db import DatabaseError

    monkeypatch.setattr(limits, "_in_redis", lambda *_: (_ for _ in ()).throw(OSError("down")))
    monkeypatch.setattr(limits, "connection", type("Down", (), {"cursor": lambda self: (_ for _ in ()).throw(DatabaseError())})())
    with pytest.raises(Rejected) as caught:
        take("x", Rate(5))
    assert caught.value.status == 503


def test_over_the_limit_the_answer_says_when_to_come_back() -> None:
    client = Client()
    with override_settings(API_READS_PER_MINUTE=2):
        statuses = [client.get("/api/t/bids/", REMOTE_ADDR="10.1.1.1").status_code for _ in range(3)]
        answer = client.get("/api/t/bids/", REMOTE_ADDR="10.1.1.1", headers={"X-Forwarded-For": "1.2.3.4"})
    assert statuses[-1] == 429 and answer.status_code == 429, "a forged forwarding header opens no second purse"
    assert int(answer["Retry-After"]) >= 1
