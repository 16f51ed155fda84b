"""Days on which the working week is broken, as published by the State Council: data for a venue's calendar, with its source.

A holiday on a weekday does not work, a weekend day worked in exchange does. Years whose arrangement is not yet published
carry the statutory holidays only and say so; the venue adds the exchange days when the notice appears.
"""

from __future__ import annotations

from datetime import date, timedelta

__all__ = ["HOLIDAYS", "STATUTE", "Day"]

#: (day, is it worked, name, source)
Day = tuple[date, bool, str, str]

_2025 = "国务院办公厅关于2025年部分节假日安排的通知（国办发明电〔2024〕12号）"
_2026 = "国务院办公厅关于2026年部分节假日安排的通知（2025年11月4日）"
STATUTE = "全国年节及纪念日放假办法（2024年修订）；调休安排待通知"


def _off(first: tuple[int, int, int], days: int, name: str, source: str) -> list[Day]:
    start = date(*first)
    return [(start + timedelta(days=n), False, name, source) for n in range(days)]


def _worked(name: str, source: str, *days: tuple[int, int, int]) -> list[Day]:
    return [(date(*one), True, f"{name}调休上班", source) for one in days]


HOLIDAYS: tuple[Day, ...] = (
    *_off((2025, 1, 1), 1, "元旦", _2025),
    *_off((2025, 1, 28), 8, "春节", _2025), *_worked("春节", _2025, (2025, 1, 26), (2025, 2, 8)),
    *_off((2025, 4, 4), 3, "清明节", _2025),
    *_off((2025, 5, 1), 5, "劳动节", _2025), *_worked("劳动节", _2025, (2025, 4, 27)),
    *_off((2025, 5, 31), 3, "端午节", _2025),
    *_off((2025, 10, 1), 8, "国庆节、中秋节", _2025), *_worked("国庆节", _2025, (2025, 9, 28), (2025, 10, 11)),
    *_off((2026, 1, 1), 3, "元旦", _2026), *_worked("元旦", _2026, (2026, 1, 4)),
    *_off((2026, 2, 15), 9, "春节", _2026), *_worked("春节", _2026, (2026, 2, 14), (2026, 2, 28)),
    *_off((2026, 4, 4), 3, "清明节", _2026),
    *_off((2026, 5, 1), 5, "劳动节", _2026), *_worked("劳动节", _2026, (2026, 5, 9)),
    *_off((2026, 6, 19), 3, "端午节", _2026),
    *_off((2026, 9, 25), 3, "中秋节", _2026),
    *_off((2026, 10, 1), 7, "国庆节", _2026), *_worked("国庆节", _2026, (2026, 9, 20), (2026, 10, 10)),
    *_off((2027, 1, 1), 1, "元旦", STATUTE), *_off((2027, 2, 5), 4, "春节", STATUTE), *_off((2027, 4, 5), 1, "清明节", STATUTE),
    *_off((2027, 5, 1), 2, "劳动节", STATUTE), *_off((2027, 6, 9), 1, "端午节", STATUTE), *_off((2027, 9, 15), 1, "中秋节", STATUTE),
    *_off((2027, 10, 1), 3, "国庆节", STATUTE),
)
