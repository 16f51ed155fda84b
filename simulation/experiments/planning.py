"""What an experiment may ask: bounds, policies of its scenario, what it will cost; a fault is named at its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from simulation.models import Experiment, Replication
from simulation.wide.arms import Plan
from simulation.wide.parameters import Scenario, scenarios
from simulation.wide.running import work_of

__all__ = ["ARMS", "BOUNDS", "MOST_SECONDS", "WORKERS", "Cost", "checked", "cost_of", "plan_of", "scenario_of"]

#: name of a figure of the plan -> least, most
BOUNDS: Mapping[str, tuple[int, int]] = {
    "agents": (160, 100_000), "days": (1, 365), "seed": (0, 2**53 - 1), "replications": (2, 100)}
ARMS = (2, 8)
#: How many compute at a time.
WORKERS = 2
#: Seconds on one core that a single experiment may ask for, and that one run of it may take.
MOST_SECONDS, MOST_RUN_SECONDS = 1_800, 20
_REMEMBERED = 50


@dataclass(frozen=True)
class Cost:
    """What a plan will take: runs, seconds on one core, seconds until it is whole with the workers there are."""

    runs: int
    core_seconds: float
    seconds: int
    measured: int

    @property
    def minutes(self) -> int:
        return -(-self.seconds // 60)


@covers("CAP-I2")
def cost_of(plan: Plan) -> Cost:
    """This will estimate a plan by the measured pace of columns, corrected by how long the latest kept runs really took."""
    runs = len(plan.arms) * plan.replications
    kept = Replication.objects.filter(result__isnull=False).select_related("experiment").defer("result").order_by("-kept_at")[:_REMEMBERED]
    paces = [one.took_ms / 1000 / work_of(one.experiment.agents, one.experiment.days) for one in kept]
    core = work_of(plan.agents, plan.days, runs) * (median(paces) if paces else 1.0)
    return Cost(runs, core, max(1, round(core / min(WORKERS, runs))), len(paces))


def plan_of(experiment: Experiment) -> Plan:
    """This will return an experiment as the laboratory's plan."""
    return Plan(experiment.scenario, tuple(arm.changes for arm in experiment.arms.all()), experiment.agents, experiment.days,
                experiment.seed, experiment.replications)


def scenario_of(key: str) -> Scenario:
    """This will return a scenario of the house; another is absent."""
    found = scenarios().get(key)
    if found is None:
        raise Rejected("participants.object.absent")
    return found


def checked(*, title: str, plan: Plan) -> Plan:
    """This will return the plan if it can be run; every fault stands at its field."""
    scenario = scenario_of(plan.scenario)
    faults = [] if 2 <= len(title.strip()) <= 80 else [
        FieldFault("title", "length", ("标题 2 至 80 个字", "A title of 2 to 80 characters"))]
    for name, (least, most) in BOUNDS.items():
        given = getattr(plan, name)
        if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
            faults.append(FieldFault(name, "out_of_range", (f"请填 {least} 至 {most} 的整数", f"A whole number from {least} to {most}")))
    faults += _faults_of_arms(scenario, plan.arms)
    if faults:
        raise Rejected("simulation.experiment.unfit", errors=faults)
    if work_of(plan.agents, plan.days) > MOST_RUN_SECONDS:
        raise Rejected("simulation.experiment.unfit", errors=[FieldFault("agents", "too_much", (
            "参与者与天数的乘积过大：单次运行过长，请减少其一", "Too many agents for so many days: lower either"))])
    return plan


def _faults_of_arms(scenario: Scenario, arms: Sequence[Mapping[str, int]]) -> list[FieldFault]:
    least, most = ARMS
    if not least <= len(arms) <= most:
        return [FieldFault("arms", "out_of_range", (f"须有 {least} 至 {most} 组", f"There are {least} to {most} arms"))]
    known, faults = {one.name: one for one in scenario.policies()}, []
    for place, arm in enumerate(arms):
        for name, value in arm.items():
            field, one = f"arm-{place}-{name}", known.get(name)
            if one is None:
                faults.append(FieldFault(field, "no_policy", ("这一场景不接受这项政策", "This scenario does not take this policy")))
            elif isinstance(value, bool) or not isinstance(value, int) or not one.least <= value <= one.most:
                faults.append(FieldFault(field, "out_of_range", (f"请填 {one.least} 至 {one.most} 的整数",
                                                                f"A whole number from {one.least} to {one.most}")))
    seen = [dict(arm) for arm in arms]
    for place, arm in enumerate(seen):
        if arm in seen[:place]:
            faults.append(FieldFault(f"arm-{place}", "same", (f"第 {place + 1} 组与前面的一组相同：改一项政策，或去掉它",
                                                             f"Arm {place + 1} equals an earlier one: change a policy, or leave it out")))
    return faults
