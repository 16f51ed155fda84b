"""Public codes: every single wrong character and every swap of two is found."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from kit.ids import ALPHABET, check_character, drawn_below, drawn_from, is_code, new_code, read_code

bodies = st.text(alphabet=ALPHABET, min_size=9, max_size=9)


@covers("B7")
@given(bodies, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(body: str, place: int, other: str) -> None:
    code = "LST-" + body + check_character(body)
    wrong = code[: 4 + place] + other + code[5 + place :]
    assert is_code(wrong) == (wrong == code)


@given(bodies, st.integers(0, 9), st.integers(0, 9))
def test_every_swap_of_two_is_found(body: str, a: int, b: int) -> None:
    whole = list(body + check_character(body))
    whole[a], whole[b] = whole[b], whole[a]
    swapped = "".join(whole)
    assert is_code("TRD-" + swapped) == (swapped == body + check_character(body))


def test_typed_codes_are_tidied() -> None:
    code = new_code("LST")
    assert read_code(code.lower().replace("-", " ")) == code
    assert read_code(code.replace("0", "O").replace("1", "I")) == code
    with pytest.raises(ValueError, match="mistyped"):
        read_code(code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 1) % 32])


def test_a_history_lived_again_draws_its_codes_again_and_nobody_else_does() -> None:
    def five() -> list[str]:
        return [new_code("TRD") for _ in range(5)]

    with drawn_from(Random(7)):
        once = five()
    with drawn_from(Random(7)):
        assert five() == once and all(map(is_code, once))
    assert not set(five()) & set(once)


def test_a_number_is_drawn_as_codes_are_anew_in_a_market_and_again_in_a_history_lived_again() -> None:
    """A paddle drawn past the seed made two runs of ninety days differ."""
    with drawn_from(Random(7)):
        once = [drawn_below(2**31) for _ in range(5)]
    with drawn_from(Random(7)):
        assert [drawn_below(2**31) for _ in range(5)] == once
    assert [drawn_below(2**31) for _ in range(5)] != once and all(0 <= drawn_below(3) < 3 for _ in range(50))
