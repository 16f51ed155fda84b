"""R80: the learning room is short, public, in both languages, and leads on."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from exchange.learning import lessons
from kit.coverage import covers

pytestmark = pytest.mark.django_db


@covers("R80")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_lesson_is_read_by_anyone_and_leads_to_the_next(client: Client, language: str) -> None:
    client.cookies["django_language"] = language
    index = client.get("/learn/").content.decode()
    for number, one in enumerate(lessons()):
        page = client.get(reverse("exchange:lesson", args=[one.key])).content.decode()
        said = 0 if language == "zh-hans" else 1
        for pair in (one.title, *one.paragraphs, one.question, one.answer, *(words for _, words in one.links)):
            assert pair[said].replace("'", "&#x27;") in page
        assert one.title[said].replace("'", "&#x27;") in index
        if number + 1 < len(lessons()):
            assert reverse("exchange:lesson", args=[lessons()[number + 1].key]) in page
    assert client.get("/learn/nothing/").status_code == 404


@covers("R80")
def test_lessons_are_short_and_say_what_was_asked_for() -> None:
    assert [one.key for one in lessons()][:4] == ["three-rights", "how-to-list", "how-to-bid", "try-the-data"]
    for one in lessons():
        assert sum(len(zh) for zh, _ in one.paragraphs) <= 400, "a few minutes"
        assert all(zh and en and zh != en for zh, en in (one.title, *one.paragraphs, one.question, one.answer))
