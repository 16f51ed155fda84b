"""Every kind of fact that a room records has words in both languages; nobody reads ``delivery.delivery.called``."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from evidence.events import Event
from exchange.facts import act_words

ROOMS = ("participants", "compliance", "listings", "trading", "delivery", "settlement", "simulation")


def _kinds(base: type[Event]) -> Iterator[str]:
    for one in base.__subclasses__():
        kind = one.__dict__.get("kind", "")
        if isinstance(kind, str) and kind.partition(".")[0] in ROOMS and not one.__module__.startswith("tests."):
            yield kind  # a test's own naive facts are nobody's to read
        yield from _kinds(one)


for _room in ROOMS:
    importlib.import_module(f"{_room}.events")
KINDS = sorted(set(_kinds(Event)))


def test_the_rooms_record_many_kinds_of_facts() -> None:
    assert len(KINDS) > 40 and {kind.partition(".")[0] for kind in KINDS} >= set(ROOMS) - {"simulation"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_is_told_in_chinese_without_a_latin_word_and_in_english_without_a_chinese_one(kind: str) -> None:
    with translation.override("zh-hans"):
        assert not re.search("[A-Za-z_]", act_words(kind)), act_words(kind)
    with translation.override("en"):
        assert re.fullmatch(r"[A-Z][A-Za-z ,-]+", act_words(kind)), act_words(kind)


def test_a_kind_not_known_is_shown_as_it_was_recorded() -> None:
    with translation.override("en"):
        assert act_words("room.thing.happened") == "thing happened"
