"""Challenges read: the tables of questions and answers, and the entries in their order, unnamed until the decision (R112)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import combinations

from evidence.models import Deposit
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from listings.profile import CsvFault, rows_of
from listings.tables import encoding_of, text_of
from participants.queries import affiliated
from trading.auctions.challenge import Entry, ordered, percent
from trading.challenge_models import Challenge, Measure
from trading.models import Quote, Rfq
from trading.states import QuoteStatus, RfqStatus

__all__ = ["MOST_ITEMS", "Result", "answers_open_to", "challenge_of", "entry_of", "read_answers", "read_questions", "results"]

MOST_ITEMS, LEAST_ITEMS = 5_000, 10
_KEY, _ANSWER = ("key", "编号"), ("answer", "答案")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_LONGEST = 64


@dataclass(frozen=True)
class Result:
    """One entry as the comparison shows it: a number in the place of a name, its mark, its points of 100, its place."""

    number: int
    quote: Quote
    mark_ppm: int
    points: Fraction | None
    place: int | None
    tied: tuple[int, ...]

    @property
    def passed(self) -> bool:
        return self.place is not None

    @property
    def mark_percent(self) -> str:
        return percent(self.mark_ppm)

    @property
    def points_text(self) -> str:
        return "" if self.points is None else f"{int(self.points * 100) / 100:.2f}"


def challenge_of(rfq: Rfq) -> Challenge | None:
    """This will return how the request is decided, where it is a challenge."""
    return Challenge.objects.select_related("questions", "answers").filter(rfq=rfq).first()


def _fault(field: str, text: tuple[str, str], line: int | None = None) -> Rejected:
    said = text if line is None else (f"第 {line} 行：{text[0]}", f"Line {line}: {text[1]}")
    return Rejected("trading.challenge.file", errors=[FieldFault(field, "faulty", said)])


def _table(one: Deposit, field: str) -> list[list[str]]:
    try:
        with text_of(one, encoding_of(one)) as lines:
            rows = []
            for row in rows_of(lines):
                rows.append([cell.strip() for cell in row])
                if len(rows) > MOST_ITEMS + 1:
                    raise _fault(field, (f"至多 {MOST_ITEMS} 题", f"There are {MOST_ITEMS} questions at most"))
    except CsvFault as broken:
        raise _fault(field, broken.text, broken.line) from broken
    except UnicodeDecodeError as broken:
        raise _fault(field, ("不是 UTF-8 或 GB 18030 文本", "Neither UTF-8 nor GB 18030 text")) from broken
    return rows


def _place(headings: list[str], names: tuple[str, str], field: str) -> int:
    found = [place for place, one in enumerate(headings) if one.casefold() in names]
    if len(found) != 1:
        raise _fault(field, (f"首行须有一列“{names[1]}”（{names[0]}）", f"The first row needs one column “{names[0]}”"), 1)
    return found[0]


@covers("R112")
def read_questions(one: Deposit) -> list[str]:
    """This will read the keys of the questions; a table that holds a column of answers is refused, so is a key twice."""
    rows = _table(one, "questions")
    headings = rows[0] if rows else []
    place = _place(headings, _KEY, "questions")
    if any(name.casefold() in _ANSWER for name in headings):
        raise _fault("questions", ("题目表不能有答案列", "The table of questions holds no answers"), 1)
    keys = [_cell(row, place, "questions", line) for line, row in enumerate(rows[1:], start=2)]
    if len(keys) < LEAST_ITEMS:
        raise _fault("questions", (f"至少 {LEAST_ITEMS} 题", f"There are {LEAST_ITEMS} questions at least"))
    return _once(keys, "questions")


def _cell(row: list[str], place: int, field: str, line: int) -> str:
    value = row[place] if place < len(row) else ""
    if not value or len(value) > _LONGEST:
        raise _fault(field, (f"须为 1 至 {_LONGEST} 个字符", f"One to {_LONGEST} characters are needed"), line)
    return value


def _once(keys: list[str], field: str) -> list[str]:
    seen: set[str] = set()
    for line, key in enumerate(keys, start=2):
        if key in seen:
            raise _fault(field, (f"编号 {key} 重复", f"Key {key} stands twice"), line)
        seen.add(key)
    return keys


@covers("R112")
def read_answers(one: Deposit, keys: list[str], *, measure: str, field: str) -> dict[str, str]:
    """This will read an answer to each of the keys and nothing else; the first line that does not fit is named."""
    rows = _table(one, field)
    headings = rows[0] if rows else []
    key, answer = _place(headings, _KEY, field), _place(headings, _ANSWER, field)
    wanted, said = set(keys), {}
    for line, row in enumerate(rows[1:], start=2):
        name, value = _cell(row, key, field, line), _cell(row, answer, field, line)
        if name not in wanted or name in said:
            raise _fault(field, (f"编号 {name} 不是题目，或重复", f"Key {name} is no question, or stands twice"), line)
        if measure == Measure.SKILL and not _NUMBER.fullmatch(value):
            raise _fault(field, ("答案须为数字", "The answer is a number"), line)
        said[name] = value
    missing = [one for one in keys if one not in said]
    if missing:
        raise _fault(field, (f"缺少 {len(missing)} 题的答案，如 {missing[0]}", f"{len(missing)} answers are missing, such as {missing[0]}"))
    return said


def _numbered(rfq: Rfq) -> list[Quote]:
    """The entries in an order that tells nothing of their sellers, the time or the price: that of a hash."""
    rows = rfq.quotes.filter(status__in=(QuoteStatus.STANDING, QuoteStatus.WON, QuoteStatus.LOST), trial__mark_ppm__isnull=False)
    found = rows.select_related("trial", "seller", "listing__organization", "version")
    return sorted(found, key=lambda one: hashlib.sha256(f"{rfq.code}/{rfq.round}/{one.code}".encode()).digest())


@covers("R112")
def results(rfq: Rfq, challenge: Challenge, *, at: datetime) -> list[Result]:
    """This will list the marked entries, those that reach the least mark in their order, then the others. For the buyer and the record."""
    quotes = _numbered(rfq)
    entries = [Entry(one.trial.mark_ppm or 0, one.price_fen, one.at) for one in quotes]
    order = ordered(entries, weight=challenge.weight, least_ppm=challenge.least_ppm)
    places = {place: (rank, points) for rank, (place, points) in enumerate(order, start=1)}
    tied: dict[int, list[int]] = {number: [] for number in range(len(quotes))}
    for a, b in combinations(range(len(quotes)), 2):
        if affiliated(quotes[a].seller, quotes[b].seller, at=at):
            tied[a].append(b + 1)
            tied[b].append(a + 1)
    made = [Result(number + 1, quote, entries[number].mark_ppm, places[number][1] if number in places else None,
                   places[number][0] if number in places else None, tuple(tied[number])) for number, quote in enumerate(quotes)]
    return sorted(made, key=lambda one: (one.place is None, one.place or 0, -one.mark_ppm, one.number))


def entry_of(rfq: Rfq, challenge: Challenge, number: int, *, at: datetime) -> Quote:
    """This will return the quote behind an entry's number; ``trading.challenge.no_entry`` where there is none."""
    found = next((one for one in results(rfq, challenge, at=at) if one.number == number), None)
    if found is None:
        raise Rejected("trading.challenge.no_entry", rfq=rfq.code)
    return found.quote


def answers_open_to(rfq: Rfq, organization_id: int | None) -> bool:
    """This will tell who may read the true answers: the buyer always; those who entered once it is decided, to check their mark."""
    if organization_id is None:
        return False
    over = rfq.status in (RfqStatus.AWARDED, RfqStatus.FAILED)
    return organization_id == rfq.buyer_id or (over and rfq.quotes.filter(seller_id=organization_id, trial__isnull=False).exists())
