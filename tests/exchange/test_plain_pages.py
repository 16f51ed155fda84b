"""Pages that need no object: honesty, health, errors; strict content policy on each."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path,status", [("/honesty/", 200), ("/no/such/page/", 404)])
def test_pages_answer_in_both_languages_under_the_strict_policy(client: Client, path: str, status: int, language: str) -> None:
    client.cookies["django_language"] = language
    answer = client.get(path)
    policy = answer["Content-Security-Policy"]
    assert answer.status_code == status and "script-src 'self'" in policy and "unsafe" not in policy and "nonce" not in policy
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in answer.content.decode()


def test_live_and_ready_answer_programs(client: Client) -> None:
    assert client.get("/health/live/").json() == {"status": "live"}
    assert client.get("/health/ready/").status_code == 200


def test_health_says_each_part_and_what_it_means(client: Client) -> None:
    page = client.get("/health/").content.decode()
    assert "数据库" in page and "存证封存" in page
    told = client.get("/health/", {"format": "json"}).json()
    assert told["checks"]["database"]["good"] and set(told["checks"]) == {"database", "redis", "worker", "seal", "files"}


@override_settings(DEBUG=False)
def test_a_fault_of_ours_says_so_without_asking_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange.pages import plain

    answer = plain.server_error(None)  # type: ignore[arg-type]
    assert answer.status_code == 500 and "本所" in answer.content.decode()


def test_a_stale_form_is_told_what_to_do() -> None:
    page = Client(enforce_csrf_checks=True).post("/preferences/")
    assert page.status_code in {403, 405}
