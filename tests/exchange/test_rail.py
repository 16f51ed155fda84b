"""The rail of a desk: long ones fold away what is far from here; whatever waits for this person stays in sight."""

from __future__ import annotations

from exchange.navigation import Door, Wing, folded


def _wing(title: str, doors: int, *, current: bool = False, hot: bool = False) -> Wing:
    return Wing(title, [Door(f"{title} {number}", f"/{title}/{number}/", current=current and number == 1, hot=hot and number == 1)
                        for number in range(doors)])


def _open(wings: list[Wing]) -> list[str]:
    return [str(one.title) for one in folded(wings) if one.open]


def test_a_short_rail_shows_everything() -> None:
    assert _open([_wing("work", 10), _wing("money", 10)]) == ["work", "money"]


def test_a_long_rail_opens_its_first_group_the_present_one_and_what_one_must_act_on() -> None:
    wings = [_wing("work", 5), _wing("supply", 8), _wing("trade", 8, current=True), _wing("money", 6), _wing("credit", 2, hot=True)]
    assert _open(wings) == ["work", "trade", "credit"]


def test_nothing_is_lost_by_folding() -> None:
    wings = [_wing("work", 15), _wing("supply", 15)]
    assert [one.doors for one in folded(wings)] == [one.doors for one in wings]
