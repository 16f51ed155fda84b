"""A bank to speak to: signed notices as the bank sends them, parties with money that the bank knows, payouts on their way."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from kit.actors import SYSTEM, Actor
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import Funds, balance
from participants.actors import actor_of
from participants.models import Organization
from participants.roles import Role
from settlement.bank_notices import take_notice
from settlement.bank_port import Message, signed
from settlement.models import BankNotice, Payout
from settlement.operations import book_deposit
from settlement.payouts import request_payout
from settlement.tasks import move_payouts
from tests.delivery.worlds import move
from tests.factories import make_organization, make_user

__all__ = ["ACCOUNT", "Party", "available", "letter", "party", "payout", "settle_bank", "sound", "tell"]

ACCOUNT = "6222 0210 0111 2345"


@dataclass
class Party:
    """An organisation with two people, its money known to the bank."""

    organization: Organization
    maker: Actor
    colleague: Actor


def party(fen: int = 1_000_000, *, reference: str = "") -> Party:
    ours = make_organization(Role.BUYER)
    people = [actor_of(make_user(Role.BUYER, organization=ours)) for _ in range(2)]
    if fen:
        book_deposit(organization=ours.code, amount_fen=fen, reference=reference or f"BANK-{uuid.uuid4().hex[:12]}", actor=SYSTEM,
                     clock=MARKET_CLOCK)
    return Party(ours, *people)


def letter(kind: str = "credit", **said: Any) -> Message:
    """A notice as the bank signs it now."""
    ident = said.pop("ident", "") or f"bnk-{uuid.uuid4().hex}"
    return signed(ident, {"kind": kind, "reference": "REF-1", "party": "", "amount_fen": 100} | said, at=MARKET_CLOCK.now())


def tell(kind: str = "credit", **said: Any) -> BankNotice:
    return take_notice(message=letter(kind, **said), clock=MARKET_CLOCK)


def payout(of: Party, fen: int = 400_000) -> Payout:
    return request_payout(organization=of.organization, amount_fen=fen, to_account=ACCOUNT, actor=of.maker, clock=MARKET_CLOCK)


def available(of: Party) -> Funds:
    return balance(account(of.organization.code, AccountKind.AVAILABLE))


def settle_bank(*, hours: float = 2) -> int:
    """The hold is over; the sweep moves what is due, twice as the worker would."""
    move(hours=hours)
    return move_payouts(clock=MARKET_CLOCK) + move_payouts(clock=MARKET_CLOCK)


def sound() -> None:
    """Nothing is violated (the admissions and listings that the factories write past their operations apart)."""
    written = ("ADM-", "LSV-", "LST-")
    wrong = [f"{one.id} {one.text}" for one in check_all().violations if not one.text.startswith(written)]
    assert not wrong, wrong
