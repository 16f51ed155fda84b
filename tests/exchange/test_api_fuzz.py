"""The API under odd requests: never a 5xx, never a trace, a path or SQL in a body, always what the schema says (T56)."""

from __future__ import annotations

import json
import os
import traceback

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from kit.coverage import covers

#: A limit answers 429 before the endpoint is asked, so that the requests of a minute would prove nothing about it.
UNLIMITED = {"API_READS_PER_MINUTE": 10**9, "API_WRITES_PER_MINUTE": 10**9}
#: Published 5,000; a run takes 1,000 unless FULL=1.
CASES = 5000 if os.environ.get("FULL") else 1000
LEAKS = ("Traceback", "psycopg", "SELECT ", "site-packages", "/exchange/", "django.")


def operations() -> list[tuple[str, str]]:
    """Every (method, path) of the published schema."""
    schema = json.loads(Client().get("/api/schema/", {"format": "json"}).content)
    return [(method, path) for path, methods in schema["paths"].items() for method in methods if method != "parameters"]


@override_settings(**UNLIMITED)
def tried(cases: int, method: str = "") -> tuple[int, int]:
    """Generates requests from the published schema and looks at every answer; returns how many, over how many operations."""
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance

    from exchange.wsgi import application

    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    found = [one.ok() for one in schema.get_all_operations() if method in ("", one.ok().method.upper())]
    each = max(5, -(-cases // len(found)))
    told = 0
    for one in found:

        @seed(20261122)
        @settings(max_examples=each, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))
        @given(case=one.as_strategy())
        def run(case: schemathesis.Case) -> None:
            nonlocal told
            told += 1
            answer = case.call()
            case.validate_response(answer, checks=[not_a_server_error, response_schema_conformance])
            assert answer.status_code != 429, "a limit answered in the endpoint's place"
            body = answer.content.decode(errors="replace")
            assert not [leak for leak in LEAKS if leak in body], body[:400]

        run()
    return told, len(found)


@covers("T56", "CAP-I7")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_the_api_answers_a_thousand_generated_requests_as_its_schema_says() -> None:
    told, operations_ = tried(CASES)
    print(f"\n{told} generated requests over {operations_} operations")
    assert told >= CASES * 0.9


@covers("T56")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("tests.exchange.naive_api")
def test_a_naive_endpoint_is_found_out_by_the_same_requests() -> None:
    """The mutant of T56: a number read with ``int``, and an answer that is not the published one."""
    for method, word in (("GET", "Server error"), ("POST", "schema")):
        with pytest.raises(BaseException) as found:
            tried(60, method)
        assert word in "".join(traceback.format_exception(found.value)), method


@covers("T56", "T11")
@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [b'{"a": NaN}', b'{"a": 1e400}', b'{"a": 1, "a": 2}', b"[" * 100_000, b"\xff\xfe", b"", b'"', b'{"a": "\\ud800"}', b"null", b"[]"],
    ids=["nan", "infinite", "repeated-key", "deep", "not-utf8", "empty", "cut", "lone-surrogate", "null", "list"],
)
def test_a_faulty_body_is_a_problem_document(client: Client, body: bytes) -> None:
    for method, path in operations():
        if method != "post":
            continue
        answer = client.generic("POST", path.replace("{code}", "LOT-0000000000"), body, content_type="application/json")
        assert 400 <= answer.status_code < 500, path
        assert answer["Content-Type"].startswith("application/problem+json"), path
        assert {"code", "title", "status"} <= json.loads(answer.content).keys()


@given(st.text(max_size=60))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.django_db
def test_an_unknown_address_is_a_problem_or_a_page_never_a_fault(client: Client, tail: str) -> None:
    from urllib.parse import quote

    assert client.get(f"/api/{quote(tail)}").status_code in {200, 301, 400, 401, 403, 404, 405}
