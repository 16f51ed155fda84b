"""What people type: an amount in yuan is read strictly, kept in fen and shown again as people write it."""

from __future__ import annotations

import pytest
from django import forms

from kit.coverage import covers
from participants.forms import YuanField

NAIVE = forms.DecimalField(required=False)


class Priced(forms.Form):
    price = YuanField(label="价格")
    reserve = YuanField(label="保留价", required=False)


@pytest.mark.parametrize(("typed", "fen"), [("1,290,000", 129_000_000), ("48000.50", 4_800_050), (" 12 ", 1_200), ("¥5", 500), ("0", 0)])
def test_an_amount_is_kept_in_fen(typed: str, fen: int) -> None:
    form = Priced({"price": typed})
    assert form.is_valid() and form.cleaned_data == {"price": fen, "reserve": None}


@covers("T11")
@pytest.mark.parametrize("typed", ["-0", "1e3", "１２", "٣", "1_000", "1.234", "1,00", "NaN", "99999999999999999999", "5\u200b"])
def test_what_could_be_misread_is_refused_in_words(typed: str) -> None:
    form = Priced({"price": "1", "reserve": typed})
    assert not form.is_valid()
    assert form.errors["reserve"] == ["请填写金额，如 1,290,000 或 1290000.50。"]


@covers("T11", "M24")
@pytest.mark.parametrize(("typed", "read"), [("-0", 0), ("1e3", 1000), ("１２", 12), ("٣", 3)])
def test_the_naive_field_takes_what_the_strict_one_refuses(typed: str, read: int) -> None:
    assert NAIVE.clean(typed) == read


def test_nothing_typed_is_asked_for_where_it_is_required() -> None:
    for empty in ("", "  ", None):
        form = Priced({"price": empty})
        assert not form.is_valid() and form.errors.as_data()["price"][0].code == "required"


@pytest.mark.parametrize(("fen", "shown"), [(4_800_000, "48,000"), (4_800_005, "48,000.05"), (0, "0"), (None, "")])
def test_what_is_kept_is_shown_as_it_is_typed_and_reads_back_the_same(fen: int | None, shown: str) -> None:
    value = Priced(initial={"reserve": fen})["reserve"].value()
    assert (value or "") == shown
    assert YuanField(required=False).clean(shown) == fen


def test_a_refused_form_shows_what_was_typed() -> None:
    assert Priced({"price": "1e3"})["price"].value() == "1e3"
