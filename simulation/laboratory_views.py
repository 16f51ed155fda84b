"""``/desk/laboratory/``: the catalogue of scenarios, the run form, one experiment while it runs and when it is told, two side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.doors import actor_in, page
from participants.downloads import table_response
from participants.permissions import allowed
from participants.words import speaks_chinese
from simulation.experiments.acting import ACTS, MOST_AT_ONCE, draft_experiment
from simulation.experiments.asking import Asked, asked_of, first_asked, read_asked
from simulation.experiments.comparing import compared
from simulation.experiments.files import FORMS, parquet_response
from simulation.experiments.planning import checked, cost_of, plan_of, scenario_of
from simulation.experiments.replaying import replay_arms
from simulation.experiments.reporting import short_name
from simulation.experiments.showing import HEADS, arms_shown, catalogue, gallery, report_rows, report_shown, so_far
from simulation.experiments.telling import progress_of
from simulation.models import Experiment
from simulation.states import OPEN, ExperimentStatus
from simulation.tasks import ring_laboratory
from simulation.wide.parameters import parameters, scenarios

__all__ = ["compare", "experiment", "laboratory", "report_file", "scenario", "shared"]

_PAGE = 20


def _language() -> int:
    return 0 if speaks_chinese() else 1


@covers("CAP-I2")
@never_cache
@require_safe
@page("simulation.laboratory.see")
def laboratory(request: HttpRequest) -> HttpResponse:
    """The scenarios, what of one's own is under way, and everything that was found out, to be filtered."""
    actor, asked = actor_in(request), request.GET
    scenario, policy = asked.get("scenario", ""), asked.get("policy", "")
    found = gallery(scenario=scenario if scenario in scenarios() else "", policy=policy if policy in parameters() else "",
                    mine=actor.user_id or 0 if asked.get("mine") else 0, text=asked.get("q", "").strip()[:80].replace("\0", ""))
    shown = Paginator(found, _PAGE).get_page(asked.get("page"))
    mine = Experiment.objects.filter(asked_by_id=actor.user_id).exclude(
        status__in=[ExperimentStatus.FINISHED, ExperimentStatus.DISCARDED]).order_by("-pk")[:_PAGE]
    kept = asked.copy()
    kept.pop("page", None)
    return render(request, "simulation/laboratory.html", {
        "scenarios": catalogue(_language()), "mine": [(one, progress_of(one)) for one in mine], "shown": shown, "asked": asked,
        "filtered": any(asked.get(name) for name in ("scenario", "policy", "mine", "q")), "query": kept.urlencode(),
        "policies": [(one.name, short_name(one.name)) for one in parameters().values() if one.policy],
        "names": [(one.key, (one.zh, one.en)) for one in scenarios().values()], "most": MOST_AT_ONCE,
        "may_try": allowed(actor, "simulation.experiment.draft", at=MARKET_CLOCK.now()),
        "may_replay": allowed(actor, "simulation.rule.try", at=MARKET_CLOCK.now()), "year": MARKET_CLOCK.now().year})


@covers("CAP-I2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("simulation.experiment.draft")
def scenario(request: HttpRequest, key: str) -> HttpResponse:
    """The run form of a scenario: only the policies that move it, with bounds and help; what it will take before it is started."""
    one, actor, at = scenario_of(key), actor_in(request), MARKET_CLOCK.now()
    replay = (request.POST if request.method == "POST" else request.GET).get("replay") == "1" and allowed(
        actor, "simulation.rule.try", at=at)  # whoever came from the replay of the own trades takes it along into the report
    asked, refused, faults, cost = first_asked(one), None, list[FieldFault](), None
    if request.method == "POST":
        asked = read_asked(one, request.POST.dict())
        if request.POST.get("act") not in {"more", "fewer"}:
            try:
                plan = checked(title=asked.title, plan=asked.plan())
                if request.POST.get("act") != "estimate":
                    made = draft_experiment(title=asked.title, plan=plan, replayed=replay_arms(plan.arms, at) if replay else None,
                                            actor=actor, clock=MARKET_CLOCK)
                    return redirect("simulation:experiment", made.code)
                cost = cost_of(plan)
            except Rejected as no:
                if no.status in {403, 404}:
                    raise
                refused, faults = no, list(no.errors)
    else:
        asked = _begun(request, asked)
        cost = cost_of(asked.plan())
    return render(request, "simulation/scenario.html", {
        "one": one, "name": (one.zh, one.en), "about": (one.about_zh, one.about_en), "form": asked.shown(faults), "cost": cost,
        "refused": refused, "replay": replay, "many": len(asked.arms)}, status=refused.status if refused else 200)


def _begun(request: HttpRequest, asked: Asked) -> Asked:
    """The form as an earlier experiment filled it, or with a policy that was tried on the own market."""
    earlier = Experiment.objects.filter(code=request.GET.get("from", "")[:16], scenario=asked.scenario.key).first()
    if earlier is not None:
        return asked_of(earlier, asked.scenario)
    for one in asked.scenario.policies():
        text = request.GET.get(one.name, "")[:20]
        if text.isascii() and text.isdigit():
            asked.arms[1][one.name] = text
    return asked


def _seen(request: HttpRequest, code: str) -> Experiment:
    """One's own in every state; another's once it is finished."""
    one = get_object_or_404(Experiment.objects.select_related("asked_by__person"), code=code)
    if one.asked_by_id != actor_in(request).user_id and one.status != ExperimentStatus.FINISHED:
        raise Rejected("participants.object.absent")
    return one


@covers("CAP-I2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("simulation.laboratory.see")
def experiment(request: HttpRequest, code: str) -> HttpResponse:
    """One experiment: what is asked and what it costs; how far it is, with what is known so far; its report."""
    one, actor, refused = _seen(request, code), actor_in(request), None
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            if act not in ACTS:
                raise Rejected("participants.object.absent")
            ACTS[act](experiment=one, actor=actor, clock=MARKET_CLOCK)
            if act in {"start", "resume"}:
                ring_laboratory()
            if act == "discard":
                messages.success(request, _("草稿已弃置"))
                return redirect("simulation:laboratory")
            return redirect("simulation:experiment", code)
        except Rejected as no:
            if no.status in {403, 404}:
                raise
            refused = no
            one.refresh_from_db()
    return _shown(request, one, refused)


def _shown(request: HttpRequest, one: Experiment, refused: Rejected | None) -> HttpResponse:
    language, plan = _language(), plan_of(one)
    context: dict[str, Any] = {
        "one": one, "refused": refused, "scenario_name": one.scenario_words,
        "arms": arms_shown(plan.arms), "mine": one.asked_by_id == actor_in(request).user_id, "progress": progress_of(one),
        "live": one.status in (ExperimentStatus.RUNNING, ExperimentStatus.PAUSED), "open": one.status in OPEN,
        "link": request.build_absolute_uri(f"/laboratory/{one.link}/") if one.link else ""}
    if one.status == ExperimentStatus.FINISHED:
        context["report"] = report_shown(one, language)
    elif one.status == ExperimentStatus.DRAFTED:
        context["cost"] = cost_of(plan)
    else:
        context["so_far"] = so_far(one, language)
    if request.GET.get("part") == "live":
        if not context["live"]:  # it has ended meanwhile: the whole page is another one
            answer = HttpResponse(status=204)
            answer["HX-Refresh"] = "true"
            return answer
        return render(request, "simulation/_live.html", context)
    return render(request, "simulation/experiment.html", context, status=refused.status if refused else 200)


@covers("CAP-I2")
@never_cache
@require_safe
@page("simulation.laboratory.see")
def report_file(request: HttpRequest, code: str, form: str) -> HttpResponseBase:
    """The report as a file: CSV, workbook or Parquet; each row says scenario, seed, version and hash."""
    one = _seen(request, code)
    if form not in FORMS or one.status != ExperimentStatus.FINISHED:
        raise Rejected("participants.object.absent")
    if form == "parquet":
        return parquet_response(one)
    return table_response(f"report-{one.code}", HEADS, report_rows(one), form=form)


@covers("CAP-I2")
@never_cache
@require_safe
@page("simulation.laboratory.see")
def compare(request: HttpRequest) -> HttpResponse:
    """Two reports side by side: what was asked, and every metric of every arm; where the seeds differ the page says so."""
    refused = None
    pair = [Experiment.objects.filter(code=request.GET.get(name, "").strip().upper()[:16], status=ExperimentStatus.FINISHED).first()
            for name in ("a", "b")]
    told = None
    if request.GET.get("a") or request.GET.get("b"):
        if pair[0] is None or pair[1] is None or pair[0].pk == pair[1].pk:
            refused = Rejected("simulation.compare.not_alike")
        else:
            told = compared(pair[0], pair[1], _language())
    return render(request, "simulation/compare.html", {
        "a": request.GET.get("a", ""), "b": request.GET.get("b", ""), "told": told, "refused": refused, "choices": gallery()[:100]},
        status=refused.status if refused else 200)


@covers("CAP-I2")
@never_cache
@require_safe
@page("simulation.report.read")
def shared(request: HttpRequest, link: str) -> HttpResponse:
    """A report that was shared by its link: to read and to print, nothing else; search engines are told to leave it alone."""
    one = get_object_or_404(Experiment, link=link, status=ExperimentStatus.FINISHED)
    answer = render(request, "simulation/shared.html", {
        "one": one, "report": report_shown(one, _language()), "scenario_name": one.scenario_words,
        "arms": arms_shown(plan_of(one).arms)})
    answer["X-Robots-Tag"] = "noindex"
    return answer
