"""A rule tried before it holds: on the own trades of twelve months, on the scenarios; and the yearly evaluation made from it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from compliance.models import NegativeListVersion
from compliance.states import ListStatus
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import FieldFault, Rejected
from participants.doors import actor_in, page
from participants.words import speaks_chinese
from simulation.experiments.acting import draft_experiment, start_experiment
from simulation.experiments.evaluating import evaluation_of, written
from simulation.experiments.planning import scenario_of
from simulation.experiments.replaying import ONLY_LIVED, REPLAYED, replay_list, replay_policies
from simulation.experiments.reporting import short_name
from simulation.models import Experiment
from simulation.tasks import ring_laboratory
from simulation.wide.arms import Plan
from simulation.wide.parameters import parameters, scenarios

__all__ = ["evaluation", "evaluation_file", "replay", "replay_of_list"]


def _asked(request: HttpRequest) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """The policies asked for, and the form's fields with their faults."""
    policies, fields = {}, []
    for name in (*REPLAYED, *(one for one in ONLY_LIVED if one in request.GET)):  # what only a scenario tells is answered when asked for
        one, typed, fault = parameters()[name], request.GET.get(name, "").strip()[:20], None
        if typed:
            if (figure := whole(typed, digits=20)) is not None and one.least <= figure <= one.most:
                policies[name] = figure
            else:
                fault = FieldFault(name, "out_of_range", (f"请填 {one.least} 至 {one.most} 的整数",
                                                          f"A whole number from {one.least} to {one.most}"))
        fields.append({"name": name, "words": short_name(name), "help": (one.zh, one.en), "least": one.least, "most": one.most,
                       "value": typed, "fault": fault})
    return policies, fields


@covers("CAP-I2", "R51")
@never_cache
@require_safe
@page("simulation.rule.try")
def replay(request: HttpRequest) -> HttpResponse:
    """What a fee, reserve, inspection, holdback or a bar on export would have done to twelve months; the way to the scenarios."""
    policies, fields = _asked(request)
    faulty = any(one["fault"] for one in fields)
    told = replay_policies(policies, MARKET_CLOCK.now()) if policies and not faulty else None
    onward = "&".join(["replay=1", *(f"{name}={value}" for name, value in policies.items())])
    return render(request, "simulation/replay.html", {
        "fields": fields, "told": told, "only_lived": [(short_name(name), why) for name, why in ONLY_LIVED.items()], "onward": onward,
        "scenarios": [(one.key, (one.zh, one.en)) for one in scenarios().values()]}, status=400 if faulty else 200)


@covers("CAP-I2", "R51", "R84")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("simulation.rule.try")
def replay_of_list(request: HttpRequest, code: str) -> HttpResponse:
    """A draft or proposed negative list: what it would have done, and an experiment of the scenarios with the part that it bars."""
    held = get_object_or_404(NegativeListVersion, code=code)
    if held.status == ListStatus.DISCARDED:
        raise Rejected("participants.object.absent")
    at, actor, refused = MARKET_CLOCK.now(), actor_in(request), None
    told = replay_list(held, at)
    if request.method == "POST":
        try:
            chosen = scenario_of(request.POST.get("scenario", ""))
            plan = Plan(chosen.key, ({}, {"barred_share_bps": told["barred_share_bps"]}), agents=2_000, days=30, seed=7, replications=20)
            if not told["barred_share_bps"]:
                raise Rejected("simulation.rule.nothing_barred", version=held.version)
            made = draft_experiment(title=f"{held.version} · {chosen.zh} / {chosen.en}", plan=plan, about=held.code, replayed=told,
                                    actor=actor, clock=MARKET_CLOCK)
            start_experiment(experiment=made, actor=actor, clock=MARKET_CLOCK)
            ring_laboratory()
            return redirect("simulation:experiment", made.code)
        except Rejected as no:
            if no.status in {403, 404}:
                raise
            refused = no
    return render(request, "simulation/replay_list.html", {
        "held": held, "told": told, "refused": refused, "scenarios": [(one.key, (one.zh, one.en)) for one in scenarios().values()],
        "made": Experiment.objects.filter(about=held.code).exclude(status="discarded").order_by("-pk")[:20]},
        status=refused.status if refused else 200)


@covers("CAP-I2", "R51")
@never_cache
@require_safe
@page("simulation.laboratory.see")
def evaluation(request: HttpRequest, year: int) -> HttpResponse:
    """A year of the rules: the market's figures, the lists that held, what experiments found."""
    at = MARKET_CLOCK.now()
    _known(year, at.year)
    return render(request, "simulation/evaluation.html", {
        "told": evaluation_of(year, at), "before": year - 1 if year > 2020 else None, "after": year + 1 if year < at.year else None})


@covers("CAP-I2", "R51")
@never_cache
@require_safe
@page("simulation.laboratory.see")
def evaluation_file(request: HttpRequest, year: int) -> HttpResponse:
    """The same as a text to keep."""
    at = MARKET_CLOCK.now()
    _known(year, at.year)
    answer = HttpResponse(written(evaluation_of(year, at), 0 if speaks_chinese() else 1), content_type="text/markdown; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rules-{year}.md"'
    return answer


def _known(year: int, present: int) -> None:
    if not 2020 <= year <= present:
        raise Rejected("participants.object.absent")
