"""Small things the ledger's tests share: a moment and funded accounts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import transaction

from evidence import operations as acts
from kit.actors import SYSTEM
from ledger.accounts import AccountKind
from ledger.models import Account
from ledger.operations import Leg, account, transfer

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@contextmanager
def acting() -> Iterator[None]:
    """What an operation above would be: a transaction and a command for the ledger's acts to belong to."""
    running = acts._RUNNING.get()
    if running is not None:
        with transaction.atomic():
            yield
        return
    token = acts._RUNNING.set(acts._Running(uuid.uuid4(), "test", SYSTEM))
    try:
        with transaction.atomic():
            yield
    finally:
        acts._RUNNING.reset(token)


def funded(owner: str, amount_fen: int, kind: str = AccountKind.AVAILABLE) -> Account:
    """An account with money in it, straight from the world outside."""
    with acting():
        one = account(owner, kind)
        if amount_fen:
            outside = account("BANK", AccountKind.BANK)
            transfer(kind="opening", legs=[Leg(outside, -amount_fen), Leg(one, amount_fen)], subject="TEST", at=AT)
    return one
