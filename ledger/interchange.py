"""Takes a foreign book into ours to see whether it balances, and writes ours down for others: a trial that leaves nothing behind.

The import runs through the functions that move money here, with every guard of the database in force, reads the balances back, and rolls
the whole of it back: the market's books hold the market's money alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal

from django.db import transaction

from evidence.operations import operation, unchanged
from evidence.prepared import ask
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.journals import Book, written
from ledger.models import Account, Posting, Transfer
from ledger.operations import Leg
from ledger.queries import balance

__all__ = ["exported", "tried"]


def _owner(name: str) -> str:
    return "IMP-" + hashlib.sha256(name.encode()).hexdigest()[:12].upper()


def _codes(book: Book) -> dict[str, str]:
    """A code of three letters for each commodity: its own where it has one, else the next of XAA, XAB, …"""
    own = {one: one for one in book.decimals if len(one) == 3 and one.isascii() and one.isalpha() and one.isupper()}
    others = [one for one in sorted(book.decimals) if one not in own]
    free = (f"X{a}{b}" for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if f"X{a}{b}" not in own)
    return own | dict(zip(others, free, strict=False))


@operation("ledger.journal.try")
def _book(*, book: Book, codes: dict[str, str], actor: Actor) -> dict[tuple[str, str], Decimal]:
    opened: dict[tuple[str, str], Account] = {}
    ((at,),) = ask("SELECT market_now()", [])
    for rows in book.transactions:
        for name, commodity, _ in rows:
            if (name, commodity) not in opened:
                opened[name, commodity] = ledger.account(_owner(name), AccountKind.SUSPENSE, codes[commodity])
    for start in range(0, len(book.transactions), 500):
        batch = [(f"IMPORT-{start + n}", [Leg(opened[name, commodity], book.whole(commodity, units)) for name, commodity, units in rows])
                 for n, rows in enumerate(book.transactions[start:start + 500])]
        ledger.transfer_batch(kind="import", batch=batch, at=at)
    unchanged(at=at)  # it is rolled back: nothing happened
    return {key: Decimal(balance(one).posted_fen).scaleb(-book.decimals[key[1]]) for key, one in opened.items()}


@covers("G1", "T12")
def tried(book: Book) -> dict[tuple[str, str], Decimal]:
    """This will book every transaction by the ledger's own functions and return (account, commodity) -> units as the ledger then says."""
    with transaction.atomic():
        found = _book(book=book, codes=_codes(book), actor=SYSTEM)
        transaction.set_rollback(True)
    return found


@covers("G1")
def exported() -> Iterator[str]:
    """This will write every transfer of the ledger as a journal, oldest first; what is reserved moved nothing and is not in it."""
    names = {key: f"{kind.title().replace('_', '')}:{owner}" for key, kind, owner in Account.objects.values_list("pk", "kind", "owner")}
    currencies = dict(Account.objects.values_list("pk", "currency"))

    def rows() -> Iterator[tuple[str, str, str, list[tuple[str, str, int]]]]:
        for one in Transfer.objects.filter(legs__gt=0).order_by("at", "id").iterator(2000):
            legs = Posting.objects.filter(transfer=one).order_by("leg").values_list("account_id", "amount_fen")
            yield f"{one.at:%Y-%m-%d}", one.kind, one.subject, [(names[key], currencies[key], fen) for key, fen in legs]

    yield from written(rows())
