"""Acts of the ledger: open an account, move money, reserve it, post or release the reserve, book money from outside.

Each is a thin shell around the function of the same name in ``ledger/sql``. Called by an operation above, they join its
transaction and record nothing: the transfer is the record and its hash stands in the caller's fact (house §2).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from evidence.operations import current_command, operation, record, unchanged
from evidence.prepared import ask
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import MAX_FEN
from kit.rejected import Rejected
from ledger import queries
from ledger.accounts import CURRENCY, AccountKind
from ledger.events import AccountFunded, TransferExpired
from ledger.models import Account, Transfer

__all__ = ["Leg", "TransferRef", "account", "accounts", "expire", "fund", "lock", "post", "reserve", "transfer", "transfer_batch", "void",
           "void_all"]

#: The owner of the accounts that stand for the world outside.
OUTSIDE = "BANK"


@dataclass(frozen=True)
class Leg:
    """Plus adds to the account, minus takes from it; never zero."""

    account: Account
    amount_fen: int


@dataclass(frozen=True)
class TransferRef:
    """What a caller keeps: the transfer's id, and its hash for the fact it records."""

    id: UUID
    hash: str


def account(owner: str, kind: str, currency: str = CURRENCY) -> Account:
    """This will return the owner's account of a kind, opening it at first use."""
    return accounts((owner, kind), currency=currency)[0]


def accounts(*wanted: tuple[str, str], currency: str = CURRENCY) -> list[Account]:
    """This will return the accounts of these owners and kinds, in the order asked, opening each at first use."""
    found = _find(wanted, currency)
    if missing := [one for one in dict.fromkeys(wanted) if one not in found]:
        ask("INSERT INTO ledger_account (owner, kind, currency) "
            "SELECT w.owner, w.kind, %s FROM unnest(%s::text[], %s::text[]) AS w(owner, kind) "
            "ON CONFLICT DO NOTHING RETURNING id", [currency, *_columns(missing)])
        found |= _find(missing, currency)
    return [found[one] for one in wanted]


def _find(wanted: Sequence[tuple[str, str]], currency: str) -> dict[tuple[str, str], Account]:
    rows = ask("SELECT a.id, a.owner, a.kind, a.currency FROM ledger_account a JOIN unnest(%s::text[], %s::text[]) AS w(owner, kind) "
               "ON a.owner = w.owner AND a.kind = w.kind WHERE a.currency = %s", [*_columns(wanted), currency])
    return {(row[1], row[2]): Account.from_db(connection.alias, ("id", "owner", "kind", "currency"), row) for row in rows}


def _columns(wanted: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [owner for owner, _ in wanted], [str(kind) for _, kind in wanted]


def lock(accounts: Iterable[Account]) -> None:
    """This will lock the balances of the whole set in the one order; call it before several acts in one transaction."""
    _call("SELECT ledger_lock(%s)", [[one.pk for one in accounts]])


@covers("I1", "G1")
def transfer(*, kind: str, legs: Sequence[Leg], subject: str, at: datetime) -> TransferRef:
    """This will move money at once. ``ledger.insufficient_funds`` if a customer account would fall below zero."""
    code, made, digest = _call("SELECT code, transfer, hash FROM ledger_transfer(%s, %s, %s, %s, %s)",
                               [kind, _as_json(legs), subject, at, current_command()])
    _refuse(code, legs)
    return TransferRef(made, digest)


@covers("I4", "T3")
def reserve(*, account: Account, amount_fen: int, purpose: str, subject: str, at: datetime,
            expires_at: datetime | None = None) -> TransferRef:
    """This will set money aside on its account until it is posted, voided, or expires."""
    code, pending = _call("SELECT code, pending FROM ledger_reserve(%s, %s, %s, %s, %s, %s, %s)",
                          [account.pk, amount_fen, purpose, subject, at, expires_at, current_command()])
    _refuse(code, [Leg(account, -amount_fen)])
    return _ref(pending)


def transfer_batch(*, kind: str, batch: Sequence[tuple[str, Sequence[Leg]]], at: datetime) -> list[TransferRef]:
    """This will move many transfers, (subject, legs) each, by one statement; all or none. Answers in the order given."""
    lines = [n for n, (_, legs) in enumerate(batch, 1) for _ in legs]
    legs = [leg for _, one in batch for leg in one]
    code, made, hashes = _call("SELECT code, transfers, hashes FROM ledger_transfer_batch(%s, %s, %s, %s, %s, %s, %s)", [
        kind, [subject for subject, _ in batch], lines, [leg.account.pk for leg in legs], [leg.amount_fen for leg in legs], at,
        current_command()])
    _refuse(code, legs)
    return [TransferRef(one, digest) for one, digest in zip(made, hashes, strict=True)]


def void(*, pending: TransferRef | UUID, at: datetime) -> TransferRef:
    """This will give a reserve back. One that was given back already returns the same; one that was posted is refused."""
    return _release(_id(pending), "voided", at)


def void_all(*, pendings: Sequence[UUID], at: datetime) -> None:
    """This will give several reserves back, in the order given; lock their accounts first."""
    for code, in ask("SELECT r.code FROM unnest(%s::uuid[]) WITH ORDINALITY AS p(pending, n), "
                     "LATERAL ledger_release(p.pending, 'voided', %s, %s) r ORDER BY p.n", [list(pendings), at, current_command()]):
        _refuse(code, [])


def post(*, pending: TransferRef | UUID, legs: Sequence[Leg], at: datetime) -> TransferRef:
    """This will move what a reserve set aside, or less; the rest is free again."""
    code, made, digest = _call("SELECT code, transfer, hash FROM ledger_post(%s, %s, %s, %s)",
                               [_id(pending), _as_json(legs), at, current_command()])
    _refuse(code, legs)
    return TransferRef(made, digest)


@operation("ledger.transfer.expire")
def expire(*, pending: TransferRef | UUID, actor: Actor, clock: Clock) -> TransferRef:
    """This will give back a reserve whose time is over; the sweep of ``ledger.tasks`` calls it for the system."""
    at = clock.now()
    held = Transfer.objects.select_related("account").get(uuid=_id(pending), phase="pending")
    assert held.account is not None and held.expires_at is not None and held.expires_at <= at, "the reserve still runs"
    done = _release(held.uuid, "expired", at)
    record(TransferExpired(subject=held.subject, owner=held.account.owner, amount_fen=held.amount_fen or 0, pending=str(held.uuid),
                           transfer_hash=done.hash), actor=actor, at=at)
    return done


@operation("ledger.account.fund")
@covers("G6")
def fund(*, organization: str, amount_fen: int, reference: str, actor: Actor, clock: Clock) -> TransferRef:
    """This will book a line of the bank's statement: money from outside becomes a party's available money.

    ``reference`` is the bank's; the same reference, party and amount again returns the first transfer, anything else under
    it is ``ledger.reference_used``. The caller has asked for the permission.
    """
    if not (isinstance(amount_fen, int) and 0 < amount_fen <= MAX_FEN):
        raise Rejected("ledger.bad_amount")
    at = clock.now()
    party, outside = accounts((organization, AccountKind.AVAILABLE), (OUTSIDE, AccountKind.BANK))
    lock([party, outside])  # the outside account is one row, so the same reference cannot be booked twice at once
    known = Transfer.objects.filter(kind="funding", subject=reference).first()
    if known is not None:
        if not known.postings.filter(account=party, amount_fen=amount_fen).exists():
            raise Rejected("ledger.reference_used", reference=reference)
        unchanged(at=at)
        return TransferRef(known.uuid, known.hash)
    done = transfer(kind="funding", legs=[Leg(outside, -amount_fen), Leg(party, amount_fen)], subject=reference, at=at)
    record(AccountFunded(subject=organization, amount_fen=amount_fen, reference=reference, transfer=str(done.id),
                         transfer_hash=done.hash), actor=actor, at=at)
    return done


def _release(pending: UUID, phase: str, at: datetime) -> TransferRef:
    code, made, digest = _call("SELECT code, transfer, hash FROM ledger_release(%s, %s, %s, %s)",
                               [pending, phase, at, current_command()])
    _refuse(code, [])
    return TransferRef(made, digest)


def _call(statement: str, values: list[Any]) -> tuple[Any, ...]:
    return ask(statement, values)[0]


def _as_json(legs: Sequence[Leg]) -> str:
    return json.dumps([{"account": leg.account.pk, "amount_fen": leg.amount_fen} for leg in legs])


def _id(pending: TransferRef | UUID) -> UUID:
    return pending.id if isinstance(pending, TransferRef) else pending


def _ref(uuid: UUID) -> TransferRef:
    return TransferRef(uuid, Transfer.objects.values_list("hash", flat=True).get(uuid=uuid))


def _refuse(code: str, legs: Sequence[Leg]) -> None:
    """Turns the function's code into the refusal, with the figures of the account that is short."""
    if not code:
        return
    if code == "ledger.insufficient_funds":
        for one in {leg.account.pk: leg.account for leg in legs}.values():
            needed = -sum(leg.amount_fen for leg in legs if leg.account.pk == one.pk)
            available = queries.balance(one).available_fen
            if needed > available:
                raise Rejected(code, needed_fen=needed, available_fen=available, owner=one.owner)
    raise Rejected(code)
