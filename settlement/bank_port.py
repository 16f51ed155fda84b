"""The door to the supervised bank 资金监管银行: what the exchange asks of it, and how the messages of both sides are signed.

The exchange never holds a customer's money: a party's account here mirrors its sub-account at the bank, money in is the bank's notice and
money out is an order to the bank. ``settings.BANK`` names the adapter; the one that ships speaks to a simulated bank by the same messages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from kit.numerals import whole
from kit.rejected import Rejected
from participants.webhooks import signature_of

__all__ = ["TOLERANCE", "Bank", "BankLine", "Message", "bank", "opened", "played", "signed", "unattached"]

#: A message older or newer than this is no message of now (T54).
TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class BankLine:
    """One line of the bank's statement: plus came in, minus went out."""

    reference: str
    party: str
    amount_fen: int
    at: datetime


@dataclass(frozen=True)
class Message:
    """What goes over the line: an id that is never used twice, the instant, the body's bytes and the signature over all three."""

    ident: str
    timestamp: str
    body: bytes
    signature: str


class Bank(Protocol):
    """What the exchange asks of its bank. An order is known by its reference: the same order again is the same order."""

    simulated: bool

    def order(self, *, reference: str, party: str, amount_fen: int, to_account: str, at: datetime) -> None:
        """Pay out of the party's sub-account to its own account elsewhere."""

    def recall(self, *, reference: str, at: datetime) -> None:
        """Ask an order back; the bank answers by a notice that it returned or reversed it, or not at all."""

    def knows(self, *, reference: str, at: datetime) -> bool:
        """Whether the bank has the order: asked before anything is sent again."""

    def statement(self) -> list[BankLine]:
        """The lines of the bank's own book, summed by reference."""


@lru_cache(maxsize=4)
def _adapter(path: str) -> Bank:
    made: Bank = import_string(path)()
    return made


def bank() -> Bank:
    """This will return the adapter the installation uses."""
    return _adapter(settings.BANK)


def played() -> bool:
    """Whether the bank is one of demonstrations and tests, to which anybody may let money arrive."""
    return bank().simulated and not settings.PRODUCTION


def unattached() -> bool:
    """Whether a venue in production has no bank yet: slips are booked by its operator, and no order would be carried out by anybody."""
    return bank().simulated and bool(settings.PRODUCTION)


def _secret() -> str:
    return base64.b64encode(hashlib.sha256(settings.BANK_KEY.encode()).digest()).decode()


def signed(ident: str, content: dict[str, Any], *, at: datetime) -> Message:
    """This will write and sign a message."""
    body, timestamp = json.dumps(content, sort_keys=True, ensure_ascii=False).encode(), str(int(at.timestamp()))
    return Message(ident, timestamp, body, signature_of(_secret(), ident, timestamp, body))


def opened(message: Message, *, at: datetime) -> dict[str, Any]:
    """This will return what a message says, or refuse one that is forged, stale or unreadable."""
    expected = signature_of(_secret(), message.ident, message.timestamp, message.body)
    if not hmac.compare_digest(expected.encode(), message.signature.encode()):
        raise Rejected("settlement.bank.forged")
    written = whole(message.timestamp, digits=12)
    if written is None or abs(at.timestamp() - written) > TOLERANCE.total_seconds():
        raise Rejected("settlement.bank.stale")
    try:
        content = json.loads(message.body)
    except ValueError as fault:
        raise Rejected("settlement.bank.unreadable") from fault
    if not isinstance(content, dict):
        raise Rejected("settlement.bank.unreadable")
    return content
