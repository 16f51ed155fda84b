"""Who gets how much of a price: E30 to E37 and E39 on the rules that settle real trades, all exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from kit.coverage import covers
from settlement.sharing import claims as waterfall
from settlement.sharing import leave_one_out, proportional, shapley
from settlement.sharing.games import Coverage, Game
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws

_Worth = Callable[[frozenset[str]], Fraction | int]


def _game(players: Sequence[str], worth: _Worth) -> Game:
    """A game written out from what a coalition is worth."""
    groups = {mask: frozenset(name for place, name in enumerate(players) if mask >> place & 1) for mask in range(1, 1 << len(players))}
    return Game(tuple(players), {mask: Fraction(worth(group)) for mask, group in groups.items()})


def _of(values: Mapping[str, Fraction]) -> Iterator[Measured]:
    yield from (Measured(value) for value in values.values())


def _named(label: str, names: Iterable[str], expected: Iterable[str]) -> tuple[Figure, ...]:
    return tuple(Figure(f"{label}: {name}", Fraction(value)) for name, value in zip(names, expected, strict=True))


_FIVE = "abcde"
_AXIOMS = ("efficiency", "symmetry", "dummy", "additivity", "order of players")


@covers("E30")
@claim("E30", title="Shapley's value is the one that is efficient, symmetric, blind to dummies and additive", source="Shapley 1953",
       setting="random games of five players with fractions for worths; each axiom and the order of the players tried on every game",
       production=("settlement.sharing.shapley.shapley",),
       figures=tuple(Figure(f"games that break: {axiom}", 0) for axiom in _AXIOMS))
def _axioms(draws: Draws) -> Iterator[Measured]:
    rng, broken, games = draws.rng(), [0] * len(_AXIOMS), draws.count(2_000)
    for _ in range(games):
        one, two = ({mask: Fraction(int(worth), 7) for mask, worth in enumerate(rng.integers(-50, 50, 32)) if mask} for _ in range(2))
        values = shapley.shapley(Game(tuple(_FIVE), one))
        broken[0] += sum(values.values()) != one[31]
        alike = {mask: one[min(mask, _swapped(mask))] for mask in one}
        even = shapley.shapley(Game(tuple(_FIVE), alike))
        broken[1] += even["a"] != even["b"]
        idle = {mask: one.get(mask & ~1, Fraction(0)) + (Fraction(3) if mask & 1 else 0) for mask in one}
        broken[2] += shapley.shapley(Game(tuple(_FIVE), idle))["a"] != 3
        other = shapley.shapley(Game(tuple(_FIVE), two))
        both = shapley.shapley(Game(tuple(_FIVE), {mask: one[mask] + two[mask] for mask in one}))
        broken[3] += any(both[name] != values[name] + other[name] for name in _FIVE)
        turned = shapley.shapley(Game(("b", "a", *_FIVE[2:]), {_swapped(mask): worth for mask, worth in one.items()}))
        broken[4] += dict(turned) != dict(values)
    yield from (Measured(count, samples=games) for count in broken)


def _swapped(mask: int) -> int:
    """The coalition with the first two players in each other's place."""
    return mask & ~3 | (mask & 1) << 1 | (mask & 2) >> 1


def _runways(costs: Iterable[int]) -> Coverage:
    """A runway serves everybody who needs no longer one, so each metre is divided among those who use it."""
    return Coverage({str(cost): frozenset(map(str, range(cost))) for cost in costs})


_AIRPORTS = {(1, 2, 3): ("1/3", "5/6", "11/6"), (10, 20, 30, 40): ("5/2", "35/6", "65/6", "125/6")}


@covers("E31")
@claim("E31", title="Each metre of a runway is paid by those who use it", source="Littlechild and Owen 1973",
       setting="the costs as a game written out, and as a coverage in closed form; then twenty runways of 1 to 20",
       production=("settlement.sharing.shapley.shapley", "settlement.sharing.shapley.shapley_of_coverage"),
       figures=(*(figure for costs, shares in _AIRPORTS.items() for form in ("game", "coverage")
                  for figure in _named(f"{form} of costs {list(costs)}", map(str, costs), shares)),
                Figure("twenty runways: the shortest", Fraction(1, 20)),
                Figure("twenty runways: the longest", sum(Fraction(1, k) for k in range(1, 21)))))
def _airport(draws: Draws) -> Iterator[Measured]:
    for costs in _AIRPORTS:
        yield from _of(shapley.shapley(_game([str(cost) for cost in costs], lambda group: max(int(name) for name in group))))
        yield from _of(shapley.shapley_of_coverage(_runways(costs)))
    many = shapley.shapley_of_coverage(_runways(range(1, 21)))
    yield from (Measured(many["1"]), Measured(many["20"]))


def _gloves(left: int, right: int) -> Game:
    names = [*(f"L{n}" for n in range(1, left + 1)), *(f"R{n}" for n in range(1, right + 1))]
    return _game(names, lambda group: min(sum(name[0] == side for name in group) for side in "LR"))


@covers("E32")
@claim("E32", title="The scarce side of a pair takes most", source="Shapley and Shubik 1969",
       setting="left and right gloves, a pair is worth one",
       production=("settlement.sharing.shapley.shapley",),
       figures=(*_named("one left, two right", ("L1", "R1", "R2"), ("2/3", "1/6", "1/6")),
                *_named("two left, three right", ("L1", "L2", "R1", "R2", "R3"), ("13/20", "13/20", "7/30", "7/30", "7/30"))))
def _glove(draws: Draws) -> Iterator[Measured]:
    yield from _of(shapley.shapley(_gloves(1, 2)))
    yield from _of(shapley.shapley(_gloves(2, 3)))


def _voting(quota: int, **weights: int) -> Game:
    return _game(list(weights), lambda group: sum(weights[name] for name in group) >= quota)


@covers("E33")
@claim("E33", title="A vote of one can be worth as much as one of forty-nine", source="Shapley and Shubik 1954; Banzhaf 1965",
       setting="quota 51 of 50, 49, 1; quota 4 of 3, 2, 1, 1",
       production=("settlement.sharing.shapley.shapley", "settlement.sharing.shapley.banzhaf"),
       figures=(*_named("Shapley and Shubik, quota 51", "abc", ("2/3", "1/6", "1/6")),
                *_named("Banzhaf, quota 51", "abc", ("3/4", "1/4", "1/4")),
                *_named("Shapley and Shubik, quota 4", "abcd", ("1/2", "1/6", "1/6", "1/6"))))
def _votes(draws: Draws) -> Iterator[Measured]:
    yield from _of(shapley.shapley(_voting(51, a=50, b=49, c=1)))
    yield from _of(shapley.banzhaf(_voting(51, a=50, b=49, c=1)))
    yield from _of(shapley.shapley(_voting(4, a=3, b=2, c=1, d=1)))


@covers("E34")
@claim("E34", title="Power in the Security Council", source="Shapley and Shubik 1954; Banzhaf 1965",
       setting="quota 39, five permanent members of weight 7, ten of weight 1",
       production=("settlement.sharing.shapley.shapley", "settlement.sharing.shapley.banzhaf"),
       figures=(Figure("Shapley and Shubik, permanent", Fraction(421, 2145)), Figure("Shapley and Shubik, other", Fraction(4, 2145)),
                Figure("swings of a permanent member", 848), Figure("swings of another", 84),
                Figure("Banzhaf's index, permanent", 0.166929, 0.000001), Figure("Banzhaf's index, other", 0.016535, 0.000001)))
def _council(draws: Draws) -> Iterator[Measured]:
    members = {**{f"P{n}": 7 for n in range(5)}, **{f"E{n}": 1 for n in range(10)}}
    game = _voting(39, **members)
    value, swings = shapley.shapley(game), shapley.banzhaf(game)
    yield from (Measured(value["P0"]), Measured(value["E0"]), Measured(swings["P0"] * 2**14), Measured(swings["E0"] * 2**14))
    total = sum(swings.values())
    yield from (Measured(float(swings["P0"] / total)), Measured(float(swings["E0"] / total)))


_CLAIMS = {"100": Fraction(100), "200": Fraction(200), "300": Fraction(300)}
_TALMUD = {100: ("100/3",) * 3, 200: ("50", "75", "75"), 300: ("50", "100", "150"), 400: ("50", "125", "225"),
           500: ("200/3", "500/3", "800/3")}


@covers("E35")
@claim("E35", title="The three wives of the Talmud", source="Aumann and Maschler 1985",
       setting="claims of 100, 200 and 300 on a smaller estate",
       production=("settlement.sharing.claims.talmud",),
       figures=tuple(figure for estate, awards in _TALMUD.items() for figure in _named(f"estate of {estate}, claim", _CLAIMS, awards)))
def _wives(draws: Draws) -> Iterator[Measured]:
    for estate in _TALMUD:
        yield from _of(waterfall.talmud(Fraction(estate), _CLAIMS))


def _arrival(estate: int) -> Game:
    """What a group of claimants is left with when all the others are paid first."""
    total = sum(_CLAIMS.values())
    return _game(list(_CLAIMS), lambda group: max(Fraction(0), estate - (total - sum(_CLAIMS[name] for name in group))))


_ARRIVALS = {200: ("100/3", "250/3", "250/3"), 300: ("50", "100", "150"), 400: ("200/3", "350/3", "650/3")}


@covers("E36")
@claim("E36", title="The same estate by other rules", source="O'Neill 1982; Aumann and Maschler 1985",
       setting="random arrival, equal awards, equal losses, in proportion; the contested garment",
       production=("settlement.sharing.shapley.shapley", "settlement.sharing.claims.equal_awards", "settlement.sharing.claims.equal_losses",
                   "settlement.sharing.proportional.proportional", "settlement.sharing.claims.talmud"),
       figures=(*(figure for estate, awards in _ARRIVALS.items()
                  for figure in _named(f"random arrival, {estate}, claim", _CLAIMS, awards)),
                *_named("equal awards, 300, claim", _CLAIMS, ("100", "100", "100")),
                *_named("equal losses, 300, claim", _CLAIMS, ("0", "100", "200")),
                *_named("in proportion, 300, claim", _CLAIMS, ("50", "100", "150")),
                *_named("contested garment", ("half", "all"), ("1/4", "3/4"))))
def _estate(draws: Draws) -> Iterator[Measured]:
    for estate in _ARRIVALS:
        yield from _of(shapley.shapley(_arrival(estate)))
    for rule in (waterfall.equal_awards, waterfall.equal_losses, proportional.proportional):
        yield from _of(rule(Fraction(300), _CLAIMS))
    yield from _of(waterfall.talmud(Fraction(1), {"half": Fraction(1, 2), "all": Fraction(1)}))


@covers("E37")
@claim("E37", title="Leaving one out under-pays what two supply", source="computed", setting="records 0…59, 40…89 and 80…99",
       production=("settlement.sharing.shapley.shapley_of_coverage", "settlement.sharing.leave_one_out.leave_one_out_of_coverage"),
       figures=(*_named("Shapley", "abc", ("50", "35", "15")), *_named("leave one out", "abc", ("40", "20", "10")),
                Figure("Shapley pays in all", 100), Figure("leave one out pays in all", 70)))
def _overlap(draws: Draws) -> Iterator[Measured]:
    held = {"a": range(60), "b": range(40, 90), "c": range(80, 100)}
    supplied = Coverage({party: frozenset(map(str, records)) for party, records in held.items()})
    value, left = shapley.shapley_of_coverage(supplied), leave_one_out.leave_one_out_of_coverage(supplied)
    yield from (*_of(value), *_of(left), Measured(sum(value.values())), Measured(sum(left.values())))


_RECORDS = frozenset(map(str, range(12)))


@covers("E39")
@claim("E39", title="Who copies the own data gains where data sets are paid, and nothing where their owners are", source="computed",
       setting="A and B supply the same records; A lists k copies more; players are data sets, then owners whose equal records count once",
       production=("settlement.sharing.shapley.shapley_of_coverage",),
       figures=(*(Figure(f"data sets, {k} copies: share of A", Fraction(k + 1, k + 2)) for k in (0, 1, 9)),
                *(Figure(f"owners, {k} copies: share of A", Fraction(1, 2)) for k in (0, 1, 9))))
def _copies(draws: Draws) -> Iterator[Measured]:
    for by_owner in (False, True):
        for copies in (0, 1, 9):
            sets = {"A" if by_owner else f"A{n}": _RECORDS for n in range(copies + 1)}
            shares = shapley.shapley_of_coverage(Coverage({**sets, "B": _RECORDS}))
            yield Measured(1 - shares["B"] / len(_RECORDS))
