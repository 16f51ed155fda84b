"""A number from outside is plain digits of a bounded length, or none."""

import pytest

from kit.numerals import whole

#: What ``str.isdigit`` alone lets through to ``int``, and what ``int`` alone reads as something else.
HARD = ["²", "9" * 5_000, "٣", "1_000", " 1", "+1", "-1", "1.0", "", "１"]


@pytest.mark.parametrize("text", HARD, ids=ascii)
def test_what_is_not_plain_bounded_digits_is_no_number(text: str) -> None:
    assert whole(text) is None


def test_digits_are_read_up_to_the_length_asked_for() -> None:
    assert (whole("0"), whole("007"), whole("999", digits=3), whole("1000", digits=3)) == (0, 7, 999, None)


def naive(text: str) -> int | None:
    return int(text) if text.isdigit() else None


@pytest.mark.parametrize("text", ["²", "9" * 5_000], ids=["superscript", "five thousand digits"])
def test_the_naive_reader_breaks_where_whole_says_no(text: str) -> None:
    with pytest.raises(ValueError):
        naive(text)
