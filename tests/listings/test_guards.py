"""What the database refuses about supply, whatever the application asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kit.coverage import covers
from listings.models import PropertyRight
from tests.factories import NOW, make_organization
from tests.listings.worlds import make_product, make_right


@covers("R8", "R37")
@pytest.mark.django_db
@pytest.mark.parametrize("wider", [
    {"purposes": ["industry", "marketing"]},
    {"purposes": ["*"]},
    {"territory": ["CN"]},
    {"sublicence_depth": 1},
    {"effective_to": NOW + timedelta(days=366)},
    {"effective_to": None},
    {"effective_from": NOW - timedelta(days=1)},
    {"right": "operate"},
])
def test_a_right_wider_than_its_parent_cannot_be_saved(wider: dict[str, Any]) -> None:
    product = make_product()
    parent = make_right(product, "use", purposes=["industry"], territory=["CN-31"], sublicence_depth=1,
                        effective_to=NOW + timedelta(days=365))
    child = {"purposes": ["industry"], "territory": ["CN-31-0115"], "sublicence_depth": 0, "effective_to": NOW + timedelta(days=365),
             "effective_from": NOW}
    make_right(product, "use", holder=make_organization(), parent=parent, **child)
    with pytest.raises(IntegrityError, match="wider than its parent"), transaction.atomic():
        make_right(product, wider.pop("right", "use"), holder=make_organization(), parent=parent, **(child | wider))


@pytest.mark.django_db
def test_a_right_does_not_grow_from_a_stopped_one() -> None:
    product = make_product()
    parent = make_right(product, "operate", sublicence_depth=1)
    PropertyRight.objects.filter(pk=parent.pk).update(status="suspended")
    with pytest.raises(IntegrityError, match="cannot grow"), transaction.atomic():
        make_right(product, "operate", holder=make_organization(), parent=parent, sublicence_depth=0)


@covers("I13")
@pytest.mark.django_db
def test_two_exclusive_grants_of_one_right_never_stand_at_once() -> None:
    product = make_product()
    parent = make_right(product, "operate", sublicence_depth=2)
    alone = {"parent": parent, "exclusive": True, "exclusive_fen": 1, "effective_to": NOW + timedelta(days=365)}
    make_right(product, "operate", holder=make_organization(), **alone)
    with pytest.raises(IntegrityError, match="right_one_exclusive_grant"), transaction.atomic():
        make_right(product, "operate", holder=make_organization(), **alone)


@covers("W2")
@pytest.mark.django_db
@pytest.mark.parametrize("without", ["exclusive_fen", "effective_to"])
def test_no_exclusive_grant_stands_without_a_price_and_an_end(without: str) -> None:
    product = make_product()
    terms = {"exclusive": True, "exclusive_fen": 1, "effective_to": NOW + timedelta(days=365), without: None}
    with pytest.raises(IntegrityError, match="priced_and_ends"), transaction.atomic():
        make_right(product, "operate", holder=make_organization(), parent=make_right(product, "operate", sublicence_depth=2), **terms)


@covers("I17", "T9")
@pytest.mark.django_db
def test_no_row_starts_or_moves_outside_its_table() -> None:
    right = make_right(make_product(), "hold")
    for wrong in ("draft", "unknown", "discarded"):
        with pytest.raises(IntegrityError), transaction.atomic():
            PropertyRight.objects.filter(pk=right.pk).update(status=wrong)
    with pytest.raises(IntegrityError, match="may not start as"), transaction.atomic():
        PropertyRight.objects.create(code="RGT-X", organization=right.organization, product=right.product, right="hold", origin="contract",
                                     purposes=["*"], territory=["*"], effective_from=NOW, status="active", created_at=NOW)
