"""When honesty pays: E53 (the future against one cheat), E54 (the fine that is enough), E55 (leaving with the open orders)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kit import money
from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws
from simulation.wide import incentives

_PATIENCE = Fraction(95, 100)


@covers("E53")
@claim("E53", title="A cheat pays only where its gain is more than an honest future is worth", source="folk theorem of repeated games",
       setting="one cheat ends the trade for good; gain in margins of one honest deal, discount δ from deal to deal",
       production=("simulation.wide.incentives.break_even_gain",),
       figures=tuple(Figure(f"break-even gain, δ = {share} %", gain) for share, gain in ((80, 4), (90, 9), (95, 19), (99, 99))))
def _break_even(draws: Draws) -> Iterator[Measured]:
    yield from (Measured(incentives.break_even_gain(Fraction(share, 100))) for share in (80, 90, 95, 99))


_FINES = {(10, 4): 96.5, (10, 12): 91.3, (10, 36): 84.0, (30, 4): 29.8, (30, 12): 24.6, (30, 36): 17.3, (50, 4): 16.5, (50, 12): 11.3,
          (50, 36): 4.0, (100, 4): 6.5, (100, 12): 1.3, (100, 36): 0.0}


@covers("E54")
@claim("E54", title="Finding more cheats saves more than banning them longer", source="economics of deterrence, computed",
       setting="gain of 10 margins, δ = 95 %, found with chance q, banned for T deals; the least fine in margins",
       production=("simulation.wide.incentives.fine_needed", "simulation.wide.incentives.lost_by_ban"),
       figures=(*(Figure(f"least fine, q = {found} %, T = {deals}", fine, 0.05) for (found, deals), fine in _FINES.items()),
                Figure("saved by finding 30 rather than 10 of a hundred over saved by banning 36 rather than 4 deals", 1, relation=">")))
def _fines(draws: Draws) -> Iterator[Measured]:
    def fine(found: int, deals: int) -> Fraction:
        return incentives.fine_needed(Fraction(10), Fraction(found, 100), _PATIENCE, deals)

    yield from (Measured(fine(*asked)) for asked in _FINES)
    yield Measured((fine(10, 4) - fine(30, 4)) / (fine(10, 4) - fine(10, 36)))


_OPEN = {3: Fraction(0), 10: Fraction(62, 100), 20: Fraction(81, 100)}
_PRICE_FEN = 1_000_000


def _leaving_pays(orders: int, bps: int) -> bool:
    """Whether what is paid and not held back is worth more than going on, counted in the fen that a settlement would hold back."""
    taken = orders * (_PRICE_FEN - money.bps_of(_PRICE_FEN, bps))
    return taken > incentives.break_even_gain(_PATIENCE) * money.bps_of(_PRICE_FEN, 2_000)


@covers("E55")
@claim("E55", title="A holdback that grows with the open orders keeps a seller from leaving with them", source="folk theorem, computed",
       setting="K prepaid deals open, margin 20 %, δ = 95 %; a price of ¥10,000 held back to the fen",
       production=("simulation.wide.incentives.holdback_needed", "kit.money.bps_of"),
       figures=(*(Figure(f"part to hold back, {many} open deals", part) for many, part in _OPEN.items()),
                *(Figure(f"leaving pays with that part, {many} open deals", 0) for many in _OPEN),
                *(Figure(f"leaving pays with one percent less, {many} open deals", 1) for many in (10, 20))))
def _leaving(draws: Draws) -> Iterator[Measured]:
    needed = {many: incentives.holdback_needed(many, Fraction(1, 5), _PATIENCE) for many in _OPEN}
    yield from (Measured(part) for part in needed.values())
    yield from (Measured(int(_leaving_pays(many, int(part * 10_000)))) for many, part in needed.items())
    yield from (Measured(int(_leaving_pays(many, int(needed[many] * 10_000) - 100))) for many in (10, 20))
