"""What the browser is told with every answer: strict policy, no framing, no sniffing, no foreign origins."""

import pytest
from django.test import Client

from kit.coverage import covers


@covers("T45")
@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/honesty/", "/health/live/", "/no-such-page/"])
def test_every_answer_carries_the_strict_policy(client: Client, path: str) -> None:
    answer = client.get(path)
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in answer


@covers("T45")
@pytest.mark.django_db
def test_an_unsafe_method_without_a_token_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/accounts/login/", {"username": "x", "password": "y"}).status_code in {403, 404}


@pytest.mark.django_db
def test_the_desk_has_a_policy_of_its_own(client: Client) -> None:
    policy = client.get("/admin/login/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy
    assert "frame-ancestors 'none'" in policy
