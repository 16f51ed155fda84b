"""Numbers that name a person or a firm, told from other numbers by their check digits and shape, in Chinese and English texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import phonenumbers
from stdnum import luhn
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

__all__ = ["NUMBERS", "numbers_in"]

#: (kind, pattern, check): a check sees the text found.
_A = re.ASCII
_LEFT, _RIGHT = r"(?<![\w.])", r"(?![\w])"
_RESIDENT = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}[ -]?(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx](?![0-9A-Za-z])", _A)
_RESIDENT_OLD = re.compile(r"(?<![0-9A-Za-z])[1-8]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?![0-9A-Za-z])", _A)
_MOBILE = re.compile(r"(?<![0-9A-Za-z])(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})(?![0-9A-Za-z])", _A)
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z.])(?:\(0\d{2,3}\) ?|（0\d{2,3}）|"
    r"0\d{2,3}-?|(?:\+|00)86[ -]?\d{2,3}[ -])[1-9]\d{6,7}(?:[-转]\d{1,6})?(?![0-9A-Za-z])", _A)
_WORLD = re.compile(
    r"(?<![\w./-])(?<!\d )(?<!\d[A-Z] )(?:\+|00)?\(?\d{1,4}\)?(?:[ .-]\(?\d{2,5}\)?){2,4}(?: ?(?:x|ext\.? ?)\d{1,6})?(?![\w/]|[ .-]\d)", _A)
_SHORT = re.compile(r"(?<![\w./-])\(\d{2,4}\)[ -]?\d{3,4}[ -]?\d{3,4}(?![\w/-])", _A)
_CARD = re.compile(r"(?<![0-9A-Za-z])(?:\d{13,19}|\d{4}(?:[ -]\d{4}){2,3}(?:[ -]\d{1,7})?|3[47]\d{2}[ -]\d{6}[ -]\d{5})(?![0-9A-Za-z])", _A)
#: First digits of cards in use: UnionPay, Visa, Mastercard, American Express, JCB, Diners, Discover, Maestro, old domestic ones.
_BIN = re.compile(
    r"62|81|4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|35(?:2[89]|[3-8])|3(?:0[0-5]|[689])|6(?:011|4[4-9]|5)|5[06-9]|9[0-9]{2}", _A)
_USCC = re.compile(r"(?<![0-9A-Za-z])[1-9A-HJ-NPQRTUWXY][1-59]\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])", _A)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.)+[A-Za-z]{2,24}(?![\w-])", _A)
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])", _A)
_IP = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])", _A)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
    r"[A-HJ-NP-Z][·. ]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![A-Za-z0-9])")
_PASSPORT = re.compile(r"(?<![0-9A-Za-z])(?:E[A-HJ-NP-Z]?\d{7,8}|[GDSPH]\d{8})(?![0-9A-Za-z])", _A)
_DATE = re.compile(r"(?:19|20)\d{2}[-. ]\d{1,2}[-. ]\d{1,2}|\d{1,2}[-. ]\d{1,2}[-. ](?:19|20)\d{2}", _A)


def _plain(text: str) -> str:
    return re.sub(r"[ .()（）-]", "", text)


def _is_resident(text: str) -> bool:
    number = _plain(text)
    if len(number) == 15:
        return _is_date("19" + number[6:12])
    try:
        ric.validate(number)
    except ValidationError:
        # the places of birth known to the library are not all that were ever used: date and check digit decide
        return _is_date(number[6:14]) and ric.calc_check_digit(number) == number[17].upper()
    return True


def _is_date(eight: str) -> bool:
    try:
        born = date(int(eight[:4]), int(eight[4:6]), int(eight[6:]))
    except ValueError:
        return False
    return born.year >= 1850


def _is_card(text: str) -> bool:
    number = _plain(text)
    return 13 <= len(number) <= 19 and bool(_BIN.match(number)) and luhn.is_valid(number) and len(set(number)) > 3


def _is_uscc(text: str) -> bool:
    return uscc.is_valid(text) and not (text.isdigit() and _is_resident(text))


def _is_world_phone(text: str) -> bool:
    """A number in groups: some country's by the library, or written with a prefix, brackets or groups of three and more."""
    number = re.split(r" ?(?:x|ext)", text)[0]
    digits = _plain(number).lstrip("+")
    if not 8 <= len(digits) <= 15 or _DATE.fullmatch(number) or _SSN.fullmatch(number) or _IP.fullmatch(number):
        return False
    if re.match(r"\+|00|\(|0\d", number):
        return True
    groups = re.findall(r"\d+", number)
    grouped = len(groups) >= 3 and len(groups[0]) <= 3 and max(map(len, groups)) in (3, 4)
    return _is_known(number) or (9 <= len(digits) <= 13 and grouped)


def _is_known(number: str) -> bool:
    for region in ("CN", "US"):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def _always(text: str) -> bool:
    return True


NUMBERS = (
    ("email", _EMAIL, _always), ("resident_id", _RESIDENT, _is_resident), ("uscc", _USCC, _is_uscc), ("us_ssn", _SSN, _always),
    ("ip_address", _IP, _always), ("mobile", _MOBILE, _always), ("phone", _LANDLINE, _always), ("bank_card", _CARD, _is_card),
    ("resident_id", _RESIDENT_OLD, _is_resident), ("plate", _PLATE, _always), ("passport", _PASSPORT, _always),
    ("phone", _SHORT, _is_world_phone), ("phone", _WORLD, _is_world_phone),
)


def numbers_in(text: str) -> Iterator[tuple[str, int, int]]:
    """This will yield (kind, start, end) of every number found; what one kind has taken no later one takes."""
    taken: list[tuple[int, int]] = []
    for name, pattern, holds in NUMBERS:
        for found in pattern.finditer(text):
            start, end = found.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken) or not holds(found[0]):
                continue
            taken.append((start, end))
            yield name, start, end
