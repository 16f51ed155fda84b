"""Pilots of a venue for tests: asked by its operator, granted by a regulator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from evidence.clock import MARKET_CLOCK
from participants.roles import Role
from tests.factories import make_actor, venue
from trading.models import VenuePilot
from trading.venue_pilots import ask_venue_pilot, decide_venue_pilot

__all__ = ["asked", "running"]


def asked(**terms: Any) -> VenuePilot:
    """A request: all four formats, every sector, room for many."""
    return ask_venue_pilot(**{
        "venue": venue(), "sector": "", "opens": ["uniform", "pay_as_bid", "vcg", "rsop"], "novelty": "一次出售多份许可",
        "safeguards": "上限之内，逐场公布", "most_fen": 90_000_000_000_000, "most_lot_fen": 9_000_000_000_000, "most_parties": 1_000,
        "ends_at": MARKET_CLOCK.now() + timedelta(days=300), "actor": make_actor(Role.VENUE_OPERATOR), "clock": MARKET_CLOCK, **terms})


def running(**terms: Any) -> VenuePilot:
    """A pilot that runs."""
    return decide_venue_pilot(pilot=asked(**terms), grant=True, reason="风险可控", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
