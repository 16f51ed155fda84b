"""Small things the ledger's tests share: a moment, funded accounts, and barriers of threads."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connections, transaction

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


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    """Runs the acts in threads that start at one barrier; gives each one's result or exception."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[n] = act()
        except Exception as fault:
            results[n] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
