"""A bank for demonstrations and tests: it takes signed orders, keeps a book of its own, and tells by signed notices until it is heard.

``settings.SIMULATED_BANK`` switches its faults: ``reject`` every order, be ``silent``, answer ``late``, tell ``twice``, ``forge`` its
signatures, misstate amounts (``wrong``). The exchange meets it only through ``settlement.bank_port``.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum

from kit.coverage import covers
from settlement.bank_port import BankLine, Message, opened, signed
from settlement.simulated_bank_models import SimulatedLine, SimulatedNotice, SimulatedOrder

__all__ = ["SimulatedBank", "receive", "take_back", "transfer_in", "work"]

#: Tells one notice to the exchange; true when it was taken.
Tell = Callable[[Message], bool]


def _faulty(word: str) -> bool:
    return word in settings.SIMULATED_BANK


class SimulatedBank:
    """The adapter: every wish becomes a signed message, as it would to a bank outside."""

    simulated = True

    def order(self, *, reference: str, party: str, amount_fen: int, to_account: str, at: datetime) -> None:
        self._say({"act": "order", "reference": reference, "party": party, "amount_fen": amount_fen, "to_account": to_account}, at)

    def recall(self, *, reference: str, at: datetime) -> None:
        self._say({"act": "recall", "reference": reference}, at)

    def knows(self, *, reference: str, at: datetime) -> bool:
        return bool(self._say({"act": "query", "reference": reference}, at)["known"])

    def statement(self) -> list[BankLine]:
        rows = SimulatedLine.objects.values("reference").annotate(fen=Sum("amount_fen"), last=Max("at"),
                                                                  of=Max("party")).order_by("reference")
        return [BankLine(row["reference"], row["of"], int(row["fen"]), row["last"]) for row in rows]

    def _say(self, content: dict[str, Any], at: datetime) -> dict[str, Any]:
        return receive(signed(str(uuid.uuid4()), content, at=at), at=at)


@covers("T54")
def receive(message: Message, *, at: datetime) -> dict[str, Any]:
    """This will act on a signed message of the exchange; an order whose reference is known is not taken twice."""
    said = opened(message, at=at)
    if said["act"] == "order":
        wait = timedelta(minutes=120) if _faulty("late") else timedelta()
        SimulatedOrder.objects.get_or_create(reference=said["reference"], defaults={
            "party": said["party"], "amount_fen": said["amount_fen"], "to_account": said["to_account"], "taken_at": at,
            "answer_at": at + wait})
    elif said["act"] == "recall":
        _recall(said["reference"], at)
    return {"known": SimulatedOrder.objects.filter(reference=said["reference"]).exists()}


@transaction.atomic
def _recall(reference: str, at: datetime) -> None:
    """What is not paid yet is returned; what is paid comes back as a reversal."""
    held = SimulatedOrder.objects.select_for_update(no_key=True).filter(reference=reference).first()
    if held is None or held.answer in ("returned", "reversed"):
        return
    held.answer = "reversed" if held.answer == "paid" else "returned"
    held.save(update_fields=["answer"])
    if held.answer == "reversed":
        SimulatedLine.objects.create(reference=reference, party=held.party, amount_fen=held.amount_fen, at=at)
    _owe(held.answer, reference, held.party, held.amount_fen, at)


@transaction.atomic
def transfer_in(*, reference: str, party: str, amount_fen: int, at: datetime, tell: bool = True) -> None:
    """This will let money arrive at the bank from outside; ``tell=False``: the exchange read the slip itself."""
    SimulatedLine.objects.create(reference=reference, party=party, amount_fen=amount_fen, at=at)
    if tell:
        _owe("credit", reference, party, amount_fen, at)


@transaction.atomic
def take_back(*, reference: str, at: datetime) -> None:
    """This will let the payer's bank take back money that came in, once."""
    line = SimulatedLine.objects.filter(reference=reference, amount_fen__gt=0).first()
    if line is not None and _owe("recalled", reference, line.party, line.amount_fen, at):
        SimulatedLine.objects.create(reference=reference, party=line.party, amount_fen=-line.amount_fen, at=at)


def _owe(kind: str, reference: str, party: str, amount_fen: int, at: datetime) -> bool:
    """Owes a notice, once; whether it is new."""
    fen = amount_fen - 1 if _faulty("wrong") else amount_fen
    ident = "bnk-" + hashlib.sha256(f"{kind}|{reference}".encode()).hexdigest()[:40]
    return SimulatedNotice.objects.get_or_create(ident=ident, defaults={"due_at": at, "content": {
        "kind": kind, "reference": reference, "party": party, "amount_fen": fen}})[1]


def work(*, tell: Tell, at: datetime) -> int:
    """This will deal with the orders whose time has come and tell what is owed; returns how many steps were made."""
    done = 0
    if not _faulty("silent"):
        for order in list(SimulatedOrder.objects.filter(answer="", answer_at__lte=at).order_by("id")[:500]):
            done += _deal_with(order.pk, at)
    for notice in list(SimulatedNotice.objects.filter(told_at__isnull=True, due_at__lte=at).order_by("id")[:500]):
        message = signed(notice.ident, notice.content, at=at)
        if _faulty("forge"):
            message = replace(message, signature="v1,forged")
        heard = [tell(message) for _ in range(3 if _faulty("twice") else 1)]
        if heard[0]:
            SimulatedNotice.objects.filter(pk=notice.pk).update(told_at=at)
            done += 1
    return done


@transaction.atomic
def _deal_with(key: int, at: datetime) -> int:
    order = SimulatedOrder.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=key, answer="").first()
    if order is None:
        return 0
    order.answer = "returned" if _faulty("reject") else "paid"
    order.save(update_fields=["answer"])
    if order.answer == "paid":
        SimulatedLine.objects.create(reference=order.reference, party=order.party, amount_fen=-order.amount_fen, at=at)
    _owe(order.answer, order.reference, order.party, order.amount_fen, at)
    return 1
