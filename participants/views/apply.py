"""Applying for admission (/accounts/apply/): the organisation, its first member, the class sought; then the questions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR, actor_of
from participants.checklists import AdmissionClass, Checklist, checklist_at
from participants.forms import ApplyForm
from participants.models import User
from participants.operations import invite_member, open_admission, register_organization
from participants.organizations import Abroad
from participants.roles import CAPABILITY_WORDS, OrganizationKind
from participants.words import speaks_chinese, spoken

__all__ = ["apply", "class_row", "classes"]


@covers("W3", "A1")
@never_cache
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """The way in for an organisation that is not here yet; whoever is signed in goes to the organisation's page."""
    if request.user.is_authenticated:
        return redirect("participants:organisation")
    version, chinese = checklist_at(MARKET_CLOCK.now()), speaks_chinese()
    form = ApplyForm(request.POST or None, version=version, chinese=chinese, initial={"category": request.GET.get("class", "")})
    rejected: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            validate_password(form.cleaned_data["password"])
            user = _enter(form.cleaned_data)
        except ValidationError as weak:
            form.add_error("password", weak)
        except Rejected as no:
            rejected = no
            for fault in no.errors:
                form.add_error(fault.field if fault.field in form.fields else None, spoken(fault.text))
        else:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("participants:admission", code=user.acting_for.admissions.get().code)  # type: ignore[union-attr]
    status = rejected.status if rejected else 400 if form.errors else 200
    return render(request, "participants/apply.html", {"form": form, "rejected": rejected}, status=status)


def _enter(answers: dict[str, Any]) -> User:
    """Registers the organisation, its first member and a draft application, all or nothing."""
    with transaction.atomic():
        if User.objects.filter(username=answers["username"]).exists():
            raise Rejected("participants.member.username_taken")
        organization = register_organization(name=answers["name"], name_en=answers["name_en"], kind=OrganizationKind(answers["kind"]),
                                             uscc=answers["uscc"], actor=VISITOR, clock=MARKET_CLOCK,
                                             abroad=Abroad(answers["lei"], answers["registry_place"], answers["registry_number"]))
        sought = checklist_at(MARKET_CLOCK.now()).classes[answers["category"]]
        _, user = invite_member(organization=organization, name=answers["person"], identity=answers["identity"], role=sought.role,
                                username=answers["username"], password=answers["password"], actor=SYSTEM, clock=MARKET_CLOCK)
        open_admission(organization=organization, category=sought.key, actor=actor_of(user), clock=MARKET_CLOCK)
        return user


@covers("R40", "A2")
@require_safe
def classes(request: HttpRequest) -> HttpResponse:
    """Every class of the checklist in force: who may apply, what it asks with its article, what it opens, and how one is admitted."""
    version = checklist_at(MARKET_CLOCK.now())
    groups = [(texts, [one for one in version.classes.values() if one.group == key]) for key, texts in version.groups.items()]
    rows = [(texts, [class_row(version, one) for one in found]) for texts, found in groups]
    return render(request, "participants/classes.html", {"groups": rows, "version": version})


def class_row(version: Checklist, one: AdmissionClass) -> dict[str, Any]:
    """This will describe a class for a page: its documents and what it opens, in words."""
    return {
        "key": one.key, "text": one.text, "article": one.article, "by_declaration": one.by_declaration,
        "kinds": [OrganizationKind(kind).label for kind in one.kinds], "required": [version.items[item] for item in one.required],
        "welcome": [version.items[item] for item in one.welcome], "opens": [CAPABILITY_WORDS[name] for name in one.capabilities],
    }
