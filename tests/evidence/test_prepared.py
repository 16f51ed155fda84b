"""A question compiled once answers as its queryset would, each time with the values of the call."""

from __future__ import annotations

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from evidence.models import Cursor
from evidence.prepared import ask, prepared, prepared_rows, presence

pytestmark = pytest.mark.django_db


@prepared
def _seen(position: int) -> QuerySet[Cursor]:
    return Cursor.objects.filter(position__lte=position, subscriber__startswith="test.").order_by("subscriber")


@prepared
def _locked(subscriber: str) -> QuerySet[Cursor]:
    return Cursor.objects.select_for_update().filter(subscriber=subscriber)


@prepared_rows
def _plain(position: int) -> QuerySet[Cursor, tuple[str, int]]:
    return Cursor.objects.filter(position__lte=position, subscriber__startswith="test.").order_by("subscriber").values_list(
        "subscriber", "position")[:1]


@presence
def _any(position: int) -> list[QuerySet[Cursor]]:
    rows = Cursor.objects.filter(subscriber__startswith="test.")
    return [rows.filter(position__lte=position), rows.filter(position__gt=position)]


@pytest.fixture(autouse=True)
def cursors(db: None) -> None:
    Cursor.objects.bulk_create([Cursor(subscriber="test.a", position=3), Cursor(subscriber="test.b", position=7)])


def test_each_call_answers_for_its_own_values() -> None:
    for position in (2, 3, 8, 3, 2):
        assert _seen(position) == list(_seen.build(position))
    assert _seen.first(2) is None
    assert _seen.get(3).position == 3
    with pytest.raises(ObjectDoesNotExist):
        _seen.get(2)


def test_plain_values_come_as_the_queryset_gives_them() -> None:
    for position in (2, 3, 8, 3):
        assert _plain(position) == list(_plain.build(position))


def test_an_answer_is_read_anew_each_time() -> None:
    assert _seen.get(3).subscriber == "test.a"
    Cursor.objects.filter(subscriber="test.a").update(position=9)
    assert _seen.first(3) is None


def test_an_answered_row_is_a_model_that_can_be_saved() -> None:
    one = _seen.get(3)
    one.position = 4
    one.save(update_fields=["position"])
    assert Cursor.objects.get(subscriber="test.a").position == 4


def test_several_questions_are_one_statement() -> None:
    _any(0)
    with CaptureQueriesContext(connection) as asked:
        assert _any(2) == (False, True)
        assert _any(8) == (True, False)
    assert len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_a_row_is_locked_only_in_a_transaction() -> None:
    with transaction.atomic():
        assert _locked.get("test.a").position == 3
    with pytest.raises(AssertionError, match="in a transaction"):  # compiled by now, so Django no longer asks
        _locked.first("test.a")


def test_values_never_become_text_of_the_statement() -> None:
    assert ask("SELECT %s::text", ["'; DROP TABLE evidence_record; --"]) == [("'; DROP TABLE evidence_record; --",)]
