"""Acts on one agreement at the same moment (T9, F3): both sides sign, all ends meet; one legal edge each, and no signature is lost."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from tests.threads import together
from tests.trading.test_agreements import awarded, sold
from tests.trading.worlds import move, stand_still
from trading.models import Agreement, Signature
from trading.operations import agree_to_end, agreeing, give_notice, sign_agreement, take_back_notice
from trading.operations.ending_agreements import run_out_notice

FULL = os.environ.get("FULL") == "1"
ROUNDS = 100 if FULL else 10
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


def both_sign() -> tuple[Agreement, list[Any]]:
    trade, seller, buyer = awarded()
    deed = trade.deed
    results = together([lambda actor=actor: sign_agreement(agreement=deed, terms_hash=deed.terms_hash, actor=actor, clock=MARKET_CLOCK)
                        for actor in (seller, buyer)])
    return Agreement.objects.get(pk=deed.pk), results


@covers("T9", "F3", "F1")
def test_both_sides_sign_at_once_and_it_is_in_force() -> None:
    stand_still()
    for _ in range(ROUNDS):
        deed, results = both_sign()
        assert not [one for one in results if isinstance(one, Exception)], results
        assert (deed.status, deed.signatures.count()) == ("in_force", 2)


def test_without_the_lock_each_sees_only_its_own_signature_and_it_never_comes_into_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: read without locking, sign, count: both count one."""
    stand_still()
    barrier = threading.Barrier(2, timeout=60)

    def unlocked(agreement: Agreement) -> Agreement:
        return Agreement.objects.select_related("trade__seller", "trade__buyer", "trade__venue", "trade__listing").get(pk=agreement.pk)

    def counted_late(deed: Agreement, side: Any, manner: Any, actor: Any, at: Any) -> None:
        Signature.objects.create(agreement=deed, side=side, manner=manner, organization=actor.organization, person=actor.code,
                                 terms_hash=deed.terms_hash, at=at)
        signed = deed.signatures.count()
        barrier.wait()
        if signed == 2:
            agreeing.move_agreement(deed, "conclude")
            deed.save(update_fields=["status"])
        agreeing.note_agreement(deed, "signed", actor=actor, at=at, side=str(side), manner=str(manner))

    trade, seller, buyer = awarded()
    monkeypatch.setattr(agreeing, "lock_agreement", unlocked)
    monkeypatch.setattr(agreeing, "_sign", counted_late)
    together([lambda actor=actor: sign_agreement(agreement=trade.deed, terms_hash=trade.deed.terms_hash, actor=actor, clock=MARKET_CLOCK)
              for actor in (seller, buyer)])
    deed = Agreement.objects.get(pk=trade.deed.pk)
    assert (deed.status, deed.signatures.count()) == ("drafted", 2), "signed by both and in force for nobody"


@covers("T9", "F4")
def test_consent_withdrawal_and_the_clock_meet_and_one_edge_is_taken() -> None:
    stand_still()
    for _ in range(ROUNDS):
        trade, seller, buyer = sold()
        deed = give_notice(agreement=trade.deed, ground="agreed", reason="项目取消", actor=buyer, clock=MARKET_CLOCK)
        move(days=15)
        results = together([lambda deed=deed, by=seller: agree_to_end(agreement=deed, actor=by, clock=MARKET_CLOCK),
                            lambda deed=deed, by=buyer: take_back_notice(agreement=deed, actor=by, clock=MARKET_CLOCK),
                            lambda deed=deed: run_out_notice(agreement=deed, actor=SYSTEM, clock=MARKET_CLOCK)])
        moved = Record.objects.filter(subject=deed.code, kind__in=[f"trading.agreement.{one}" for one in
                                                                  ("ended", "taken_back", "notice_lapsed")]).count()
        assert moved == 1, results
        assert all(isinstance(one, (Agreement, Rejected)) for one in results), results

