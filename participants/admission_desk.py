"""The compliance desk's admissions: the queue, the page on which one is decided with its documents, the security reviews.

An application is decided against its own version of the checklist: each document beside its article, one list of all that lacks.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from kit.states import open_actions
from participants.admission_moves import class_of, missing_words
from participants.admission_objections import open_objection
from participants.checklists import Question, checklist, checklist_at
from participants.desk import DeskAdmin, ValuesInWords
from participants.models import Admission, AdmissionStatus, Approval, ApprovalStatus, Proof, ProofStatus, ReadKind, SecurityReview
from participants.operations import (
    accept_admission,
    accept_proof,
    admit,
    decide_admission_objection,
    decide_security_review,
    refuse_admission,
    refuse_proof,
    return_admission,
    second_admission,
)
from participants.ownership import controllers_of
from participants.permissions import allowed, require
from participants.profiles import compliance_weak, profile_of
from participants.security_reviews import foreign_among
from participants.states import ADMISSION, PROOF
from participants.views.papers import attachment, documents, paper
from participants.words import spoken

__all__ = ["AdmissionDesk", "ProofDesk", "SecurityReviewDesk"]


def _number(text: str) -> int:
    return whole(text) or 0


class ByClass(ValuesInWords):
    """Applications of one class, as the checklist of today calls it."""

    def word(self, value: str) -> str:
        one = checklist_at(MARKET_CLOCK.now()).classes.get(value)
        return spoken(one.text) if one else value


class ByItem(ValuesInWords):
    """Documents of one kind, as the checklist of today calls it."""

    def word(self, value: str) -> str:
        one = checklist_at(MARKET_CLOCK.now()).items.get(value)
        return spoken(one.text) if one else value


@covers("W3", "T41", "A1", "A2")
@admin.register(Admission)
class AdmissionDesk(DeskAdmin):
    """The queue of applications, and the page on which one is decided."""

    parties = ("organization",)
    list_display = ("code", "organization", "category", "basis", "status", "due_at", "effective_to")
    list_filter = ("status", "basis", "role", ("category", ByClass))
    search_fields = ("code", "organization__code", "organization__name")
    search_help_text = _("申请或机构编号、机构名称")
    list_select_related = ("organization",)
    ordering = ("due_at",)
    #: act of the page -> what carries it out
    ACTS: ClassVar[dict[str, Any]] = {"accept": accept_admission, "return": return_admission, "admit": admit, "refuse": refuse_admission}

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<path:object_id>/decide/", self.admin_site.admin_view(self.decide), name="participants_admission_decide"),
            path("<path:object_id>/proofs/<str:code>/", self.admin_site.admin_view(self.document), name="participants_admission_proof"),
            path("<path:object_id>/objection/", self.admin_site.admin_view(self.evidence), name="participants_admission_objection"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One application is read and decided on a page of its own."""
        return redirect(reverse("admin:participants_admission_decide", args=[object_id]))

    def _held(self, request: HttpRequest, object_id: str) -> Admission:
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        held = Admission.objects.select_related("organization__venue", "renews").filter(pk=_number(object_id)).first()
        if held is None:
            raise Rejected("participants.object.absent")
        self.refuse_outside(request, held)
        return held

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows an application with its documents and carries out what the desk, or the authority, decides."""
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        held = self._held(request, object_id)
        rejected: Rejected | None = None
        if request.method == "POST":
            try:
                self._carry_out(request, held, actor)
                return redirect(reverse("admin:participants_admission_decide", args=[held.pk]))
            except Rejected as no:
                if no.status in {403, 404}:
                    raise
                rejected = no
                held.refresh_from_db()
        deciding = allowed(actor, "participants.admission.decide", subject=held, at=at)
        asked = Approval.objects.filter(act="participants.admission.admit", subject=held.code, status=ApprovalStatus.PENDING).first()
        acts = [one for one in open_actions(ADMISSION, AdmissionStatus(held.status)) if one in self.ACTS] if deciding and not asked else []
        version, one = checklist(held.checklist), class_of(held)
        rows = [row | {"file_url": reverse("admin:participants_admission_proof", args=[held.pk, row["proof"].code]) if row["proof"] else ""}
                for row in documents(held, at)]
        return render(request, "participants/decide_admission.html", {
            **self.admin_site.each_context(request), "title": held.code, "held": held, "acts": acts, "class": one, "version": version,
            "answers": [(version.questions[key], self._given(version.questions[key], held.answers.get(key, ""))) for key in one.questions],
            "documents": rows, "left_out": [row["item"].text for row in rows if not row["required"] and row["proof"] is None],
            "ticked": request.POST.getlist("missing"), "missing": missing_words(held), "rejected": rejected,
            "typed": request.POST, "asked": asked,
            "may_second": asked is not None and allowed(actor, "participants.security_review.decide", at=at),
            "may_judge": allowed(actor, "participants.proof.decide", subject=held, at=at),
            "objections": list(held.objections.select_related("filed_by__person", "decided_by__person", "deposit").order_by("-pk")),
            "may_hear": open_objection(held) is not None and allowed(actor, "participants.admission.decide_objection", subject=held, at=at),
            "owners": foreign_among(held.organization, controllers_of(held.organization, at=at)),
            "profile": profile_of(held.organization, at=at), "weak": compliance_weak(held.organization, at=at),
        }, status=rejected.status if rejected else 200)

    def _carry_out(self, request: HttpRequest, held: Admission, actor: Actor) -> None:
        act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
        who: dict[str, Any] = {"actor": actor, "clock": MARKET_CLOCK}
        if act in {"agree", "differ"}:
            require(actor, "participants.security_review.decide", at=MARKET_CLOCK.now())
            if not reason:
                raise Rejected("participants.admission.reason_needed")
            second_admission(admission=held, agree=act == "agree", reason=reason, **who)
            return
        if act in {"uphold", "reject_objection"}:
            require(actor, "participants.admission.decide_objection", subject=held, at=MARKET_CLOCK.now())
            if (row := open_objection(held)) is None:
                raise Rejected("participants.object.absent")
            decide_admission_objection(objection=row, uphold=act == "uphold", reason=reason, **who)
            return
        require(actor, "participants.admission.decide", subject=held, at=MARKET_CLOCK.now())
        if key := request.POST.get("take") or request.POST.get("reject"):
            self._judge(held, key, "take" in request.POST, reason, who)
            return
        lines = request.POST.getlist("missing")
        if act not in self.ACTS or (act == "refuse" and not reason) or (act == "return" and not (lines or reason)):
            raise Rejected("participants.admission.reason_needed")
        more: dict[str, Any] = {"reason": reason} if act != "accept" else {}
        if act == "return":
            more |= {"missing": lines}
        self.ACTS[act](admission=held, **more, **who)

    @staticmethod
    def _given(question: Question, value: str) -> Any:
        return (question.choices or {}).get(value, value)

    @staticmethod
    def _judge(held: Admission, key: str, take: bool, reason: str, who: dict[str, Any]) -> None:
        """Accepts or refuses one document of the application's organisation."""
        proof = Proof.objects.filter(code=key, organization=held.organization).first()
        if proof is None:
            raise Rejected("participants.object.absent")
        if take:
            accept_proof(proof=proof, **who)
        else:
            refuse_proof(proof=proof, reason=reason, **who)

    def document(self, request: HttpRequest, object_id: str, code: str) -> HttpResponse:
        """Hands a document out to who decides on it, or reads files by duty."""
        held = self._held(request, object_id)
        require(request.actor, "participants.proof.read", at=MARKET_CLOCK.now())  # type: ignore[attr-defined]
        proof = Proof.objects.filter(code=code, organization=held.organization).select_related("deposit").first()
        if proof is None:
            raise Rejected("participants.object.absent")
        return paper(proof, request.actor)  # type: ignore[attr-defined]

    def evidence(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hands out what an applicant attached to its newest objection, to who reads files by duty; the reading is noted."""
        held = self._held(request, object_id)
        require(request.actor, "participants.proof.read", at=MARKET_CLOCK.now())  # type: ignore[attr-defined]
        row = held.objections.filter(deposit__isnull=False).select_related("deposit").order_by("-pk").first()
        if row is None or row.deposit is None:
            raise Rejected("participants.object.absent")
        return attachment(row.deposit, owner=held.organization, subject=held.code, kind=ReadKind.OBJECTION,
                          actor=request.actor)  # type: ignore[attr-defined]


@admin.register(Proof)
class ProofDesk(DeskAdmin):
    """Documents of all organisations, those that wait first: also the ones handed in after an admission by declaration."""

    parties = ("organization",)
    list_display = ("code", "organization", "item", "level", "status", "handed_in_at", "effective_to")
    list_filter = ("status", ("item", ByItem))
    search_fields = ("code", "organization__code", "organization__name", "number")
    list_select_related = ("organization",)
    ordering = ("-handed_in_at",)

    def get_urls(self) -> list[URLPattern]:
        own = [path("<path:object_id>/judge/", self.admin_site.admin_view(self.judge), name="participants_proof_judge")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One document is read and judged on a page of its own."""
        return redirect(reverse("admin:participants_proof_judge", args=[object_id]))

    def judge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows one document and takes the desk's word on it; ``?file`` hands it out."""
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        held = Proof.objects.filter(pk=_number(object_id)).select_related("organization__venue", "deposit").first()
        if held is None:
            raise Rejected("participants.object.absent")
        self.refuse_outside(request, held)
        if "file" in request.GET:
            require(actor, "participants.proof.read", at=at)
            return paper(held, actor)
        if request.method == "POST":
            require(actor, "participants.proof.decide", subject=held, at=at)
            if "take" in request.POST:
                accept_proof(proof=held, actor=actor, clock=MARKET_CLOCK)
            else:
                refuse_proof(proof=held, reason=request.POST.get("reason", ""), actor=actor, clock=MARKET_CLOCK)
            return redirect(request.path)
        version = checklist_at(at)
        may = allowed(actor, "participants.proof.decide", subject=held, at=at)
        return render(request, "participants/judge_proof.html", {
            **self.admin_site.each_context(request), "title": held.code, "held": held, "item": version.items.get(held.item),
            "acts": open_actions(PROOF, ProofStatus(held.status)) if may else []})


@covers("R65", "R107")
@admin.register(SecurityReview)
class SecurityReviewDesk(DeskAdmin):
    """Parties controlled from abroad; the authority clears or bars."""

    parties = ("organization",)
    list_display = ("code", "organization", "owners", "status", "opened_at", "due_at", "decided_at")
    list_filter = ("status",)
    search_fields = ("code", "organization__code", "organization__name")
    list_select_related = ("organization",)

    def get_urls(self) -> list[URLPattern]:
        own = [path("<path:object_id>/decide/", self.admin_site.admin_view(self.decide), name="participants_securityreview_decide")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One review is read and decided on a page of its own."""
        return redirect(reverse("admin:participants_securityreview_decide", args=[object_id]))

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows who stands above the party and takes the authority's decision."""
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        held = SecurityReview.objects.filter(pk=_number(object_id)).select_related("organization__venue").first()
        if held is None:
            raise Rejected("participants.object.absent")
        self.refuse_outside(request, held)
        if request.method == "POST":
            require(actor, "participants.security_review.decide", at=at)
            reason = request.POST.get("reason", "").strip()
            if not reason:
                raise Rejected("participants.admission.reason_needed")
            decide_security_review(review=held, clear=request.POST.get("act") == "clear", reason=reason, actor=actor, clock=MARKET_CLOCK)
            return redirect(request.path)
        may = held.status == "open" and allowed(actor, "participants.security_review.decide", at=at)
        return render(request, "participants/security_review.html", {
            **self.admin_site.each_context(request), "title": held.code, "held": held, "may_act": may,
            "controllers": controllers_of(held.organization, at=at)})
