"""The canonical form is RFC 8785's, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.canonical import _text_of, canonical, number
from kit.coverage import covers


@pytest.mark.parametrize("name", ["arrays", "french", "structures"])
@covers("T59")
def test_the_published_vectors(shared: Path, name: str) -> None:
    folder = shared / "3-vectors" / "jcs-rfc8785"
    given_document = json.loads((folder / f"{name}.input.json").read_text(encoding="utf-8"))
    assert canonical(given_document) == (folder / f"{name}.output.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [  # RFC 8785, appendix B
        (0.0, "0"), (-0.0, "0"), (5e-324, "5e-324"), (-5e-324, "-5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"), (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"), (1e23, "1e+23"), (1.0000000000000001e23, "1.0000000000000001e+23"),
        (999999999999999700000.0, "999999999999999700000"), (999999999999999900000.0, "999999999999999900000"), (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"), (0.000001, "0.000001"), (333333333.3333332, "333333333.3333332"),
        (333333333.33333325, "333333333.33333325"), (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"), (4.5, "4.5"), (2e-3, "0.002"), (1e-27, "1e-27"), (1e30, "1e+30"),
    ],
)
def test_numbers_as_ecmascript_writes_them(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_reads_back_the_same(value: float) -> None:
    assert float(number(value)) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"a": object()}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
)


@given(JSON)
def test_the_form_reads_back_and_is_a_fixed_point(value: object) -> None:
    written = canonical(value)
    assert written == _text_of(value).encode(), "the quick writer differs from the plain one"
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


def test_names_are_sorted_by_utf16_units_not_by_code_points() -> None:
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()
