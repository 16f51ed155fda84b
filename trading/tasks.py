"""What the clock does on the floor: opens and closes lots each second, ends unpaid trades, lapses halts, sweeps what runs.

Every task looks for its work in the database (level-triggered) and may run twice, on two workers, late, or never: the row
is locked with SKIP LOCKED, and the act itself asks the clock again under the lock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.db import transaction

from evidence.clock import MARKET_CLOCK
from evidence.prepared import ask
from kit.actors import SYSTEM
from kit.clock import Clock
from trading.alerts import mark_late_alerts
from trading.carting import lapse_carts
from trading.competition import watch_competition
from trading.frameworks import close_due as close_frameworks
from trading.models import Agreement, Auction, Barter, Negotiation, Rfq, Trade
from trading.operations import (
    bar_bidder,
    cancel_auction,
    close_auction,
    close_rfq,
    decide_sealed,
    default_trade,
    escalate_suspension,
    expire_agreement,
    expire_barter,
    expire_negotiation,
    lapse_agreement,
    lapse_rfq,
    open_auction,
    run_out_notice,
)
from trading.public_uses import end_due_uses
from trading.queries import stopped_bidders, stopped_lots
from trading.shortfalls import end_due_shortfalls
from trading.subscribing import renew_due
from trading.venue_pilots import end_due_pilots
from trading.watching import watch_market

__all__ = ["SCHEDULE", "close_due", "decide_due", "default_due", "end_agreements", "end_talks", "lapse_halts", "open_due",
           "sweep_stopped"]

#: At most so many objects in one run of a task; the next second takes the rest.
BATCH = 500


def _each_due(statement: str, act: Callable[[int], Any]) -> int:
    """Takes due rows one by one, each in its own transaction, skipping rows another worker holds."""
    done = 0
    while done < BATCH:
        with transaction.atomic():
            found = ask(statement + " FOR NO KEY UPDATE SKIP LOCKED LIMIT 1", [])
            if not found:
                return done
            act(found[0][0])
        done += 1
    return done


def open_due(clock: Clock = MARKET_CLOCK) -> int:
    """This will open every announced lot whose time has come; returns how many."""
    return _each_due("SELECT id FROM trading_auction WHERE status = 'announced' AND opens_at <= (SELECT market_now()) ORDER BY opens_at",
                     lambda key: open_auction(lot=Auction(pk=key), actor=SYSTEM, clock=clock))


def close_due(clock: Clock = MARKET_CLOCK) -> int:
    """This will end every open lot whose end has passed; returns how many."""
    return _each_due("SELECT id FROM trading_auction WHERE status = 'open' AND closes_at <= (SELECT market_now()) ORDER BY closes_at",
                     lambda key: close_auction(lot=Auction(pk=key), actor=SYSTEM, clock=clock))


def decide_due(clock: Clock = MARKET_CLOCK) -> int:
    """This will decide every sealed lot whose time for opening bids is over; returns how many."""
    return _each_due("SELECT id FROM trading_auction WHERE status = 'revealing' AND due_at <= (SELECT market_now()) ORDER BY due_at",
                     lambda key: decide_sealed(lot=Auction(pk=key), actor=SYSTEM, clock=clock))


def default_due(clock: Clock = MARKET_CLOCK) -> int:
    """This will end every trade that was not paid in time; returns how many."""
    return _each_due("SELECT trade_id FROM trading_tradestate WHERE status = 'executed' AND due_at <= (SELECT market_now()) "
                     "ORDER BY due_at",
                     lambda key: default_trade(trade=Trade.objects.get(pk=key), actor=SYSTEM, clock=clock))


#: What a date of an agreement sets going, by the state it waits in; a term that is over ends whatever state it is in.
_AGREEMENTS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("SELECT id FROM trading_agreement WHERE status = 'drafted' AND due_at <= (SELECT market_now()) ORDER BY id LIMIT %s", lapse_agreement),
    ("SELECT id FROM trading_agreement WHERE status = 'terminating' AND due_at <= (SELECT market_now()) ORDER BY id LIMIT %s",
     run_out_notice),
    ("SELECT id FROM trading_agreement WHERE status = 'suspended' AND due_at <= (SELECT market_now()) ORDER BY id LIMIT %s",
     escalate_suspension),
    ("SELECT id FROM trading_agreement WHERE status IN ('in_force', 'suspended', 'terminating') AND term_to <= (SELECT market_now()) "
     "ORDER BY id LIMIT %s", expire_agreement),
)


def end_agreements(clock: Clock = MARKET_CLOCK) -> int:
    """This will act on every date of an agreement that has passed; returns how many. The trade's row is locked first, by the act."""
    done = 0
    for statement, act in _AGREEMENTS:
        for (key,) in ask(statement, [BATCH]):
            act(agreement=Agreement.objects.select_related("trade").get(pk=key), actor=SYSTEM, clock=clock)
            done += 1
    return done


def lapse_halts(clock: Clock = MARKET_CLOCK) -> int:
    """This will cancel every lot that stood halted for five days; returns how many."""
    return _each_due("SELECT id FROM trading_auction WHERE status = 'halted' AND due_at <= (SELECT market_now()) ORDER BY due_at",
                     lambda key: cancel_auction(lot=Auction(pk=key), reason_code="trading.auction.halt_lapsed",
                                                reason="中止满五天未恢复", actor=SYSTEM, clock=clock))


def end_talks(clock: Clock = MARKET_CLOCK) -> int:
    """This will expire unanswered offers of bargains and barters, end rounds of quotes and requests nobody decided; returns how many."""
    talks = _each_due("SELECT id FROM trading_negotiation WHERE status = 'offered' AND due_at <= (SELECT market_now()) ORDER BY due_at",
                      lambda key: expire_negotiation(negotiation=Negotiation(pk=key), actor=SYSTEM, clock=clock))
    talks += _each_due("SELECT id FROM trading_barter WHERE status = 'offered' AND due_at <= (SELECT market_now()) ORDER BY due_at",
                       lambda key: expire_barter(barter=Barter(pk=key), actor=SYSTEM, clock=clock))
    rounds = _each_due("SELECT id FROM trading_rfq WHERE status = 'open' AND closes_at <= (SELECT market_now()) ORDER BY closes_at",
                       lambda key: close_rfq(rfq=Rfq(pk=key), actor=SYSTEM, clock=clock))
    return talks + rounds + _each_due(
        "SELECT id FROM trading_rfq WHERE status = 'evaluating' AND due_at <= (SELECT market_now()) ORDER BY due_at",
        lambda key: lapse_rfq(rfq=Rfq(pk=key), actor=SYSTEM, clock=clock))


def sweep_stopped(clock: Clock = MARKET_CLOCK) -> int:
    """This will cancel running lots whose seller or listing was stopped, and bar stopped bidders; the net below the subscribers."""
    at, done = clock.now(), 0
    for lot, code in stopped_lots(at=at):
        cancel_auction(lot=lot, reason_code=code, reason="", actor=SYSTEM, clock=clock)
        done += 1
    for bidder, code in stopped_bidders(at=at):
        bar_bidder(lot=bidder.auction, bidder=bidder, reason_code=code, actor=SYSTEM, clock=clock)
        done += 1
    return done


@shared_task(name="trading.tasks.tick")
def tick(**_: Any) -> None:
    """This will open and close what is due: called each second."""
    open_due()
    close_due()
    decide_due()


@shared_task(name="trading.tasks.sweep")
def sweep(**_: Any) -> None:
    """This will look after payments, halts, offers, rounds of quotes, stopped parties, reports and differences: every ten seconds."""
    default_due()
    end_agreements()
    lapse_halts()
    end_talks()
    sweep_stopped()
    end_due_uses(clock=MARKET_CLOCK)
    lapse_carts(clock=MARKET_CLOCK)
    renew_due(clock=MARKET_CLOCK)
    close_frameworks(clock=MARKET_CLOCK)
    end_due_shortfalls(clock=MARKET_CLOCK)
    mark_late_alerts(clock=MARKET_CLOCK)
    end_due_pilots(clock=MARKET_CLOCK)


@shared_task(name="trading.tasks.watch")
def watch(**_: Any) -> None:
    """This will look for dominance, parallel prices and favours in search, and run every rule of surveillance over the year.

    What fires is alerted once, however often it is called.
    """
    watch_competition(clock=MARKET_CLOCK)
    watch_market(clock=MARKET_CLOCK)


SCHEDULE = {
    "trading-watch": {"task": "trading.tasks.watch", "schedule": 21600.0, "options": {"expires": 3600}},
    "trading-tick": {"task": "trading.tasks.tick", "schedule": 1.0, "options": {"expires": 5}},
    "trading-sweep": {"task": "trading.tasks.sweep", "schedule": 10.0, "options": {"expires": 30}},
}
