"""The base page: landmarks, clock, languages, theme, and the strict content policy, on pages that need no data."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation


def page(template: str, language: str = "zh-hans", cookies: dict[str, str] | None = None) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.COOKIES.update(cookies or {})
    with translation.override(language):
        return render_to_string(template, {}, request=request)


@pytest.mark.django_db
@pytest.mark.parametrize("template", ["base.html", "desk.html"])
def test_a_page_has_its_landmarks_clock_and_proof(template: str) -> None:
    html = page(template)
    for part in ('lang="zh-Hans"', 'class="skip"', 'id="main"', "<header", "<nav", "<footer", "data-clock", "存证总链"):
        assert part in html, part
    assert html.count("<main") == 1 and '"allowEval":false' in html and '"includeIndicatorStyles":false' in html
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)


@pytest.mark.django_db
def test_following_the_system_is_the_absence_of_the_attribute() -> None:
    assert "data-bs-theme" not in page("base.html")
    assert 'data-bs-theme="dark"' in page("base.html", cookies={"dx-theme": "dark"})
    assert "data-bs-theme" not in page("base.html", cookies={"dx-theme": "purple"})


@pytest.mark.django_db
def test_the_page_says_its_language() -> None:
    assert '<html lang="en"' in page("base.html", "en")


@pytest.mark.parametrize("query,cookie,value", [({"theme": "dark"}, "dx-theme", "dark"), ({"theme": "follow"}, "dx-theme", ""),
                                               ({"language": "en"}, "django_language", "en"), ({"moves": "intl"}, "dx-moves", "intl")])
def test_preferences_are_a_link_that_sets_a_cookie(client: Client, query: dict[str, Any], cookie: str, value: str) -> None:
    answer = client.get("/preferences/", query | {"next": "/rules/"})
    assert answer.status_code == 302 and answer["Location"] == "/rules/" and answer.cookies[cookie].value == value


@pytest.mark.parametrize("next_", ["https://example.com/", "//example.com", "javascript:alert(1)", ""])
def test_preferences_lead_nowhere_else(client: Client, next_: str) -> None:
    assert client.get("/preferences/", {"theme": "dark", "next": next_})["Location"] == "/"


def test_unknown_preferences_set_nothing(client: Client) -> None:
    assert not client.get("/preferences/", {"theme": "purple", "language": "tlh", "moves": "x"}).cookies
