"""Who may what in the laboratory: researchers and the regulator try, the compliance officer reads, nobody else has a door."""

from typing import Any

from participants.actors import actor_of
from tests.matrix import EVERYONE, Row, World

_TRY = frozenset({"researcher", "regulator"})
_SEE = _TRY | {"compliance"}


def extend(world: World) -> None:
    """A finished experiment of the researcher's that is shared, one that runs, and a draft."""
    from evidence.clock import MARKET_CLOCK
    from simulation.experiments.acting import share_experiment
    from simulation.wide.arms import Plan
    from tests.simulation.experiments.worlds import drafted, finished, started

    plan = Plan("baseline", ({}, {"fee_bps": 900}), agents=160, days=2, seed=1, replications=2)
    who = actor_of(world.users["researcher"])
    world.things["told"] = share_experiment(experiment=finished(plan, actor=who), actor=who, clock=MARKET_CLOCK)
    world.things["runs"], world.things["asked"] = started(plan, actor=who), drafted(plan, actor=who)


def _of(name: str) -> Any:
    return lambda world: {"code": world.things[name].code}


def _list(world: World) -> dict[str, str]:
    from compliance.models import NegativeListVersion

    return {"code": NegativeListVersion.objects.order_by("pk")[0].code}


ROWS = {
    "desk/laboratory/": Row(get=_SEE),
    "desk/laboratory/scenarios/<slug:key>/": Row(get=_TRY, post=_TRY, like=lambda world: {"key": "baseline"}),
    "desk/laboratory/compare/": Row(get=_SEE),
    "desk/laboratory/replay/": Row(get={"regulator"}),
    "desk/laboratory/replay/<str:code>/": Row(get={"regulator"}, post={"regulator"}, like=_list, body={"scenario": "baseline"}),
    "desk/laboratory/evaluation/<int:year>/": Row(get=_SEE, like=lambda world: {"year": 2030}),
    "desk/laboratory/evaluation/<int:year>/file/": Row(get=_SEE, like=lambda world: {"year": 2030}),
    "desk/laboratory/<str:code>/": [
        Row(get=_SEE, post={"researcher"}, like=_of("told"), body={"act": "share"}, note="others read what is finished"),
        Row(get={"researcher"}, post={"researcher"}, like=_of("runs"), body={"act": "pause"}, absent=_SEE - {"researcher"})],
    "desk/laboratory/<str:code>/report/<str:form>/": Row(get=_SEE, like=lambda world: {"code": world.things["told"].code, "form": "csv"}),
    "api/experiments/": Row(get=_SEE, post=_TRY),
    "api/experiments/<str:code>/": [
        Row(get=_SEE, like=_of("told")), Row(get={"researcher"}, like=_of("asked"), absent=_SEE - {"researcher"})],
    "api/experiments/<str:code>/acts/": Row(post={"researcher"}, like=_of("runs"), absent=_TRY - {"researcher"}),
    "api/experiments/<str:code>/report/": Row(get=_SEE, like=_of("told")),
    "laboratory/<str:link>/": Row(get=EVERYONE, like=lambda world: {"link": world.things["told"].link}),
}
